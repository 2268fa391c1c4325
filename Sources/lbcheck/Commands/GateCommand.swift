internal import Checks
internal import Glibc
internal import Load
internal import Platform
internal import Report

extension Command {
  static let gate = Command(
    name: "gate", abstract: "Run the checks that profiles name, and pass or fail a build.",
    discussion: """
        lbcheck gate Profiles/ci.json5
        lbcheck gate Profiles/ci.json5 --baseline main --threshold 'p99 <= 1.2 * baseline'

      A profile names checks and thresholds:
        gate: { checks: ["fairness"], thresholds: ["p99 < 200ms"] }
      """,
    positional: ("profile", "The profiles, in the order to run them; without any Profiles/default.json5."),
    groups: [.gate, .undivided, .report], takesMany: true
  ) { options, session in
    if let problem = session.refusal(toDivide: .gate, options) { return problem }
    do throws(UsageError) {
      return try Gate(options, session).run()
    } catch {
      Program.complain(error.of(.gate))
      return .usage
    }
  }
}

extension OptionGroup {
  fileprivate static let gate = OptionGroup(
    title: "Gate",
    options: [
      .list(
        "--check", named: "NAME", help: "Run this check, in place of those that the profile names. Repeatable.",
        choices: ValueParsing.gatedChecks, as: ValueParsing.gatedCheck, to: \.gatedChecks),
      .list(
        "--threshold", named: "EXPR",
        help: "Demand this too, such as 'p99 < 200ms', 'failed == 0' or 'share(app-1) within 5%'. Repeatable.",
        as: ValueParsing.threshold, to: \.thresholds),
      .value(
        "--baseline", named: "FILE", help: "A report to compare with: no figure may be worse.", as: ValueParsing.text,
        to: \.baseline),
    ])
}

/// All checks of all profiles, read and proved before the first of them runs.
private struct Gate {
  private struct Part {
    let profile: String
    let check: CheckKind
    let command: Command
    let options: Options
  }

  private let options: Options
  private let session: Session
  private var parts: [Part] = []
  private var thresholds: [String: [Threshold]] = [:]
  private var baseline: (path: String, document: ReportDocument)?

  init(_ options: Options, _ session: Session) throws(UsageError) {
    self.options = options
    self.session = session
    let paths = options.operands.isEmpty ? ["Profiles/default.json5"] : options.operands
    var baselinePath = options.baseline
    for path in paths {
      guard thresholds[path] == nil else { throw UsageError("\(path) is given twice") }
      let reading: ProfileReading
      let own: Options
      do throws(ProfileError) {
        reading = ProfileReading(try Profile(path: path))
        own = try reading.options(for: .gate)
      } catch {
        throw UsageError(error)
      }
      let checks = options.gatedChecks.isEmpty ? own.gatedChecks : options.gatedChecks
      guard !checks.isEmpty else {
        throw UsageError(
          "\(Escaping.terminal(path)): names no checks; add gate: { checks: [\"fairness\"] }, or give --check NAME")
      }
      thresholds[path] = own.thresholds + options.thresholds
      baselinePath = baselinePath ?? own.baseline
      for check in checks { try add(check, path, reading) }
      try prove(thresholds[path] ?? [], of: checks, in: path, hasBaseline: baselinePath != nil)
    }
    guard let path = baselinePath else { return }
    do throws(ReportFormatError) {
      baseline = (path, try ReportDocument(path: path))
    } catch {
      throw UsageError("baseline \(error.description)")
    }
  }

  private mutating func add(_ check: CheckKind, _ path: String, _ reading: ProfileReading) throws(UsageError) {
    guard let command = Program.commands.first(where: { $0.check == check }) else { return }
    var own: Options
    do throws(ProfileError) {
      own = try reading.options(for: command)
    } catch {
      throw UsageError(error)
    }
    if !own.usesTestbed {
      guard own.target != nil else { throw UsageError("\(Escaping.terminal(path)): target: expected a URL in quotes") }
      do throws(UsageError) {
        _ = try session.settings(own)
      } catch {
        throw UsageError("\(Escaping.terminal(path)): \(error.description)", excerpt: error.excerpt)
      }
    }
    own.isQuiet = own.isQuiet || options.isQuiet
    own.showsSecrets = own.showsSecrets || options.showsSecrets
    own.showsProgress = own.showsProgress && options.showsProgress
    parts.append(Part(profile: path, check: check, command: command, options: own))
  }

  private func prove(
    _ thresholds: [Threshold], of checks: [CheckKind], in path: String, hasBaseline: Bool
  ) throws(UsageError) {
    for threshold in thresholds {
      let shown = Escaping.terminal(threshold.text, width: 80)
      guard checks.contains(where: threshold.isKnown) else {
        throw UsageError(
          "\(Escaping.terminal(path)): '\(shown)': none of the checks (\(checks.map(\.rawValue).joined(separator: ", "))) measures that"
        )
      }
      guard !threshold.needsBaseline || hasBaseline else {
        throw UsageError("\(Escaping.terminal(path)): '\(shown)' needs --baseline FILE")
      }
    }
  }

  // MARK: Running

