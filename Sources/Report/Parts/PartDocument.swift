/// What one shard of a check measured, as it is kept in `part-I-of-N.json`: counts, complete histograms and timelines, and no
/// verdict. Only all parts together are judged.
public struct PartDocument: Codable, Sendable, Equatable {
  /// The name and version of the format that this module reads and writes.
  public static let currentSchema = "lbcheck.part/1"

  public var schema: String
  public var tool: ToolSection
  /// The name of the check, such as `load`.
  public var check: CheckKind
  public var target: TargetSection
  public var shard: PartShard
  /// The same in all parts of one run that agreed on its start by a file; left out where there was none.
  public var run: String?
  /// When the shard's check began, as RFC 3339 text in UTC.
  public var startedAt: String
  public var durationSeconds: Double
  /// True when the shard was stopped before its end.
  public var interrupted: Bool?
  /// Everything that the check was told, which has to be the same in all parts.
  public var parameters: [PartParameter]
  /// A checksum of tool, check, target, count and parameters, so that a glance tells parts of one plan.
  public var digest: String
  /// The header that named backends; left out where there was none.
  public var backendHeader: String?
  public var generationHeader: String?
  /// When all shards were to begin, in nanoseconds since 1970 by the first shard's clock; left out without a common start.
  public var commonStartNanoseconds: Int64?
  /// The shard's clock against the first shard's; left out where it was not measured.
  public var clock: PartClock?
  public var notes: [String]
  /// What the shard sent beside its looks; left out by a shard that ended before it sent anything.
  public var preparation: PartPreparation?
  /// The stretches of traffic, in order.
  public var looks: [PartLook]
  /// What a fairness check found besides, in the first shard's part.
  public var choice: PartChoice?
  /// What a manager did meanwhile, in the first shard's part.
  public var actions: PartActions?

  public init(
    tool: ToolSection, check: CheckKind, target: TargetSection, shard: PartShard, run: String? = nil, startedAt: String,
    durationSeconds: Double, interrupted: Bool? = nil, parameters: [PartParameter], digest: String,
    backendHeader: String? = nil, generationHeader: String? = nil, commonStartNanoseconds: Int64? = nil,
    clock: PartClock? = nil, notes: [String] = [], preparation: PartPreparation? = nil, looks: [PartLook],
    choice: PartChoice? = nil,
    actions: PartActions? = nil
  ) {
    schema = Self.currentSchema
    self.tool = tool
    self.check = check
    self.target = target
    self.shard = shard
    self.run = run
    self.startedAt = startedAt
    self.durationSeconds = durationSeconds
    self.interrupted = interrupted
    self.parameters = parameters
    self.digest = digest
    self.backendHeader = backendHeader
    self.generationHeader = generationHeader
    self.commonStartNanoseconds = commonStartNanoseconds
    self.clock = clock
    self.notes = notes
    self.preparation = preparation
    self.looks = looks
    self.choice = choice
    self.actions = actions
  }
}

/// Which part of how many.
public struct PartShard: Codable, Sendable, Equatable {
  /// From 1, as `--shard I/N` counts.
  public var number: Int
  public var count: Int
  /// The machine's name.
  public var host: String?
  /// Who said so, such as `--shard` or `Slurm`.
  public var toldBy: String?

  public init(number: Int, count: Int, host: String? = nil, toldBy: String? = nil) {
    self.number = number
    self.count = count
    self.host = host
    self.toldBy = toldBy
  }

  /// The name of the part's file, such as `part-2-of-4.json`.
  public var file: String { "part-\(number)-of-\(count).json" }
}

/// One thing that a check was told: an option with its values.
public struct PartParameter: Codable, Sendable, Equatable {
  /// The option's long name, such as `--rate`.
  public var name: String
  /// As the command line takes them; empty for an option that was not given, `true` for a flag.
  public var values: [String]

  public init(name: String, values: [String]) {
    self.name = name
    self.values = values
  }
}

/// A clock against the first shard's.
public struct PartClock: Codable, Sendable, Equatable {
  /// By how much it is ahead of the first shard's; negative where it is behind.
  public var offsetSeconds: Double
  /// How far off that may be, either way: half of the shortest round trip.
  public var uncertaintySeconds: Double

  public init(offsetSeconds: Double, uncertaintySeconds: Double) {
    self.offsetSeconds = offsetSeconds
    self.uncertaintySeconds = uncertaintySeconds
  }
}

/// What the choice of a backend depends on, where one connection with one request always met the same.
public struct PartChoice: Codable, Sendable, Equatable {
  public var stickyBy: String?
  /// Further backends that answered when connection, URI or client address were varied.
  public var backends: [String]

  public init(stickyBy: String? = nil, backends: [String] = []) {
    self.stickyBy = stickyBy
    self.backends = backends
  }
}

/// What a manager did while the traffic went on.
public struct PartActions: Codable, Sendable, Equatable {
  /// The manager's name.
  public var manager: String
  /// In order; times in nanoseconds from the common start.
  public var phases: [PartPhase]
  /// What the manager's own list showed of its actions.
  public var remarks: [String]
  /// What the manager listed, in order; left out where it has no list.
  public var lists: [PartInstanceList]?
  /// Whether the site answered once an early end had been repaired; left out if there was nothing to repair.
  public var answersAfterRepair: Verdict?
  /// The names of all phases that were to be; left out if all were.
  public var planned: [String]?
  /// How the site was left; left out where that was not looked at.
  public var siteAtTheEnd: SiteState?

  public init(
    manager: String, phases: [PartPhase] = [], remarks: [String] = [], answersAfterRepair: Verdict? = nil,
    planned: [String]? = nil, siteAtTheEnd: SiteState? = nil
  ) {
    self.planned = planned
    self.siteAtTheEnd = siteAtTheEnd
    self.manager = manager
    self.phases = phases
    self.remarks = remarks
    self.answersAfterRepair = answersAfterRepair
  }
}

/// How a site answers.
public enum SiteState: String, Codable, Sendable, Equatable {
  case answers
  /// It answers, and loses requests at the same time.
  case losesRequests
  case down
  /// This machine had no means to ask.
  case unknown
}

/// One stretch of a run with actions.
public struct PartPhase: Codable, Sendable, Equatable {
  public var name: String
  public var startNanoseconds: UInt64
  public var endNanoseconds: UInt64
  public var action: ActionSection?
  /// Why no verdict is given on it; left out where it is judged.
  public var notJudged: String?

  public init(
    name: String, startNanoseconds: UInt64, endNanoseconds: UInt64, action: ActionSection? = nil,
    notJudged: String? = nil
  ) {
    self.notJudged = notJudged
    self.name = name
    self.startNanoseconds = startNanoseconds
    self.endNanoseconds = endNanoseconds
    self.action = action
  }
}
