internal import Checks
internal import HTTP
internal import Load
internal import Report

/// One invocation of a command, with its stop signal.
package struct Invocation: Sendable {
  /// The command line as typed, with the program's name.
  let commandLine: [String]
  let stop: StopSignal
  var reportRequest = ReportRequest()
  /// The page that shows it meanwhile, if there is one.
  var live: LiveSession?

  func settings(
    _ request: Request, reading values: ValueReader = ValueReader()
  ) throws(CommandError) -> CheckSettings {
    if request.target.list == "-", Terminal.isTyped {
      Terminal.message("The requests are read from the terminal: Ctrl-D ends them, and Ctrl-C twice ends lbcheck.")
    }
    return try CommandError.asUsage { () throws(UsageError) in
      try request.settings(command: commandLine, reading: values)
    }
  }

  /// Runs a check, with its report's folder prepared before any traffic.
  ///
  /// - Parameter check: makes the check that is run.
  func report(
    _ check: CheckKind, _ request: Request, _ make: CheckMaker<any Check>
  ) throws(CommandError) -> Outcome {
    let request = request.completed(for: check)
    if request.report.formats.contains(.csv), let word = request.repeated(check) {
      throw .usage(UsageError("--format csv has the requests of one \(word): leave out --repeat"))
    }
    var settings = try settings(request)
    var place = try ReportPlace(check, host: settings.target.host, request.report)
    try place.addTable(request.report.formats.contains(.csv) ? RequestTable.file : nil, replacing: RequestTable.file)
    settings.recordSink = place.table.map { RequestTable($0) }
    do throws(CheckError) {
      var document = try watched(check, settings, request) { (watch) throws(CheckError) in
        try make(request, settings, watch).run()
      }
      document.settings = Program.command(of: check)?.inForce(request, found: document.settings ?? [])
      return .report(
        ReportOutcome(
          document, in: place, request.report, tolerance: request.tolerance(of: check), formats: request.report.formats)
      )
    } catch {
      place.discard()
      throw .check(error, check)
    }
  }

  /// Shows progress while something runs.
  ///
  /// - Parameter interval: how often that is a line of its own where it cannot be redrawn, in seconds.
  func watched<Value>(
    _ check: CheckKind, _ settings: CheckSettings, _ request: Request, everySeconds interval: UInt64 = 5,
    _ body: (CheckWatch) throws(CheckError) -> Value
  ) throws(CheckError) -> Value {
    let display = ProgressDisplay(
      isSilent: request.report.isQuiet || !request.report.showsProgress, showsEvents: !request.report.isQuiet,
      everySeconds: interval)
    defer { display.end() }
    live?.begin(check, settings.target.url)
    let watch = CheckWatch(stop: stop) { event in
      display.show(event)
      live?.take(event)
    }
    try settings.waitUp?.wait(for: settings, watch)
    return try body(watch)
  }
}