  func run() -> ExitStatus {
    if let refusal = preflight() { return refusal }
    let begun = MonotonicClock.now()
    let startedAt = UTCTime.rfc3339(secondsSince1970: Terminal.secondsSince1970)
    let folder: ReportFolder
    do throws(ReportFolderError) {
      folder = try prepareFolder()
    } catch {
      Terminal.message("error: \(error.description)")
      return .usage
    }
    var results: [GateResult] = []
    for (index, part) in parts.enumerated() {
      guard !session.stop.isStopped else {
        results.append(
          GateResult(check: part.check, profile: part.profile, exitStatus: nil, problem: "not run: interrupted"))
        continue
      }
      results.append(run(part, in: folder, number: index + 1))
    }
    let document = session.shown(document(results, startedAt, Double(MonotonicClock.now() - begun) / 1e9), options)
    session.show(document, options)
    let isWritten = session.succeeds { () throws(ReportFolderError) in
      try folder.write(document, formats: [.junit])
    }
    let isShown = showOnGitHub(document)
    if isWritten, !options.isQuiet { Terminal.message("Report: \(folder.path)/report.md") }
    return status(document, results, isWritten: isWritten && isShown)
  }

  /// Asks the manager of every check, before any traffic of the first, whether it can do what it will be told.
  ///
  /// - Returns: the status to end with where one cannot; `nil` where all can.
  private func preflight() -> ExitStatus? {
    for part in parts {
      func named(_ text: String) -> String {
        "\(part.command.name) by \(Escaping.terminal(part.profile)): \(text)"
      }
      do throws(UsageError) {
        guard let work = try part.command.work(part.options) else { continue }
        do throws(CheckError) {
          try work.preflight(session)
        } catch {
          switch error {
          case .usage(let text): throw UsageError(text)
          case .unmeasurable, .down:
            Terminal.message("error: \(named(error.description))")
            return .inconclusive
          case .interrupted:
            Terminal.message(error.description)
            return .interrupted
          }
        }
      } catch {
        Program.complain(UsageError(named(error.description), excerpt: error.excerpt, command: "gate"))
        return .usage
      }
    }
    return nil
  }

  private func run(_ part: Part, in folder: ReportFolder, number: Int) -> GateResult {
    let name = "\(number)-\(part.command.name)"
    if !options.isQuiet { Terminal.message("\(part.command.name) by \(part.profile)") }
    var own = part.options
    own.outputFolder = folder.path + "/" + name
    var session = session
    let collector = ReportCollector()
    session.collector = collector
    let status = part.command.run(own, session)
    return GateResult(
      check: part.check, profile: part.profile, exitStatus: Int(status.rawValue),
      folder: collector.document == nil ? nil : name, document: collector.document,
      problem: collector.document == nil ? collector.problem ?? "it ended with status \(status.rawValue)" : nil)
  }

  private func document(_ results: [GateResult], _ startedAt: String, _ seconds: Double) -> ReportDocument {
    let checks = results.map { result in
      let base = baseline?.document.report(of: result.check, profile: result.profile)
      return result.judged(
        by: thresholds[result.profile] ?? [], baseline: base,
        regressions: baseline == nil ? [] : result.regressions(against: base))
    }
    var section = GateSection(checks: checks, baseline: baseline?.path)
    for (profile, demands) in thresholds { section.addUnmet(demands, of: profile) }
    return ReportDocument(
      gate: section, startedAt: startedAt, durationSeconds: seconds, command: session.commandLine,
      isInterrupted: session.stop.isStopped)
  }

  private func prepareFolder() throws(ReportFolderError) -> ReportFolder {
    if let path = options.outputFolder { return try ReportFolder.prepare(path) }
    let file = (parts.first?.profile ?? "").split(separator: "/").last.map(String.init) ?? ""
    return try ReportFolder.prepareDefault(
      check: .gate, host: file.split(separator: ".").dropLast().joined(separator: "."),
      secondsSince1970: Terminal.secondsSince1970)
  }

  /// The worst: a failure before bad usage before what could not be measured.
  private func status(_ document: ReportDocument, _ results: [GateResult], isWritten: Bool) -> ExitStatus {
    if session.stop.isStopped { return .interrupted }
    if document.verdict == .fail { return .failed }
    if results.contains(where: { $0.exitStatus == Int(ExitStatus.usage.rawValue) }) { return .usage }
    return document.verdict == .pass && isWritten ? .passed : .inconclusive
  }

  /// Annotations and the step's summary, where GitHub Actions runs this.
  ///
  /// - Returns: whether all that was to be shown is.
  private func showOnGitHub(_ document: ReportDocument) -> Bool {
    guard Terminal.environment("GITHUB_ACTIONS") == "true" else { return true }
    let writer = GitHubWriter()
    for command in writer.annotations(document) { Terminal.message(command) }
    guard let path = Terminal.environment("GITHUB_STEP_SUMMARY"), !path.isEmpty else { return true }
    let code = Self.append(Array(writer.summary(document).utf8), to: path)
    guard code != 0 else { return true }
    Terminal.message(
      "error: the step's summary cannot be written to \(Escaping.terminal(path)): \(String(cString: strerror(code)))")
    return false
  }

  /// Writes behind what steps before this one may have written.
  ///
  /// - Returns: the system's number of an error, 0 for none.
  private static func append(_ bytes: [UInt8], to path: String) -> Int32 {
    // A pipe that nobody reads is an error, and nothing to wait for.
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { return errno }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count == 0 || errno != EINTR {
        let reason = count == 0 ? EIO : errno
        close(descriptor)
        return reason
      }
    }
    return close(descriptor) == 0 || errno == EINTR ? 0 : errno
  }
}
