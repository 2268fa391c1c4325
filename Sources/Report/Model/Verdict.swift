/// What a check, or one assertion of it, came to.
///
/// `inconclusive` is a proper answer: something was not measured well enough to say either.
public enum Verdict: String, Codable, Sendable, Equatable, CaseIterable {
  /// What was expected held.
  case pass
  /// What was expected did not hold.
  case fail
  /// It could not be told.
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
