internal import Deployment
internal import Report

/// A manager's own lists over a run, by phase: values in, values out.
///
/// The list just before an action is the one of the end of the phase before it, so no phase has to be asked about apart.
struct InstanceHistory {
  let lists: [PartInstanceList]

  init(_ lists: [PartInstanceList]) { self.lists = lists }

  /// What a phase's lists are; each is `nil` where the manager has none or could not be asked.
  struct Phase {
    /// Before the phase's action, or at the beginning of a phase without one.
    let before: [PartInstance]?
    /// Just after its action.
    let after: [PartInstance]?
    /// At its end.
    let end: [PartInstance]?

    /// The list from which on nothing was done: after the action, or at the beginning where there is none.
    var undisturbed: [PartInstance]? { after ?? before }
  }

  /// - Parameter names: all phases' names, in order.
  func phase(_ index: Int, of names: [String]) -> Phase {
    func list(_ name: String, _ moment: PartInstanceList.Moment) -> [PartInstance]? {
      lists.first { $0.phase == name && $0.moment == moment }?.instances
    }
    let name = names[index]
    let next = names.indices.contains(index + 1) ? list(names[index + 1], .before) : nil
    return Phase(before: list(name, .before), after: list(name, .after), end: list(name, .end) ?? next)
  }

  /// The settings of the instances, as the first list shows them.
  var settings: [PartInstance] { lists.first { !$0.instances.isEmpty }?.instances ?? [] }
}

extension PartInstance {
  init(_ instance: ManagedInstance) {
    self.init(
      name: instance.name, pid: Int(instance.pid), status: instance.status, restarts: instance.restarts,
      isUp: instance.isUp, isClusterMode: instance.isClusterMode, listenTimeout: instance.settings?.listenTimeout,
      killTimeout: instance.settings?.killTimeout, waitsForReady: instance.settings?.waitsForReady,
      restartsBy: instance.settings.flatMap { $0.restartsBy.isEmpty ? nil : $0.restartsBy })
  }
}

extension PartInstanceList {
  init(_ phase: String, _ moment: Moment, _ instances: [ManagedInstance]) {
    self.init(phase: phase, moment: moment, instances: instances.map { PartInstance($0) })
  }

  /// What the reports on a phase's actions hold: the list before the first of them and the one after the last.
  static func all(of reports: [ActionReport], in phase: String) -> [PartInstanceList] {
    [
      reports.lazy.compactMap(\.instancesBefore).first.map { PartInstanceList(phase, .before, $0) },
      reports.last?.instancesAfter.map { PartInstanceList(phase, .after, $0) },
    ].compactMap(\.self)
  }
}
