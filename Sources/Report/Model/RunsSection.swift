/// What several whole runs of the same load show together; the report's traffic is that of all runs added up.
public struct RunsSection: Codable, Sendable, Equatable {
  /// How many were to be made, 2 or more.
  public var asked: Int
  /// How many were made to their end.
  public var made: Int
  /// Why no further run was made; left out where all were, and where it was interrupted.
  public var problem: String?
  /// The confidence of the intervals, 0…1.
  public var confidence: Double
  /// The runs in order; one more than were made to their end where the last was interrupted.
  public var rows: [RunSection]
  /// What the runs that were made to their end show; empty for fewer than two.
  public var figures: [RunsFigure]

  public init(
    asked: Int, made: Int, problem: String? = nil, confidence: Double, rows: [RunSection], figures: [RunsFigure]
  ) {
    self.asked = asked
    self.made = made
    self.problem = problem
    self.confidence = confidence
    self.rows = rows
    self.figures = figures
  }
}

/// One run.
public struct RunSection: Codable, Sendable, Equatable {
  /// From 1.
  public var run: Int
  /// When it began, as RFC 3339 text in UTC.
  public var startedAt: String
  public var verdict: Verdict
  /// Its own, without the series, which the report's traffic has.
  public var traffic: TrafficSection
  /// Whether its figures are those of one state; left out as in a report of one run.
  public var steadiness: SteadinessSection?

  public init(
    run: Int, startedAt: String, verdict: Verdict, traffic: TrafficSection, steadiness: SteadinessSection? = nil
  ) {
    self.run = run
    self.startedAt = startedAt
    self.verdict = verdict
    self.traffic = traffic
    self.steadiness = steadiness
  }
}

/// A figure over runs.
public struct RunsFigure: Codable, Sendable, Equatable {
  public enum Unit: String, Codable, Sendable, CaseIterable {
    case milliseconds = "ms"
    case perSecond = "1/s"
  }

  /// `rate`, or a percentile of the latency by its key, such as `p999`.
  public var name: String
  public var unit: Unit
  /// How many runs have it, 2 or more.
  public var runs: Int
  /// The mean of the runs' figures, in the unit, as the rest.
  public var mean: Double
  /// Between which values the mean of all such runs lies, by Student's t; left out where no run differs.
  public var interval: ClosedRange<Double>?
  /// The standard deviation of the runs' figures.
  public var deviation: Double
  /// The part of it that is the runs' own: the standard deviation that is left without ``within``; left out where that is not known.
  public var between: Double?
  /// The part of it that chance makes within a run, as the order of its answers shows; left out where a run does not show it.
  public var within: Double?

  public init(
    name: String, unit: Unit, runs: Int, mean: Double, interval: ClosedRange<Double>?, deviation: Double,
    between: Double?, within: Double?
  ) {
    self.name = name
    self.unit = unit
    self.runs = runs
    self.mean = mean
    self.interval = interval
    self.deviation = deviation
    self.between = between
    self.within = within
  }
}
