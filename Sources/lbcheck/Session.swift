internal import Checks
internal import HTTP
internal import Load
internal import Report
internal import Synchronization

/// Receives the report of a check that runs as a part of something larger.
final class ReportCollector: Sendable {
  private let state = Mutex<(document: ReportDocument?, problem: String?)>((nil, nil))

  var document: ReportDocument? { state.withLock { $0.document } }
  /// Why there is no document.
  var problem: String? { state.withLock { $0.problem } }

  func take(_ document: ReportDocument) { state.withLock { $0.document = document } }

  func take(problem: String) { state.withLock { $0.problem = problem } }
}

/// One invocation of a subcommand: builds its settings, watches the check and hands out the report.
package struct Session: Sendable {
  /// The command line as typed, with the program's name.
  let commandLine: [String]
  let stop: StopSignal
  /// Takes the report over in place of standard output, for a gate.
  var collector: ReportCollector?

  /// The settings that the options mean.
  ///
  /// - Throws: ``UsageError`` for a target or an override that cannot be read, or options that contradict each other.
  func settings(_ options: Options) throws(UsageError) -> CheckSettings {
    guard let text = options.target else {
      throw UsageError("which target? Give a URL or a host, such as http://127.0.0.1:8080/, or a --profile with one")
    }
    var overrides = ConnectOverrides()
    let target: Target
    do throws(TargetError) {
      target = try Target(text)
      for resolve in options.resolves { try overrides.addResolve(resolve) }
      for connect in options.connectTos { try overrides.addConnectTo(connect) }
    } catch {
      throw UsageError(error.description)
    }
    var settings = CheckSettings(target: target, templates: try templates(options, target))
    settings.overrides = overrides
    settings.backendHeader = options.backendHeader
    settings.generationHeader = options.generationHeader
    guard options.probes || !options.probesAsIs else {
      throw UsageError("--probe-as-is and --no-probe exclude each other")
    }
    settings.probing = options.probesAsIs ? .asIs : options.probes ? .safe : .none
    settings.expectedBackends = options.backends
    settings.pacer = try pacer(options)
    settings.requests = options.requests
    settings.duration = options.duration
    settings.connections = options.connections
    settings.freshShare = options.freshShare
    settings.workers = options.workers
    settings.connectTimeout = options.connectTimeout
    settings.responseTimeout = options.timeout
    settings.retriesClosedConnections = options.retries
    if let ranges = options.expectedStatuses {
      settings.expectedStatuses = StatusSet(ranges)
      settings.askedStatuses = settings.expectedStatuses
    }
    settings.expectedBody = options.expectedBody
    if options.expectedBody != nil, settings.templates.contains(where: \.expectsNoContent) {
      throw UsageError("--expect-body: answers to HEAD have no body")
    }
    settings.allowsCache = options.allowsCache
    settings.backendList = options.backendList
    settings.tls.verifies = options.verifiesCertificate
    settings.tls.authorities = options.authorities
    settings.tls.certificate = options.certificate
    settings.tls.key = options.certificateKey
    settings.tls.resumes = options.resumesTLS
    settings.seed = options.seed
    settings.command = commandLine
    return settings
  }

  private func templates(_ options: Options, _ target: Target) throws(UsageError) -> [RequestTemplate] {
    let choices =
      options.requestChoices.isEmpty
      ? [RequestChoice(method: nil, path: target.path, weight: 1)] : options.requestChoices
    let body = Array((options.body ?? "").utf8)
    var templates: [RequestTemplate] = []
    do throws(TemplateError) {
      for choice in choices {
        let method = choice.method ?? options.method ?? (body.isEmpty ? "GET" : "POST")
        let takesBody = choice.method == nil || !["GET", "HEAD"].contains(method)
        templates.append(
          try RequestTemplate(
            method: method, path: choice.path, headers: options.headers, body: takesBody ? body : [],
            weight: choice.weight))
      }
    } catch {
      throw UsageError(error.description)
    }
    return templates
  }

  private func pacer(_ options: Options) throws(UsageError) -> Pacer {
    guard [options.rate != nil, options.ramp != nil, options.steps != nil].count(where: { $0 }) <= 1 else {
      throw UsageError("--rate, --ramp and --steps exclude each other")
    }
    if options.isPoisson, options.rate == nil { throw UsageError("--poisson needs --rate") }
    if let rate = options.rate {
      return options.isPoisson ? .poisson(rate: rate, seed: options.seed) : .constant(rate: rate)
    }
    if let ramp = options.ramp {
      guard let duration = options.duration else { throw UsageError("--ramp needs --duration") }
      return .ramp(from: ramp.from, to: ramp.to, seconds: Double(duration) / 1e9)
    }
    return options.steps.map(Pacer.steps) ?? .closedLoop
  }

  /// Runs a check with its report folder made ready before and filled after it.
  func report(
    _ check: CheckKind, _ options: Options, tolerance: Double? = nil,
    _ run: (CheckSettings, CheckWatch) throws(CheckError) -> ReportDocument
  ) -> ExitStatus {
    do throws(UsageError) {
      let settings = try settings(options)
      return finish(check, settings, options, tolerance, run)
    } catch {
      Program.complain(error.of(check))
      return .usage
    }
  }

  private func finish(
    _ check: CheckKind, _ settings: CheckSettings, _ options: Options, _ tolerance: Double?,
    _ run: (CheckSettings, CheckWatch) throws(CheckError) -> ReportDocument
  ) -> ExitStatus {
    var settings = settings
    let folder: ReportFolder
    var table: ReportFileStream?
    do throws(ReportFolderError) {
      folder = try prepareFolder(check, settings, options)
      if options.formats.contains(.csv) { table = try folder.stream(RequestTable.file) }
    } catch {
      Terminal.message("error: \(error.description)")
      return .usage
    }
    settings.recordSink = table.map { RequestTable($0) }
    let display = ProgressDisplay(isSilent: options.isQuiet || !options.showsProgress)
    do throws(CheckError) {
      let document = try run(settings, CheckWatch(stop: stop) { display.show($0) })
      display.clear()
      return hand(out: document, to: folder, table, options, tolerance)
    } catch {
      display.clear()
      table?.discard()
      folder.removeIfEmpty()
      return explain(error, check)
    }
  }

  func prepareFolder(
    _ check: CheckKind, _ settings: CheckSettings, _ options: Options
  ) throws(ReportFolderError) -> ReportFolder {
    if let path = options.outputFolder { return try ReportFolder.prepare(path) }
    return try ReportFolder.prepareDefault(
      check: check, host: settings.target.host, secondsSince1970: Terminal.secondsSince1970)
  }

  func hand(
    out document: ReportDocument, to folder: ReportFolder, _ table: ReportFileStream?, _ options: Options,
    _ tolerance: Double?
  ) -> ExitStatus {
    let document = shown(document, options)
    if let collector { collector.take(document) } else { show(document, options) }
    // First, so that a table that has filled the disk makes room for the rest.
    let isTableWritten = succeeds { () throws(ReportFolderError) in try table?.finish() }
    let isWritten = succeeds { () throws(ReportFolderError) in
      try folder.write(
        document, tolerance: tolerance, formats: options.formats, secondsSince1970: Terminal.secondsSince1970)
    }
    guard isWritten else { return .inconclusive }
    if !options.isQuiet, collector == nil { Terminal.message("Report: \(folder.path)/report.md") }
    let status = ExitStatus(document)
    return !isTableWritten && status == .passed ? .inconclusive : status
  }

  /// A report as it may leave the program.
  func shown(_ document: ReportDocument, _ options: Options) -> ReportDocument {
    options.showsSecrets ? document : document.withoutSecrets
  }

  /// Hands a report to standard output.
  func show(_ document: ReportDocument, _ options: Options) {
    let colour = options.usesColour && Terminal.wantsColour
    Terminal.result(
      options.printsJSON ? JSONWriter().write(document) : TextWriter(colour: colour).write(document))
  }

  /// Whether something was written; if not, says why.
  func succeeds(_ write: () throws(ReportFolderError) -> Void) -> Bool {
    do throws(ReportFolderError) {
      try write()
      return true
    } catch {
      Terminal.message("error: \(error.description)")
      return false
    }
  }

  func explain(_ error: CheckError, _ check: CheckKind) -> ExitStatus {
    collector?.take(problem: error.description)
    switch error {
    case .usage(let text):
      Program.complain(UsageError(text, command: check.rawValue))
      return .usage
    case .unmeasurable(_, let advice):
      Terminal.message("error: \(error.description)")
      Terminal.message(lines: advice)
      return .inconclusive
    case .down(let text):
      Terminal.message("error: \(Escaping.terminal(text))")
      return .failed
    case .interrupted:
      Terminal.message(error.description)
      return .interrupted
    }
  }
}
