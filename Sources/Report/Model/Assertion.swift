public import Statistics

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
  /// Why, where that needs an explanation.
  public var detail: String?
  /// What to do where it did not hold, in one sentence or two.
  public var advice: String?
  /// How far `actual` is from its limit, in words, such as `80.0 ms within the limit (40%)`; left out where there is no limit.
  public var distance: String?
  /// What holds where it passes, as a sentence without a full stop; of one that no ``AssertionKind`` names, such as a threshold.
  public var meaning: String?
  /// What `actual` says, as data for whoever words it; not in reports.
  public var finding: Finding?
  /// Why it was left open, in a sentence or a clause, where `detail` says more than that; not in reports.
  public var reason: String?
  /// Of which of several rounds it says so, such as `in round 3 of 10`; not in reports.
  public var rounds: String?

  private enum CodingKeys: CodingKey {
    case name, verdict, expected, actual, detail, advice, distance, meaning
  }

  /// An assertion with its outcome.
  ///
  /// - Parameter name: of one that no ``AssertionKind`` names, such as a threshold's own text.
  public init(
    name: String, verdict: Verdict, expected: String, actual: String, detail: String? = nil, meaning: String? = nil
  ) {
    self.name = name
    self.verdict = verdict
    self.expected = expected
    self.actual = actual
    self.detail = detail
    self.meaning = meaning
  }

  /// An assertion with its outcome.
  ///
  /// - Parameter subject: whom it is about, where there are several.
  public init(
    _ kind: AssertionKind, of subject: String? = nil, verdict: Verdict, expected: String, actual: String,
    detail: String? = nil, finding: Finding? = nil, reason: String? = nil
  ) {
    self.init(
      name: kind.name + (subject.map { "(\($0))" } ?? ""), verdict: verdict, expected: expected, actual: actual,
      detail: detail)
    (self.finding, self.reason) = (finding, reason)
  }

  /// What it is about; `nil` where it has only a name, as a threshold does, or where another version made it.
  public var kind: AssertionKind? { AssertionKind(name: String(name.prefix { $0 != "(" })) }

  /// Whom it is about: the text in parentheses after its name.
  public var subject: String? {
    guard let start = name.firstIndex(of: "("), name.hasSuffix(")") else { return nil }
    return String(name[name.index(after: start)...].dropLast())
  }

  /// Those that failed, then those that were not decided, then those that held; in their own order among each other.
  static func worstFirst(_ assertions: [Assertion]) -> [Assertion] {
    [Verdict.fail, .inconclusive, .pass].flatMap { verdict in assertions.filter { $0.verdict == verdict } }
  }
}

extension Assertion {
  /// What was found.
  public enum Finding: Sendable, Equatable {
    /// What the label in `actual` is followed by.
    case labelled(String)
    /// Backends that never answered, in words.
    case silent(String)
    /// Nobody and nothing.
    case nothing
    /// No backend answers, but something else does.
    case servedByNobody
    case losesRequests
    case connectionsDistributed
    case policy(BalancingPolicy, stickyBy: String?)
    /// The search for a rate ran out of time.
    case outOfTime
    case tooFewRequests
    case lost(RequestLoss)
  }

  /// How many requests were lost.
  public struct RequestLoss: Sendable, Equatable {
    public var lost: Int
    public var requests: Int
    /// By method, where the requests have several.
    public var methods: [MethodSection]
    /// Of several rounds; `nil` for one.
    public var rounds: RoundCount?

    public init(_ lost: Int, of requests: Int, methods: [MethodSection] = [], rounds: RoundCount? = nil) {
      self.lost = lost
      self.requests = requests
      self.methods = methods
      self.rounds = rounds
    }
  }

  /// How many rounds lost requests.
  public struct RoundCount: Sendable, Equatable {
    public var lossy: Int
    public var made: Int

    public init(lossy: Int, of made: Int) {
      self.lossy = lossy
      self.made = made
    }
  }
}
