internal import Deployment
internal import Report

/// A manager's own lists over a run, by phase: values in, values out.
///
/// The list just before an action is the one of the end of the phase before it, so no phase needs a query of its own.
struct InstanceHistory {
  let lists: [InstanceList]

  init(_ lists: [InstanceList]) { self.lists = lists }

  /// What a phase's lists are; each is `nil` where the manager has none or could not be asked.
  struct Phase {
    /// Before the phase's action, or at the beginning of a phase without one.
    let before: [ManagedInstance]?
    /// Just after its action.
    let after: [ManagedInstance]?
    /// At its end.
    let end: [ManagedInstance]?

    /// The list from which on nothing was done: after the action, or at the beginning where there is none.
    var undisturbed: [ManagedInstance]? { after ?? before }
  }

  /// - Parameter names: all phases' names, in order.
  func phase(_ index: Int, of names: [String]) -> Phase {
    func list(_ name: String, _ moment: InstanceList.Moment) -> [ManagedInstance]? {
      lists.first { $0.phase == name && $0.moment == moment }?.instances
    }
    let name = names[index]
    let next = names.indices.contains(index + 1) ? list(names[index + 1], .before) : nil
    return Phase(before: list(name, .before), after: list(name, .after), end: list(name, .end) ?? next)
  }

  /// The settings of the instances, as the first list shows them.
  var settings: [ManagedInstance] { lists.first { !$0.instances.isEmpty }?.instances ?? [] }
}
