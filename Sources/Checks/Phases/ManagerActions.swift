internal import Load
package import Report
internal import Statistics

/// What a manager did while the traffic went on.
package struct ManagerActions: Codable, Sendable, Equatable {
  enum CodingKeys: String, CodingKey {
    case manager, phases, remarks, lists, answersAfterRepair, planned, siteAtTheEnd
  }

  /// The manager's name.
  package var manager: String
  /// In order; times in nanoseconds from the common start.
  package var phases: [PhaseSpan]
  /// What the manager's own list showed of its actions.
  package var remarks: [String]
  /// What the manager listed, in order; empty where it has no list.
  package var lists: [InstanceList]
  /// Whether the site answered after an early end was repaired; left out if there was nothing to repair.
  package var answersAfterRepair: Verdict?
  /// The names of all planned phases; left out if all were reached.
  package var planned: [String]?
  /// How the site was left; left out where that was not checked.
  package var siteAtTheEnd: SiteState?

  package init(
    manager: String, phases: [PhaseSpan] = [], remarks: [String] = [], lists: [InstanceList] = [],
    answersAfterRepair: Verdict? = nil, planned: [String]? = nil, siteAtTheEnd: SiteState? = nil
  ) {
    self.manager = manager
    self.phases = phases
    self.remarks = remarks
    self.lists = lists
    self.answersAfterRepair = answersAfterRepair
    self.planned = planned
    self.siteAtTheEnd = siteAtTheEnd
  }

  private static let mostPhases = 64

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    manager = try fields.decodeName(forKey: .manager)
    phases = try fields.decode([PhaseSpan].self, forKey: .phases)
    try fields.demand(phases.count, atMost: Self.mostPhases, .phases)
    remarks = try fields.decodeLines(forKey: .remarks)
    lists = try fields.decode([InstanceList].self, forKey: .lists)
    try fields.demand(lists.reduce(0) { $0 + 1 + $1.instances.count }, atMost: FindingsLimits.list, .lists)
    answersAfterRepair = try fields.decodeIfPresent(Verdict.self, forKey: .answersAfterRepair)
    planned = try fields.contains(.planned) ? fields.decodeLines(forKey: .planned) : nil
    siteAtTheEnd = try fields.decodeIfPresent(SiteState.self, forKey: .siteAtTheEnd)
    try fields.demand(consistency)
  }

  /// The actions as they may be written.
  var withoutSecrets: ManagerActions {
    var actions = self
    actions.remarks = remarks.map { Secrets.text($0, .hashed) }
    actions.phases = phases.map { phase in
      var phase = phase
      phase.action = phase.action?.withoutSecrets
      return phase
    }
    return actions
  }
}

/// How a site answers.
package enum SiteState: String, Codable, Sendable, Equatable {
  case answers
  /// It answers, and loses requests at the same time.
  case losesRequests
  case down
  /// This machine could not send requests.
  case unknown
}
