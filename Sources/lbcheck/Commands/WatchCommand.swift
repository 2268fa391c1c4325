internal import Checks
internal import Deployment
internal import HTTP
internal import Load
internal import Platform
internal import Report

extension Command {
  static let watch = Command(
    name: "watch", abstract: "Tell what visitors see of deploys that others make, by any means.",
    discussion: """
        lbcheck watch https://alvin.xyz/
        lbcheck watch http://127.0.0.1:8080/ --until-stable 30s
        lbcheck watch http://127.0.0.1:8080/ --events-to events.jsonl --on-event './notify.sh'

      Ctrl-C ends it, and the verdict decides on the exit status. SIGUSR1 writes a report meanwhile.
      """,
    positional: targetArgument,
    groups: [.targets, .whoAnswersWhen, .probing, .watch, .watchTraffic, .trafficReport], defaults: .watching
  ) { (request, invocation) throws(CommandError) in
    try invocation.watch(request)
  }
}

extension Request {
  /// Traffic that a site does not notice, on as many connections as hanging answers may take up.
  fileprivate static let watching: Request = {
    var request = Request()
    request.traffic = .besideActions
    request.traffic.rate = 20
    request.traffic.connections = 250
    return request
  }()
}

extension Invocation {
  /// Watches, with events and minutes written as they become known.
  fileprivate func watch(_ request: Request) throws(CommandError) -> Outcome {
    let request = request.completed(for: .watch)
    let settings = try settings(request)
    var place = try ReportPlace(.watch, host: settings.target.host, request.report)
    do throws(CommandError) {
      try place.addTable(request.report.formats.contains(.csv) ? RequestTable.file : nil, replacing: RequestTable.file)
      return try watch(request, settings, in: place)
    } catch {
      place.discard()
      throw error
    }
  }

  private func watch(
    _ request: Request, _ settings: CheckSettings, in place: ReportPlace
  ) throws(CommandError) -> Outcome {
    var settings = settings
    settings.recordSink = place.table.map { RequestTable($0) }
    let journal = try journal(request, in: place)
    func outcome(_ document: ReportDocument, in place: ReportPlace) -> ReportOutcome {
      var document = document
      document.settings = Command.watch.inForce(request, found: document.settings ?? [])
      return ReportOutcome(document, in: place, request.report, formats: request.report.formats)
    }
    do throws(CheckError) {
      let document = try watched(.watch, settings, request, everySeconds: 60) { (watch) throws(CheckError) in
        try WatchCheck(
          settings, plan: request.watch, journal: journal, watch: watch, isReportWanted: reportRequest.take
        ) { document in
          var place = place
          // The table is still being written.
          place.table = nil
          if Presenter.write(outcome(document, in: place)).isWritten, !request.report.isQuiet {
            Terminal.message("Report so far: \(place.folder.path)/report.html")
          }
        }.run()
      }
      return .report(outcome(document, in: place))
    } catch {
      journal.discard()
      throw .check(error, .watch)
    }
  }

  private func journal(_ request: Request, in place: ReportPlace) throws(CommandError) -> WatchJournal {
    var path = request.watch.eventsFile ?? ""
    do throws(SystemError) {
      let further = try request.watch.eventsFile.map { path throws(SystemError) in try AppendedFile(path) }
      let command = try request.watch.eventCommand.map { words throws(SystemError) in
        try EventCommand(ManagerCommand(words))
      }
      path = place.folder.path
      let showsSecrets = request.report.showsSecrets
      return try WatchJournal(folder: place.folder.path, further: further, command: command) {
        showsSecrets ? $0 : Secrets.text($0)
      }
    } catch {
      throw .unusable(["\(path): \(error.message)"])
    }
  }
}

extension OptionGroup {
  fileprivate static let watch = OptionGroup(
    title: "Watch",
    options: [
      .list(
        "--backend", named: "NAME[=backup]",
        help: "A backend; with =backup one that serves only for others, which is then an event. Repeatable.",
        as: .backend, to: \.expectation.backends),
      .value(
        "--duration", "-d", named: "D", help: "How long to watch.", defaultText: "until Ctrl-C", as: .watchDuration,
        to: \.traffic.duration),
    ]
      + [
        .value(
          "--until-stable", named: "D", help: "End once something was seen, and then nothing for so long.",
          as: .watchDuration, to: \.watch.stableAfter),
        .value(
          "--max-gap", named: "D", help: "The longest time without any answer that a deploy may cause.",
          defaultText: "1s, or three times that of the time before", as: .duration, to: \.watch.mostGap),
        .value(
          "--events-to", named: "FILE", help: "Also append each event to a file, as a line of JSON.", as: .text,
          to: \.watch.eventsFile),
        .value(
          "--on-event", named: "CMD",
          help: "Run a command for each event, without a shell, with the event as JSON on its standard input.",
          as: .command, to: \.watch.eventCommand),
      ].inSection("watch"))

  /// One thread sends it, so that outcomes can be put in order.
  fileprivate static let watchTraffic = OptionGroup(
    title: "Traffic",
    options: OptionGroup.traffic(requests: "").options.filter {
      !["--requests", "--duration", "--ramp", "--steps", "--workers"].contains($0.name)
    } + post)
}
