package import Deployment
internal import Load
package import Testbed

/// Reloads and restarts the backends of an embedded stack, one after another, as a process manager would.
package struct TestbedManager: DeploymentManager {
  private let stack: EmbeddedStack

  package var name: String { "testbed" }

  package init(_ stack: EmbeddedStack) { self.stack = stack }

  /// Starts each backend anew beside the old one, which then finishes its answers.
  package func reload(stop: () -> Bool) -> ActionReport {
    act("reload", on: backends, stop: stop) { name throws(TestbedError) in try stack.reloadBackend(name) }
  }

  /// Ends each backend and starts it again.
  package func restart(stop: () -> Bool) -> ActionReport {
    act("restart", on: backends, stop: stop) { name throws(TestbedError) in try stack.restartBackend(name) }
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
    let start = MonotonicClock.now()
    var problem: String?
    var done: [String] = []
    do throws(TestbedError) {
      for name in names where !stop() {
        try body(name)
        done.append(name)
      }
    } catch {
      problem = error.description
    }
    return ActionReport(
      command: ["testbed", action] + names, exitStatus: problem == nil ? 0 : 1,
      claim: done.map { "[\($0)] ✓" }.joined(separator: " "), startedAt: start,
      duration: MonotonicClock.now() - start, problem: problem)
  }
}
