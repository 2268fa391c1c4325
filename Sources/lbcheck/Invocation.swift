internal import Checks
internal import HTTP
internal import Load
internal import Report

/// One invocation of a command, and how what it starts is stopped.
package struct Invocation: Sendable {
  /// The command line as typed, with the program's name.
  let commandLine: [String]
  let stop: StopSignal

  func settings(_ options: Options) throws(CommandError) -> CheckSettings {
    try CommandError.asUsage { () throws(UsageError) in try CheckSettings(options, command: commandLine) }
  }

  /// Runs a check, with the place for its report made ready before any traffic.
  ///
  /// - Parameter check: makes the check that is run.
  func report(
    _ check: CheckKind, _ options: Options, tolerance: Double? = nil, _ make: (CheckSettings, CheckWatch) -> any Check
  ) throws(CommandError) -> Outcome {
    var settings = try settings(options)
    var place = try ReportPlace(check, host: settings.target.host, options)
    try place.addTable(options.formats.contains(.csv) ? RequestTable.file : nil)
    settings.recordSink = place.table.map { RequestTable($0) }
    do throws(CheckError) {
      let document = try watched(options) { (watch) throws(CheckError) in try make(settings, watch).run() }
      return .report(ReportOutcome(document, in: place, options, tolerance: tolerance, formats: options.formats))
    } catch {
      place.discard()
      throw .check(error, check)
    }
  }

  /// Shows how something gets on, as long as it takes.
  func watched<Value>(
    _ options: Options, _ body: (CheckWatch) throws(CheckError) -> Value
  ) throws(CheckError) -> Value {
    let display = ProgressDisplay(isSilent: options.isQuiet || !options.showsProgress)
    defer { display.clear() }
    return try body(CheckWatch(stop: stop) { display.show($0) })
  }
}
