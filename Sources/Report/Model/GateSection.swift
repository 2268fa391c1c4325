/// Several checks in a row with one verdict.
public struct GateSection: Codable, Sendable, Equatable {
  /// In the order in which they ran.
  public var checks: [GateCheck]
  /// The file of the report that they were compared with.
  public var baseline: String?

  public init(checks: [GateCheck], baseline: String? = nil) {
    self.checks = checks
    self.baseline = baseline
  }
}

/// One check of a gate.
public struct GateCheck: Codable, Sendable, Equatable {
  /// The check's name, such as `fairness`.
  public var check: CheckKind
  /// The file of the profile that named it.
  public var profile: String
  /// Of the check's own assertions and of those that the gate adds.
  public var verdict: Verdict
  /// What the check would have exited with by itself: 0, 1, 2, 3 or 130; left out where it did not run.
  public var exitStatus: Int?
  /// The folder of its own report, within the gate's.
  public var folder: String?
  /// Why there is no report.
  public var problem: String?
  /// What the gate demands beyond the check: thresholds, and no regression against the baseline.
  public var thresholds: [Assertion]
  /// The check's own report.
  public var report: ReportDocument?

  public init(
    check: CheckKind, profile: String, verdict: Verdict, exitStatus: Int? = nil, folder: String? = nil,
    problem: String? = nil, thresholds: [Assertion] = [], report: ReportDocument? = nil
  ) {
    self.check = check
    self.profile = profile
    self.verdict = verdict
    self.exitStatus = exitStatus
    self.folder = folder
    self.problem = problem
    self.thresholds = thresholds
    self.report = report
  }

  /// All that was asserted of it, its own first; that it ran at all, where it did not.
  public var assertions: [Assertion] { ownAssertions + thresholds }

  /// What the check itself asserts; that it ran at all, where it did not.
  var ownAssertions: [Assertion] {
    report?.assertions ?? [
      Assertion(.evidence(.measurement), verdict: verdict, expected: "a report", actual: "none", detail: problem)
    ]
  }
}
