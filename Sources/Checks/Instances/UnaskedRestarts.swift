internal import Deployment
internal import Report

/// Changes without an action in a manager's lists: values in, values out.
struct UnaskedRestarts {
  /// Instances that were started again, or have another process, without an action; a line each.
  private(set) var lines: [String] = []
  /// The settings that have instances restarted unasked, with their values.
  private(set) var causes: [String] = []
  /// Instances that are not up at the end, a line each.
  private(set) var down: [String] = []

  init(_ phase: InstanceHistory.Phase) {
    guard let end = phase.end else { return }
    for instance in end {
      if instance.isUp == false { down.append("instance \(instance.name) is \(instance.status)") }
      guard let earlier = phase.undisturbed?.first(where: { $0.name == instance.name }) else { continue }
      let times = instance.restarts.subtractingReportingOverflow(earlier.restarts)
      if !times.overflow, times.partialValue > 0 {
        let count = times.partialValue
        lines.append("instance \(instance.name) restarted by itself \(count == 1 ? "once" : "\(count) times")")
      } else if instance.pid != earlier.pid, instance.pid > 0, earlier.pid > 0 {
        lines.append("instance \(instance.name) got another process by itself")
      } else {
        continue
      }
      for cause in instance.settings?.restartsBy ?? [] where !causes.contains(cause) { causes.append(cause) }
    }
    // What comes and goes with the load needs no one to ask for it.
    let gone = (phase.undisturbed ?? []).filter { earlier in
      earlier.followsLoad != true && !end.contains { $0.name == earlier.name }
    }
    lines += gone.map { "instance \($0.name) is no longer listed" }
    let listed = Set((phase.undisturbed ?? end).map(\.name))
    lines += end.filter { $0.followsLoad != true && !listed.contains($0.name) }.map {
      "instance \($0.name) is new in the list"
    }
  }
}

/// Processes that answer although a manager does not list them: values in, values out.
struct UnlistedProcesses {
  /// The numbers of those that answered at the end of a phase, in rising order.
  let pids: [Int32]
  /// Whether the manager lists none of those that answered, as where its processes only start the ones that serve.
  let isEveryone: Bool

  /// - Parameters:
  ///   - answering: generations that answered at the end of the phase.
  ///   - phase: the lists of the phase.
  ///   - known: every process number that any of the run's lists shows.
  init(answering: [String], phase: InstanceHistory.Phase, known: Set<Int32>) {
    // A number of the right size may also be a version or a time, so one has to be a process of the manager's.
    let numbers = Set(answering.compactMap { Int32($0) }.filter { $0 > 1 && $0 <= 4_194_304 })
    let listed = Set([phase.undisturbed, phase.end].compactMap(\.self).flatMap { $0 }.map(\.pid))
    guard phase.end != nil, numbers.count == Set(answering).count, !numbers.isEmpty else {
      (pids, isEveryone) = ([], false)
      return
    }
    pids = numbers.subtracting(listed).sorted()
    isEveryone = numbers.isDisjoint(with: known)
  }
}
