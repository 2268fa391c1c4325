/// One line of a verdict: what was expected, and what was found.
public struct Assertion: Codable, Sendable, Equatable {
  /// The short name, such as "every backend answers".
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
}
