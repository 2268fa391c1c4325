package import Deployment

/// A manager's own list of its instances at one moment of a run.
package struct InstanceList: Codable, Sendable, Equatable {
  package enum Moment: String, Codable, Sendable {
    /// Just before the phase's action, which is the end of the phase before; of the first phase, its beginning.
    case before
    /// Just after the phase's action.
    case after
    /// At the phase's end, where no action follows.
    case end
  }

  /// The phase's name.
  package var phase: String
  package var moment: Moment
  package var instances: [ManagedInstance]

  package init(phase: String, moment: Moment, instances: [ManagedInstance]) {
    self.phase = phase
    self.moment = moment
    self.instances = instances
  }

  /// What the reports on a phase's actions hold: the list before the first of them and the one after the last.
  static func all(of reports: [ActionReport], in phase: String) -> [InstanceList] {
    [
      reports.lazy.compactMap(\.instancesBefore).first.map {
        InstanceList(phase: phase, moment: .before, instances: $0)
      },
      reports.last?.instancesAfter.map { InstanceList(phase: phase, moment: .after, instances: $0) },
    ].compactMap(\.self)
  }
}
