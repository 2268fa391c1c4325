internal import Platform

/// nginx with its binary replaced while it runs: USR2 starts a second master, WINCH ends the workers of the first, QUIT the first.
struct NginxUpgrade: DeploymentManager {
  let path: String
  let timeout: Duration

  var name: String { ManagerKind.nginxUpgrade.rawValue }
  private var reloading: SignalManager { SignalManager(server: .nginx, path: path, timeout: timeout) }
  private var workers: WorkerRule { SignalledServer.nginxWorkers }
  private static let interval: Nanoseconds = 50_000_000

  func preflight(for actions: Set<ManagerAction>, stop: () -> Bool) throws(PreflightError) {
    for action in ManagerAction.allCases where actions.contains(action) && action != .reload {
      throw .usage("\(name) has no \(action.rawValue) of its own: give --\(action.rawValue)-command")
    }
    try reloading.preflight(for: [.reload], stop: stop)
  }

  func restart(stop: () -> Bool) -> ActionReport { ActionReport(refused: "\(name) has no restart of its own") }

  func stop(_ instance: String, stop: () -> Bool) -> ActionReport {
    ActionReport(refused: "\(name) has no stop of its own")
  }

  func start(_ instance: String, stop: () -> Bool) -> ActionReport {
    ActionReport(refused: "\(name) has no start of its own")
  }

  func instances(stop: () -> Bool) throws(ManagerError) -> [ManagedInstance] { try reloading.instances(stop: stop) }

  func reload(stop: () -> Bool) -> ActionReport {
    let old: MasterProcess
    do throws(ManagerError) {
      old = try MasterProcess(pidFile: path, of: SignalledServer.nginx.program)
    } catch {
      return ActionReport(refused: error.description)
    }
    let before = list(old)
    var report = ActionReport(
      command: ["sh", "-c", "kill -USR2 \(old.pid); kill -WINCH \(old.pid); kill -QUIT \(old.pid)"], exitStatus: nil,
      claim: "", startedAt: MonotonicClock.now(), duration: 0)
    report.instancesBefore = before
    report.problem = upgrade(old, &report, stop: stop)
    report.duration = MonotonicClock.now() - report.startedAt
    if report.problem == nil { report.exitStatus = 0 }
    report.instancesAfter = try? instances { false }
    return report
  }

  private func list(_ master: MasterProcess) -> [ManagedInstance] {
    workers.instances(ProcessEntry.children(of: master.pid), master: master.process)
  }

  private func serving(_ master: MasterProcess) -> [ProcessEntry] {
    workers.serving(ProcessEntry.children(of: master.pid))
  }

  /// - Returns: why it failed; then the old master and its workers go on serving, as nothing of them was ended before.
  private func upgrade(_ old: MasterProcess, _ report: inout ActionReport, stop: () -> Bool) -> String? {
    let deadline = report.startedAt + timeout.nanoseconds
    if let problem = old.send(.user2) { return problem }
    var successor: MasterProcess?
    let hasStarted = wait(until: deadline, stop: stop) {
      guard let master = try? MasterProcess(pidFile: path, of: SignalledServer.nginx.program), master.pid != old.pid
      else { return false }
      successor = master
      return !serving(master).isEmpty
    }
    guard hasStarted, let successor else {
      report.wasStopped = stop()
      return report.wasStopped
        ? "lbcheck was asked to stop before a second master served"
        : "no second master with workers came after USR2: nginx ignores it in the foreground, and starts only a binary by its whole path"
    }
    _ = wait(until: min(deadline, MonotonicClock.now() + WorkerRule.grace.nanoseconds), stop: stop) {
      serving(successor).count >= serving(old).count
    }
    if let problem = old.send(.windowChange) { return problem }
    let hasRetired = wait(until: deadline, stop: stop) { serving(old).isEmpty }
    // The new one serves: ending the old one finishes what was begun, also where lbcheck was asked to stop.
    if let problem = old.send(.quit) { return problem }
    if !hasRetired {
      report.notes.append("\(serving(old).count) workers of the old master still served when it was told to QUIT.")
    } else if !wait(until: deadline, stop: stop, { !old.isRunning }) {
      report.notes.append("the old master, process \(old.pid), has not ended yet.")
    }
    report.claim = "master \(old.pid) replaced by \(successor.pid)"
    return nil
  }

  private func wait(until deadline: Nanoseconds, stop: () -> Bool, _ condition: () -> Bool) -> Bool {
    while !condition() {
      guard !stop(), MonotonicClock.now() < deadline else { return false }
      System.wait(for: .reading, of: [], until: MonotonicClock.now() + Self.interval)
    }
    return true
  }
}

extension ManagerGuide {
  static let nginxUpgrade = ManagerGuide(
    reload: "SIGUSR2, then SIGWINCH and SIGQUIT to the old master",
    claim: "another binary takes over the listening sockets without a connection lost",
    source: "nginx.org, Upgrading Executable on the Fly",
    pitfall:
      "USR2 is ignored in the foreground (`daemon off`, containers), and fails where nginx was started without its path",
    whenLost: "see the error log: the new binary may not read the configuration",
    whenCut:
      "nginx: worker_shutdown_timeout cuts what is not finished by then: set it above the longest answer, or leave it out"
  )
}
