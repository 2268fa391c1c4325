/// All results of one run, as `report.json` holds them.
///
/// A check fills it in, a writer renders it. Fields that a check has no value for are `nil` and are left out of the
/// file. Texts may hold what a server sent: nothing in here is escaped, each writer does that for its own format.
///
/// ```swift
/// let document = ReportDocument(
///   tool: ToolSection(name: "lbcheck", version: "1.0.0"),
///   check: .fairness,
///   target: TargetSection(url: "http://alvin.xyz/", addresses: ["192.0.2.7"]),
///   startedAt: UTCTime.rfc3339(secondsSince1970: 1_795_675_528),
///   durationSeconds: 12.5,
///   summary: "Three backends share the work in rotation.",
///   assertions: assertions)
/// ```
public struct ReportDocument: Codable, Sendable, Equatable {
  /// The name and version of the format that this module writes.
  public static let currentSchema = "lbcheck.report/2"
  /// The formats that this module reads, oldest first. A document of an older one lacks what came later, no more.
  public static let readableSchemas = ["lbcheck.report/1", currentSchema]

  /// The name and version of the format this document is in.
  public var schema: String
  /// The program that measured.
  public var tool: ToolSection
  /// The name of the check, such as `fairness`.
  public var check: CheckKind
  /// What was measured.
  public var target: TargetSection
  /// When the run began, as RFC 3339 text in UTC.
  public var startedAt: String
  /// When second 0 was from which phases, pauses and the series count, as RFC 3339 text in UTC.
  public var secondZeroAt: String?
  /// How long the run took, in seconds, 0 or more.
  public var durationSeconds: Double
  /// The outcome of the check.
  public var verdict: Verdict
  /// What was found, in one sentence.
  public var summary: String?
  /// True when the run was stopped before its end, so that the figures cover only a part of it.
  public var interrupted: Bool?
  /// When the generator itself was paused; absent where it was not.
  public var generatorPauses: [PauseSection]?
  /// The lines that make up the verdict.
  public var assertions: [Assertion]
  /// What to do next, the most important first, a line each; absent where the figures suggest nothing.
  public var advice: [String]?
  /// What the check saw and gives no verdict on, a clause each; absent where there is no such thing.
  public var notJudged: [String]?
  /// Further remarks for the reader.
  public var notes: [String]
  /// The exact command line that repeats the run, one element an argument.
  public var command: [String]?
  /// Every setting in force, including defaults and what the check chose itself; left out by earlier versions.
  public var settings: [Setting]?
  /// How it was measured, as earlier versions said it; now that follows from the settings and the findings.
  public var method: [MeasuredBy]?
  /// The name of what acted on the backends, such as `pm2`; left out where nothing did.
  public var manager: String?
  /// The requests and their timing.
  public var traffic: TrafficSection?
  /// Whether the figures are those of one state; left out for traffic that is not meant to stay the same, and by earlier versions.
  public var steadiness: SteadinessSection?
  /// The different requests that the traffic consists of; absent where all are the same.
  public var requestKinds: RequestKindsSection?
  /// What was sent beside `traffic`; none in a document that puts others together, such as a gate's.
  public var preparation: PreparationSection?
  /// The backends that answered or were expected to, in the order to show them.
  public var backends: [BackendSection]?
  /// The answers that no backend gave, of a check other than fairness, which has them in its own section; left out if there
  /// were none.
  public var nobody: NobodySection?
  /// How the requests were distributed.
  public var fairness: FairnessSection?
  /// Whether answers are divided as expected.
  public var split: SplitSection?
  /// Whether visitors stay with a backend.
  public var sessions: SessionsSection?
  /// The stretches of a check that acts on its target, in order.
  public var phases: [PhaseSection]?
  /// What each of several rounds found; `nil` for a check that was made once.
  public var rounds: RoundsSection?
  /// What varies between several runs of a load, and within them; `nil` for one.
  public var runs: RunsSection?
  /// What a watch saw.
  public var watch: WatchSection?
  /// What the inspection of the target showed.
  public var inspection: InspectionSection?
  /// The highest rate that held.
  public var capacity: CapacitySection?
  /// The checks of a gate, each with its own report.
  public var gate: GateSection?
  /// What differs from another run.
  public var comparison: ComparisonSection?
  /// The parts that it was merged from.
  public var shards: ShardsSection?

  /// A document in the current schema; a verdict left out is the worst of the assertions.
  public init(
    tool: ToolSection,
    check: CheckKind,
    target: TargetSection,
    startedAt: String,
    durationSeconds: Double,
    verdict: Verdict? = nil,
    summary: String? = nil,
    interrupted: Bool? = nil,
    generatorPauses: [PauseSection]? = nil,
    assertions: [Assertion] = [],
    notes: [String] = [],
    command: [String]? = nil,
    traffic: TrafficSection? = nil,
    preparation: PreparationSection? = nil,
    backends: [BackendSection]? = nil,
    fairness: FairnessSection? = nil,
    phases: [PhaseSection]? = nil,
    inspection: InspectionSection? = nil,
    capacity: CapacitySection? = nil,
    gate: GateSection? = nil,
    comparison: ComparisonSection? = nil
  ) {
    self.schema = Self.currentSchema
    self.tool = tool
    self.check = check
    self.target = target
    self.startedAt = startedAt
    self.durationSeconds = durationSeconds
    self.verdict = verdict ?? Verdict.worst(of: assertions.lazy.map(\.verdict))
    self.summary = summary
    self.interrupted = interrupted
    self.generatorPauses = generatorPauses
    self.assertions = assertions
    self.notes = notes
    self.command = command
    self.traffic = traffic
    self.preparation = preparation
    self.backends = backends
    self.fairness = fairness
    self.phases = phases
    self.inspection = inspection
    self.capacity = capacity
    self.gate = gate
    self.comparison = comparison
  }
}

/// The program that wrote a report.
public struct ToolSection: Codable, Sendable, Equatable {
  /// This program.
  public static let lbcheck = ToolSection(name: "lbcheck", version: "0.1.0")

  /// The program's name.
  public var name: String
  /// The program's version.
  public var version: String

  /// A program by name and version.
  public init(name: String, version: String) {
    self.name = name
    self.version = version
  }
}

/// The target of a run.
public struct TargetSection: Codable, Sendable, Equatable {
  /// The URL that was requested.
  public var url: String
  /// The network addresses that were connected to.
  public var addresses: [String]

  /// A target by its URL and the addresses behind it.
  public init(url: String, addresses: [String] = []) {
    self.url = url
    self.addresses = addresses
  }
}

/// One detail of how a run was measured, such as "connections" and "64, kept alive".
public struct MeasuredBy: Codable, Sendable, Equatable {
  /// Its name.
  public var name: String
  /// Its value.
  public var value: String

  /// A detail and its value.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}
