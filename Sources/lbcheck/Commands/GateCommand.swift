internal import Checks
internal import Load
internal import Platform
internal import Report
internal import Testbed

extension Command {
  static let gate = Command(
    name: "gate", abstract: "Run the checks that profiles name, and pass or fail a build.",
    discussion: """
        lbcheck gate Profiles/ci.json5
        lbcheck gate Profiles/ci.json5 --baseline main --threshold 'p99 <= 1.2 * baseline'

      A profile names checks and thresholds:
        gate: { checks: ["fairness"], thresholds: ["p99 < 200ms"] }
      """,
    positional: ("profile", "The profiles, in the order to run them; without any, Profiles/default.json5."),
    groups: [.gate, .undivided, .gateReport], takesMany: true
  ) { (request, invocation) throws(CommandError) in
    try invocation.refuseToDivide(.gate, request)
    var gate = try CommandError.asUsage { () throws(UsageError) in try Gate(request, invocation) }
    return try gate.outcome()
  }
}

extension OptionGroup {
  fileprivate static let gate = OptionGroup(
    title: "Gate",
    options: [
      .list(
        "--check", named: "NAME", key: "checks",
        help: "Run this check instead of those that the profile names. Repeatable.",
        as: .gatedCheck, to: \.gate.checks),
      .list(
        "--threshold", named: "EXPR", key: "thresholds",
        help: "Demand this too, such as 'p99 < 200ms', 'failed == 0' or 'share(app-1) within 5%'. Repeatable.",
        as: .threshold, to: \.gate.thresholds),
      .value(
        "--baseline", named: "FILE", help: "A report to compare with: no figure may be worse.", as: .text,
        to: \.gate.baseline),
    ].inSection("gate"))
}

/// All checks of all profiles, validated before the first of them runs.
private struct Gate {
  private struct Part {
    let profile: String
    let check: CheckKind
    let command: Command
    let request: Request
  }

  private let request: Request
  private let invocation: Invocation
  private var parts: [Part] = []
  private var thresholds: [String: [Threshold]] = [:]
  private var baseline: (path: String, document: ReportDocument)?
  /// The folder for the reports of its checks.
  private var folder = ""

  init(_ request: Request, _ invocation: Invocation) throws(UsageError) {
    self.request = request
    self.invocation = invocation
    let paths = request.operands.isEmpty ? ["Profiles/default.json5"] : request.operands
    var baselinePath = request.gate.baseline
    for path in paths {
      guard thresholds[path] == nil else { throw UsageError("\(path) is given twice") }
      let reading: ProfileReading
      let own: Request
      do throws(ProfileError) {
        reading = ProfileReading(try Profile(path: path))
        own = try reading.request(for: .gate)
      } catch {
        throw UsageError(error)
      }
      let checks = request.gate.checks.isEmpty ? own.gate.checks : request.gate.checks
      guard !checks.isEmpty else {
        throw UsageError(
          "\(Escaping.terminal(path)): names no checks; add gate: { checks: [\"fairness\"] }, or give --check NAME")
      }
      thresholds[path] = own.gate.thresholds + request.gate.thresholds
      baselinePath = baselinePath ?? own.gate.baseline
      for check in checks { try add(check, path, reading) }
      let hasBaseline = baselinePath != nil
      try prove(own.gate.thresholds, of: checks, in: Escaping.terminal(path), hasBaseline: hasBaseline)
      try prove(request.gate.thresholds, of: checks, in: "--threshold", hasBaseline: hasBaseline)
    }
    guard let path = baselinePath else { return }
    try ReportPlace.requireOther(than: [path], request.report)
    do throws(ReportFormatError) {
      baseline = (path, try ReportDocument(path: path))
    } catch {
      throw UsageError("baseline \(error.description)")
    }
  }

  private mutating func add(_ check: CheckKind, _ path: String, _ reading: ProfileReading) throws(UsageError) {
    let command = check.command
    var own: Request
    do throws(ProfileError) {
      own = try reading.request(for: command)
    } catch {
      throw UsageError(error)
    }
    guard own.target.list != "-" else {
      throw UsageError(
        "\(Escaping.terminal(path)): targets: expected a file, not standard input, which can be read only once")
    }
    if !own.testbed.isUsed {
      guard own.target.url != nil else {
        throw UsageError("\(Escaping.terminal(path)): target: expected a URL in quotes")
      }
      do throws(UsageError) {
        _ = try own.settings(command: [])
      } catch {
        throw UsageError("\(Escaping.terminal(path)): \(error.description)", excerpt: error.excerpt)
      }
    }
    // A gate needs the whole reports of its checks.
    own.sharding.isWhole = true
    own.report.isQuiet = own.report.isQuiet || request.report.isQuiet
    own.report.showsSecrets = own.report.showsSecrets || request.report.showsSecrets
    own.report.showsProgress = own.report.showsProgress && request.report.showsProgress
    parts.append(Part(profile: path, check: check, command: command, request: own))
  }

