/// One stretch of a check, such as what a reload did to the traffic. Seconds are counted from the run's start.
public struct PhaseSection: Codable, Sendable, Equatable {
  /// What was done at its beginning, such as `reload`, or `baseline`.
  public var name: String
  public var startSeconds: Double
  public var durationSeconds: Double
  /// The manager's action, where there was one.
  public var action: ActionSection?
  public var traffic: TrafficSection
  /// The longest time without a successful answer.
  public var longestGapSeconds: Double
  public var outages: [OutageSection]
  public var generations: [GenerationSection]
  /// Generations from before the action that still answered at the phase's end, as `backend generation`.
  public var staleGenerations: [String]

  public init(
    name: String, startSeconds: Double, durationSeconds: Double, action: ActionSection? = nil, traffic: TrafficSection,
    longestGapSeconds: Double, outages: [OutageSection] = [], generations: [GenerationSection] = [],
    staleGenerations: [String] = []
  ) {
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

/// What a manager was told to do, and what it says of it.
public struct ActionSection: Codable, Sendable, Equatable {
  public var command: [String]
  /// Left out where the command did not end by itself.
  public var exitStatus: Int?
  public var startSeconds: Double
  public var durationSeconds: Double
  /// The manager's own words.
  public var claim: String?
  /// Why it has failed for certain.
  public var problem: String?

  public init(
    command: [String], exitStatus: Int? = nil, startSeconds: Double, durationSeconds: Double, claim: String? = nil,
    problem: String? = nil
  ) {
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
  /// How many requests failed in which way.
  public var kinds: [String: Int]

  public init(startSeconds: Double, durationSeconds: Double, failed: Int, kinds: [String: Int] = [:]) {
    self.startSeconds = startSeconds
    self.durationSeconds = durationSeconds
    self.failed = failed
    self.kinds = kinds
  }
}

/// One life of a backend, as far as it answered in a phase.
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
