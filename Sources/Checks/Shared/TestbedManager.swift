package import Deployment
internal import Load
internal import Platform
package import Testbed

/// Reloads and restarts the backends of an embedded stack, one after another, as a process manager would.
package struct TestbedManager: DeploymentManager, BuildSwitch {
  private let stack: EmbeddedStack
  private let broken: EmbeddedStack.Build

  package var name: String { "testbed" }

  /// - Parameter broken: what ``breakBuild(stop:)`` puts in place.
  package init(_ stack: EmbeddedStack, broken: EmbeddedStack.Build = .crashing) {
    self.stack = stack
    self.broken = broken
  }

  /// The stack is the check's own, so nothing is missing.
  package func preflight(for actions: Set<ManagerAction>, stop: () -> Bool) {}

  package func preflight(stop: () -> Bool) {}

  /// Starts a new process for each backend beside the old one, which then drains.
  package func reload(stop: () -> Bool) -> ActionReport {
    act("reload", on: backends, stop: stop) { name throws(TestbedError) in try stack.reloadBackend(name) }
  }

  /// Ends all backends, then starts them again; a note says for how long none of them was ready.
  package func restart(stop: () -> Bool) -> ActionReport {
    let before = stack.events.count
    var report = act("restart", on: ["all"], stop: stop) { _ throws(TestbedError) in try stack.restartAll() }
    let events = stack.events.dropFirst(before)
    // After its signal a backend only finishes what it has begun.
    guard let ended = events.last(where: { $0.kind == .stopping })?.time else { return report }
    let ready = events.first { $0.kind == .ready }?.time
    report.notes.append(
      ready.map { "the supervisor's log: nothing accepted for \(($0 - min(ended, $0)) / 1_000_000) ms" }
        ?? "the supervisor's log: nothing accepted again")
    return report
  }

  /// One wait for each backend, in turn.
  package func longestWait(stop: () -> Bool) -> Duration? {
    stack.configuration.readyTimeout * backends.count
  }

  package func breakBuild(stop: () -> Bool) -> ActionReport {
    act("install", on: ["broken"], stop: stop) { _ in stack.install(broken) }
  }

  package func repair(stop: () -> Bool) -> ActionReport {
    act("repair", on: ["all"], stop: stop) { _ throws(TestbedError) in try stack.repair() }
  }

  package func stop(_ instance: String, stop: () -> Bool) -> ActionReport {
    act("stop", on: [instance], stop: stop) { name throws(TestbedError) in try stack.stopBackend(name) }
  }

  package func start(_ instance: String, stop: () -> Bool) -> ActionReport {
    act("start", on: [instance], stop: stop) { name throws(TestbedError) in try stack.startBackend(name) }
  }

  package func instances(stop: () -> Bool) -> [ManagedInstance] {
    let pids = stack.backendPIDs
    return backends.map { name in
      ManagedInstance(name: name, pid: pids[name] ?? 0, status: pids[name] == nil ? "stopped" : "online")
    }
  }

  private var backends: [String] { stack.configuration.backends.map(\.name) }

  private func act(
    _ action: String, on names: [String], stop: () -> Bool, _ body: (String) throws(TestbedError) -> Void
  ) -> ActionReport {
    let before = instances { false }
    let start = MonotonicClock.now()
    var problem: String?
    var done: [String] = []
    for name in names where !stop() {
      do throws(TestbedError) {
        try body(name)
        done.append(name)
      } catch {
        problem = problem ?? error.description
      }
    }
    var report = ActionReport(
      command: ["testbed", action] + names, exitStatus: problem == nil ? 0 : 1,
      claim: done.map { "[\($0)] ✓" }.joined(separator: " "), startedAt: start,
      duration: MonotonicClock.now() - start, problem: problem)
    report.instancesBefore = before
    report.instancesAfter = instances { false }
    return report
  }
}
