/// One stretch of a check, such as what a reload did to the traffic. Seconds are counted from the run's start.
public struct PhaseSection: Codable, Sendable, Equatable {
  /// What was done at its beginning, such as `reload`, or `baseline`.
  public var name: String
  /// When it began, as RFC 3339 text in UTC; left out where that is not known.
  public var startedAt: String?
  public var startSeconds: Double
  public var durationSeconds: Double
  /// Why no verdict is given on it, such as that the site was already down when it began.
  public var notJudged: String?
  /// How many requests, sent before it, its action cut, by kind; they are among the failed ones. Left out if none.
  public var cut: [String: Int]?
  /// How many of those met a kept connection as it was closed, before any byte of an answer: the race of RFC 9112 9.3.1, which
  /// does not tell whether answers are finished. Left out if none.
  public var cutOnKept: Int?
  /// The manager's action, where there was one.
  public var action: ActionSection?
  public var traffic: TrafficSection
  /// The longest time without a successful answer.
  public var longestGapSeconds: Double
  public var outages: [OutageSection]
  public var generations: [GenerationSection]
  /// Generations from before the action that still answered at the phase's end, as `backend generation`.
  public var staleGenerations: [String]
  /// The verdict of the assertions about it; left out where it is not judged.
  public var verdict: Verdict?
  /// When requests failed, and how; those of a moment together, at most a few hundred.
  public var failureMarks: [FailureMark]?

  public init(
    name: String, startSeconds: Double, durationSeconds: Double, action: ActionSection? = nil, traffic: TrafficSection,
    longestGapSeconds: Double, outages: [OutageSection] = [], generations: [GenerationSection] = [],
    staleGenerations: [String] = [], verdict: Verdict? = nil, failureMarks: [FailureMark]? = nil
  ) {
    self.verdict = verdict
    self.failureMarks = failureMarks
    self.name = name
    self.startSeconds = startSeconds
    self.durationSeconds = durationSeconds
    self.action = action
    self.traffic = traffic
    self.longestGapSeconds = longestGapSeconds
    self.outages = outages
    self.generations = generations
    self.staleGenerations = staleGenerations
  }
}

extension PhaseSection {
  /// What began it; `nil` for one of a failover check, which its backends name.
  public var kind: PhaseKind? { PhaseKind(rawValue: name) }

  /// How many requests its action cut in flight, those left out that met the end of a kept connection.
  public var cutInFlight: Int { (cut?.values.reduce(0, +) ?? 0) - (cutOnKept ?? 0) }

  /// Whether requests failed to its very end, and for a tenth of its length or more.
  public var isDownAtTheEnd: Bool {
    let end = startSeconds + durationSeconds
    return outages.contains {
      $0.startSeconds + $0.durationSeconds >= end - 0.001 && $0.durationSeconds >= durationSeconds / 10
    }
  }
}

/// Requests due in one moment that failed in the same way.
public struct FailureMark: Codable, Sendable, Equatable {
  /// When the first of them was due.
  public var seconds: Double
  public var kind: String
  public var count: Int

  public init(seconds: Double, kind: String, count: Int) {
    self.seconds = seconds
    self.kind = kind
    self.count = count
  }
}

/// What a manager was asked to do, and what it says about it.
public struct ActionSection: Codable, Sendable, Equatable {
  public var command: [String]
  /// Left out where the command did not end by itself.
  public var exitStatus: Int?
  public var startSeconds: Double
  public var durationSeconds: Double
  /// The manager's own words.
  public var claim: String?
  /// Why it has certainly failed.
  public var problem: String?
  /// That lbcheck itself ended its command, as it was asked to stop; left out otherwise.
  public var interrupted: Bool?

  public init(
    command: [String], exitStatus: Int? = nil, startSeconds: Double, durationSeconds: Double, claim: String? = nil,
    problem: String? = nil, interrupted: Bool? = nil
  ) {
    self.interrupted = interrupted
    self.command = command
    self.exitStatus = exitStatus
    self.startSeconds = startSeconds
    self.durationSeconds = durationSeconds
    self.claim = claim
    self.problem = problem
  }
}

/// A stretch of time in which requests due then failed.
public struct OutageSection: Codable, Sendable, Equatable {
  public var startSeconds: Double
  public var durationSeconds: Double
  public var failed: Int
  /// How many requests failed, by kind.
  public var kinds: [String: Int]

  public init(startSeconds: Double, durationSeconds: Double, failed: Int, kinds: [String: Int] = [:]) {
    self.startSeconds = startSeconds
    self.durationSeconds = durationSeconds
    self.failed = failed
    self.kinds = kinds
  }
}

/// One generation of a backend that answered in a phase.
public struct GenerationSection: Codable, Sendable, Equatable {
  public var backend: String
  public var generation: String
  public var firstSeenSeconds: Double
  public var lastSeenSeconds: Double
  public var requests: Int

  public init(backend: String, generation: String, firstSeenSeconds: Double, lastSeenSeconds: Double, requests: Int) {
    self.backend = backend
    self.generation = generation
    self.firstSeenSeconds = firstSeenSeconds
    self.lastSeenSeconds = lastSeenSeconds
    self.requests = requests
  }
}
