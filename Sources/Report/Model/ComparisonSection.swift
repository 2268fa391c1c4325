/// What differs between two runs of the same check, and with what confidence.
public struct ComparisonSection: Codable, Sendable, Equatable {
  public var base: ComparedRun
  public var candidate: ComparedRun
  /// The confidence with which all that is called better or worse is so, 0…1 exclusive.
  public var level: Double
  /// The change that counts as none, as a share of the base's figure, 0 or more.
  public var margin: Double
  /// The settings that differ; left out where one of the two reports lists no settings.
  public var settings: [ComparedSetting]?
  /// In the order to show them.
  public var figures: [ComparedFigure]

  public init(
    base: ComparedRun, candidate: ComparedRun, level: Double, margin: Double, figures: [ComparedFigure] = []
  ) {
    self.base = base
    self.candidate = candidate
    self.level = level
    self.margin = margin
    self.figures = figures
  }
}

/// One setting that is not the same in both runs.
public struct ComparedSetting: Codable, Sendable, Equatable {
  public var key: String
  /// Left out where it was not set.
  public var base: Setting?
  /// Left out where it was not set.
  public var candidate: Setting?

  /// All settings that differ, those of the base first.
  public static func all(_ base: [Setting], _ candidate: [Setting]) -> [ComparedSetting] {
    let own = Dictionary(base.map { ($0.key, $0) }) { first, _ in first }
    let others = Dictionary(candidate.map { ($0.key, $0) }) { first, _ in first }
    let keys = base.map(\.key) + candidate.map(\.key).filter { own[$0] == nil }
    return keys.filter { own[$0]?.inMeaning != others[$0]?.inMeaning }.map {
      ComparedSetting(key: $0, base: own[$0], candidate: others[$0])
    }
  }
}

/// One of the two runs.
public struct ComparedRun: Codable, Sendable, Equatable {
  public var check: CheckKind
  /// RFC 3339 text in UTC.
  public var startedAt: String
  /// The URL that was requested.
  public var target: String
  /// Where its report was read; left out where it was not read from a file.
  public var path: String?

  public init(check: CheckKind, startedAt: String, target: String, path: String? = nil) {
    self.check = check
    self.startedAt = startedAt
    self.target = target
    self.path = path
  }
}

/// One figure of both runs.
public struct ComparedFigure: Codable, Sendable, Equatable {
  /// The outcome of the comparison.
  public enum Outcome: String, Codable, Sendable, Equatable, CaseIterable {
    case better
    case worse
    /// Surely within the margin; without intervals, within it as far as it was measured.
    case same
    /// It could be either, or nothing says which is better.
    case unsure
  }

  /// What a figure is counted in.
  public enum Unit: String, Codable, Sendable, Equatable, CaseIterable {
    case milliseconds = "ms"
    /// Requests a second.
    case perSecond = "/s"
    /// 0…1.
    case share
    case bytes = "B"
  }

  /// The short name, such as `p99`.
  public var name: String
  public var unit: Unit
  public var base: Double
  public var candidate: Double
  /// Left out where a single run says nothing of it.
  public var baseInterval: ComparedInterval?
  public var candidateInterval: ComparedInterval?
  /// For a share candidate − base, else (candidate − base) / base; left out where the base is 0.
  public var change: Double?
  /// In terms of ``change``, at the level that all figures together demand of this one.
  public var changeInterval: ComparedInterval?
  /// The size of change that counts as none, in terms of ``change``.
  public var margin: Double?
  public var outcome: Outcome
  /// Left out where neither is better in itself.
  public var higherIsBetter: Bool?
  /// Why there is no outcome, where that needs an explanation.
  public var remark: String?
  /// How much longer both runs would have to be to decide it; left out where it is decided, or where no length is known to.
  public var settledBy: SettlingRun?
  /// Why no length is known to decide it; left out where it is decided, or where one is.
  public var unsettled: Unsettled?

  public init(
    name: String, unit: Unit, base: Double, candidate: Double, baseInterval: ComparedInterval? = nil,
    candidateInterval: ComparedInterval? = nil, change: Double? = nil, changeInterval: ComparedInterval? = nil,
    margin: Double? = nil, outcome: Outcome, higherIsBetter: Bool? = nil, remark: String? = nil
  ) {
    self.name = name
    self.unit = unit
    self.base = base
    self.candidate = candidate
    self.baseInterval = baseInterval
    self.candidateInterval = candidateInterval
    self.change = change
    self.changeInterval = changeInterval
    self.margin = margin
    self.outcome = outcome
    self.higherIsBetter = higherIsBetter
    self.remark = remark
  }
}

/// How long both of two runs would have to be for a figure to be decided, if its difference is as it was measured.
public struct SettlingRun: Codable, Sendable, Equatable {
  /// What there has to be more of.
  public enum Unit: String, Codable, Sendable, Equatable, CaseIterable {
    case requests
    case visitors
    /// Repetitions of the action of a phase.
    case rounds
    /// Runs of a repeated load.
    case runs
  }

  /// How many times as much as in the longer of the two runs, 1 or more.
  public var times: Double
  public var unit: Unit
  /// So many in each run; left out for rounds.
  public var count: Int?
  /// How long each run is at its rate; left out where length alone decides nothing.
  public var seconds: Double?

  public init(times: Double, unit: Unit, count: Int? = nil, seconds: Double? = nil) {
    self.times = times
    self.unit = unit
    self.count = count
    self.seconds = seconds
  }
}

/// Why no length of run is known to decide a figure.
public enum Unsettled: String, Codable, Sendable, Equatable, CaseIterable {
  /// The difference is at the margin.
  case atMargin
  /// More than a hundred times as many requests would be needed: it is too near the margin for its interval's width.
  case tooMany
  /// Longer runs help, but these do not show how long.
  case unbounded
  /// Longer runs would not help.
  case notByLength
}

/// From where to where; an end is left out where nothing bounds it.
public struct ComparedInterval: Codable, Sendable, Equatable {
  public var low: Double?
  public var high: Double?

  public init(low: Double?, high: Double?) {
    self.low = low
    self.high = high
  }
}
