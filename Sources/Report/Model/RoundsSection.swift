/// What several rounds of the same check found; the report's phases are those of all rounds added up.
public struct RoundsSection: Codable, Sendable, Equatable {
  /// Whether rounds lose requests.
  public enum Outcome: String, Codable, Sendable, CaseIterable {
    /// Each of the rounds that were asked for was made, and shows that it lost nothing.
    case noneSeen
    /// Some rounds lost requests, and others nothing.
    case varies
    /// Each round that shows anything lost requests.
    case loses
    /// None is known to have lost requests, but of some it is not known.
    case undecided
  }

  /// What a sample says about all rounds, or all requests: an interval of shares, 0…1.
  public struct Bound: Codable, Sendable, Equatable {
    public var low: Double
    public var high: Double

    public init(_ interval: ClosedRange<Double>) { (low, high) = (interval.lowerBound, interval.upperBound) }
  }

  /// How many were to be made, 2 or more.
  public var asked: Int
  /// How many were made to their end.
  public var made: Int
  /// How many lost requests.
  public var lossy: Int
  public var outcome: Outcome
  /// Why no further round was made; left out where all were, and where it was interrupted.
  public var problem: String?
  /// The requests of the phases that have to lose none, of all rounds.
  public var requests: Int
  public var lost: Int
  /// The same by method, where they have several.
  public var methods: [MethodSection]?
  /// The longest time without an answer in any of these phases.
  public var longestGapSeconds: Double
  /// The confidence of the bounds, 0…1.
  public var confidence: Double
  /// The share of rounds that lose requests, of all that could be made; left out where no round shows anything.
  public var lossyRounds: Bound?
  /// The share of requests that are lost, if losses come singly; left out where there were no requests.
  public var lostRequests: Bound?
  public var rows: [RoundSection]

  public init(
    asked: Int, made: Int, lossy: Int, outcome: Outcome, problem: String? = nil, requests: Int, lost: Int,
    methods: [MethodSection]?, longestGapSeconds: Double, confidence: Double, lossyRounds: Bound?, lostRequests: Bound?,
    rows: [RoundSection]
  ) {
    self.asked = asked
    self.made = made
    self.lossy = lossy
    self.outcome = outcome
    self.problem = problem
    self.requests = requests
    self.lost = lost
    self.methods = methods
    self.longestGapSeconds = longestGapSeconds
    self.confidence = confidence
    self.lossyRounds = lossyRounds
    self.lostRequests = lostRequests
    self.rows = rows
  }

  /// The round to show in full: the one that lost most, or else the first that did not pass, or else the first.
  public var telling: RoundSection? {
    let most = rows.map(\.lost).max() ?? 0
    return (most > 0 ? rows.first { $0.lost == most } : rows.first { $0.verdict != .pass }) ?? rows.first
  }
}

/// One round. Requests, losses and the longest gap are those of the phases that have to lose no request.
public struct RoundSection: Codable, Sendable, Equatable {
  /// From 1.
  public var round: Int
  /// When it began, as RFC 3339 text in UTC.
  public var startedAt: String
  public var verdict: Verdict
  public var requests: Int
  public var lost: Int
  /// The same by method, where they have several.
  public var methods: [MethodSection]?
  public var longestGapSeconds: Double
  /// Its phases; seconds are counted from the first round's second 0.
  public var phases: [PhaseSection]

  public init(
    round: Int, startedAt: String, verdict: Verdict, requests: Int, lost: Int, methods: [MethodSection]?,
    longestGapSeconds: Double, phases: [PhaseSection]
  ) {
    self.round = round
    self.startedAt = startedAt
    self.verdict = verdict
    self.requests = requests
    self.lost = lost
    self.methods = methods
    self.longestGapSeconds = longestGapSeconds
    self.phases = phases
  }
}
