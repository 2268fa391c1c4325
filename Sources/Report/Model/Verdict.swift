/// The outcome of a check, or of one of its assertions.
///
/// `inconclusive` is a valid answer: something was not measured well enough to decide.
public enum Verdict: String, Codable, Sendable, Equatable, CaseIterable {
  /// The expectation was met.
  case pass
  /// The expectation was not met.
  case fail
  /// It could not be decided.
  case inconclusive

  /// The worst of several verdicts: fail before inconclusive before pass, and inconclusive when there are none.
  public static func worst(of verdicts: some Sequence<Verdict>) -> Verdict {
    var worst: Verdict?
    for verdict in verdicts where worst == nil || verdict.severity > worst!.severity {
      worst = verdict
    }
    return worst ?? .inconclusive
  }

  private var severity: Int {
    switch self {
    case .pass: 0
    case .inconclusive: 1
    case .fail: 2
    }
  }
}
