/// One line of a verdict: what was expected, and what was found.
public struct Assertion: Codable, Sendable, Equatable {
  /// The short name, such as `everyBackendAnswered`; in parentheses behind it whom it is about, where there are several.
  public var name: String
  /// Whether it held.
  public var verdict: Verdict
  /// What should be so, in words and figures.
  public var expected: String
  /// What was so, in the same words.
  public var actual: String
  /// Why, where that needs saying.
  public var detail: String?
  /// An assertion with its outcome.
  public init(name: String, verdict: Verdict, expected: String, actual: String, detail: String? = nil) {
    self.name = name
    self.verdict = verdict
    self.expected = expected
    self.actual = actual
    self.detail = detail
  }

  /// Those that failed, then those that were not decided, then those that held; in their own order among each other.
  static func worstFirst(_ assertions: [Assertion]) -> [Assertion] {
    [Verdict.fail, .inconclusive, .pass].flatMap { verdict in assertions.filter { $0.verdict == verdict } }
  }
}