  private func prove(
    _ thresholds: [Threshold], of checks: [CheckKind], in place: String, hasBaseline: Bool
  ) throws(UsageError) {
    for threshold in thresholds {
      let shown = Escaping.terminal(threshold.text, width: 80)
      guard checks.contains(where: threshold.isKnown) else {
        throw UsageError(
          "\(place): '\(shown)': none of the checks (\(checks.map(\.rawValue).joined(separator: ", "))) measures that")
      }
      guard !threshold.needsBaseline || hasBaseline else {
        throw UsageError("\(place): '\(shown)' needs --baseline FILE")
      }
    }
  }

  // MARK: Running

  mutating func outcome() throws(CommandError) -> Outcome {
    try preflight()
    let file = (parts.first?.profile ?? "").split(separator: "/").last.map(String.init) ?? ""
    let place = try ReportPlace(
      .gate, host: file.split(separator: ".").dropLast().joined(separator: "."), request.report)
    folder = place.folder.path
    let findings = measure()
    var report = ReportOutcome(report(on: findings), in: place, request.report, formats: [.junit])
    report.status = status(report.document, findings.results)
    // A failure stays one, whether or not it could be written.
    report.unwritten = report.status == .passed ? .inconclusive : report.status
    return .report(report)
  }

  /// Asks the manager of every check, before any traffic, whether it can carry out its actions.
  private func preflight() throws(CommandError) {
    for part in parts {
      func named(_ text: String) -> String {
        "\(part.command.name) by \(Escaping.terminal(part.profile)): \(text)"
      }
      let work: ManagedWork?
      do throws(UsageError) {
        work = try part.command.work(part.request)
      } catch {
        throw .usage(UsageError(named(error.description), excerpt: error.excerpt))
      }
      do throws(CheckError) {
        try work?.preflight(invocation)
      } catch {
        switch error {
        case .usage(let text): throw .check(.usage(named(text)), .gate)
        case .unmeasurable, .headerMissing, .down:
          throw .check(.unmeasurable(named(error.description), advice: []), .gate)
        case .interrupted: throw .check(.interrupted, .gate)
        }
      }
    }
  }

  private func run(_ part: Part, number: Int) -> GateResult {
    let name = "\(number)-\(part.command.name)"
    if !request.report.isQuiet { Terminal.message("\(part.command.name) by \(part.profile)") }
    var own = part.request
    own.report.folder = "\(folder)/\(name)"
    var result = GateResult(check: part.check, profile: part.profile, exitStatus: nil)
    do throws(CommandError) {
      guard case .report(let report) = try part.command.outcome(own, invocation) else {
        result.problem = "it makes no report"
        return result
      }
      (result.document, result.folder) = (report.document, name)
      invocation.live?.take(.judged(EarlyVerdict(name, report.document.verdict, report.document.summary)))
      result.exitStatus = Int(Presenter.write(report).exit.rawValue)
    } catch {
      result.problem = error.reason
      result.exitStatus = Int(Presenter.explain(error).rawValue)
    }
    return result
  }

  /// The worst status: a failure before bad usage before an undecided check.
  private func status(_ document: ReportDocument, _ results: [GateResult]) -> ExitStatus {
    if document.interrupted == true { return .interrupted }
    if document.verdict == .fail { return .failed }
    if results.contains(where: { $0.exitStatus == Int(ExitStatus.usage.rawValue) }) { return .usage }
    return document.verdict == .pass ? .passed : .inconclusive
  }
}

extension Gate: Check {
  /// The results of the checks, and their times.
  struct Findings {
    let startedAt = WallClock.seconds
    var seconds = 0.0
    var isInterrupted = false
    var results: [GateResult] = []
  }

  /// Runs the checks, one after another.
  func measure() -> Findings {
    var findings = Findings()
    let begun = MonotonicClock.now()
    for (index, part) in parts.enumerated() {
      findings.results.append(
        invocation.stop.isStopped
          ? GateResult(check: part.check, profile: part.profile, exitStatus: nil, problem: "not run: interrupted")
          : run(part, number: index + 1))
    }
    findings.seconds = Double(MonotonicClock.now() - begun) / 1e9
    findings.isInterrupted = invocation.stop.isStopped
    return findings
  }

  func report(on findings: Findings) -> ReportDocument {
    let checks = findings.results.map { result in
      let base = baseline?.document.report(of: result.check, profile: result.profile)
      return result.judged(
        by: thresholds[result.profile] ?? [], baseline: base,
        regressions: baseline == nil ? [] : result.regressions(against: base))
    }
    var section = GateSection(checks: checks, baseline: baseline?.path)
    for (profile, demands) in thresholds { section.addUnmet(demands, of: profile) }
    var document = ReportDocument(
      gate: section, target: parts.first?.request.target.url ?? "none",
      startedAt: UTCTime.rfc3339(secondsSince1970: findings.startedAt),
      durationSeconds: findings.seconds, command: invocation.commandLine, isInterrupted: findings.isInterrupted)
    document.settings = Command.gate.inForce(request)
    return document
  }
}
