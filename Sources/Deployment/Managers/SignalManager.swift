internal import Platform

/// A server whose master is asked by a signal, or by a word into its FIFO or socket, to replace its workers.
///
/// Nothing but the master's own children shows whether it did: the reload is over once none of the old workers serves and a new
/// one does.
struct SignalManager: DeploymentManager {
  let server: SignalledServer
  let path: String
  let timeout: Duration

  var name: String { server.kind.rawValue }

  /// How long to sleep between two looks at the workers, in nanoseconds.
  private static let interval: Nanoseconds = 50_000_000

  func preflight(for actions: Set<ManagerAction>, stop: () -> Bool) throws(PreflightError) {
    let found: (MasterPlace, MasterProcess)
    do throws(ManagerError) {
      found = try find()
    } catch {
      throw .unavailable("\(name): \(error)")
    }
    for action in ManagerAction.allCases where actions.contains(action) {
      guard let request = request(for: action), found.0.takes(request) else {
        throw .usage("\(name) has no \(action.rawValue) of its own: give --\(action.rawValue)-command")
      }
    }
    if let problem = found.1.problemWithParent(of: server.program) { throw .unavailable("\(name): \(path) \(problem)") }
    if let problem = found.1.problemWithPermission { throw .unavailable("\(name): \(problem)") }
  }

  func reload(stop: () -> Bool) -> ActionReport { perform(.reload, stop: stop) }

  func restart(stop: () -> Bool) -> ActionReport { perform(.restart, stop: stop) }

  func stop(_ instance: String, stop: () -> Bool) -> ActionReport { perform(.stop, stop: stop) }

  func start(_ instance: String, stop: () -> Bool) -> ActionReport { perform(.start, stop: stop) }

  func instances(stop: () -> Bool) throws(ManagerError) -> [ManagedInstance] {
    let (_, master) = try find()
    return server.workers.instances(ProcessEntry.children(of: master.pid), master: master.process)
  }

  private func find() throws(ManagerError) -> (MasterPlace, MasterProcess) {
    let takesWords = server.reload.words != nil || server.restart?.words != nil
    let place = try MasterPlace(path, takesWords: takesWords)
    return (place, try place.master(of: server.program, timeout: timeout))
  }

  private func request(for action: ManagerAction) -> SignalledServer.Request? {
    switch action {
    case .reload: server.reload
    case .restart: server.restart
    case .stop, .start: nil
    }
  }

  private func perform(_ action: ManagerAction, stop: () -> Bool) -> ActionReport {
    guard let request = request(for: action) else {
      return ActionReport(refused: "\(name) has no \(action.rawValue) of its own")
    }
    let (place, master): (MasterPlace, MasterProcess)
    do throws(ManagerError) {
      (place, master) = try find()
    } catch {
      return ActionReport(refused: error.description)
    }
    let before = ProcessEntry.children(of: master.pid)
    var report = ActionReport(
      command: place.command(request, to: master), exitStatus: nil, claim: "", startedAt: MonotonicClock.now(),
      duration: 0)
    report.instancesBefore = server.workers.instances(before, master: master.process)
    report.problem = place.send(request, to: master, timeout: timeout)
    if report.problem == nil { follow(master, from: server.workers.serving(before), &report, stop: stop) }
    if report.duration == 0 { report.duration = MonotonicClock.now() - report.startedAt }
    if report.problem == nil { report.exitStatus = 0 }
    let after = ProcessEntry.children(of: master.pid)
    report.instancesAfter =
      master.isRunning
      ? server.workers.instances(after, master: master.process) : [ManagedInstance(name: "master", status: "stopped")]
    return report
  }

  /// Watches the workers until all have been replaced, and notes in the report what came of it.
  private func follow(
    _ master: MasterProcess, from before: [ProcessEntry], _ report: inout ActionReport, stop: () -> Bool
  ) {
    guard !before.isEmpty else {
      report.notes.append("\(name) has no worker processes, so its list does not show whether it was replaced.")
      return
    }
    let deadline = report.startedAt + timeout.nanoseconds
    var seen: [ProcessEntry] = []
    var since = report.startedAt
    while true {
      let children = ProcessEntry.children(of: master.pid)
      let now = server.workers.serving(children)
      if !now.elementsEqual(seen, by: { $0.isSame(as: $1) }) { (seen, since) = (now, MonotonicClock.now()) }
      let unchanged = MonotonicClock.now() - since
      let progress = server.workers.progress(before: before, children: children, isMasterRunning: master.isRunning)
      switch progress {
      case .done(let new), .starting(let new):
        guard unchanged >= server.workers.patience(with: progress).nanoseconds else { break }
        report.claim = "\(before.count) workers replaced by \(new)"
        report.duration = since - report.startedAt
        return
      case .masterEnded:
        report.problem = "the master, process \(master.pid), has ended"
        return
      case .waiting(let old, let new):
        if stop() {
          report.wasStopped = true
          report.problem = "lbcheck was asked to stop before all workers were replaced"
          return
        }
        guard MonotonicClock.now() >= deadline else { break }
        let time = "\(timeout.components.seconds) s after it was asked"
        if new == 0 {
          report.problem = "no new worker \(time), and \(old) of \(before.count) old ones are there"
        } else {
          report.notes.append("\(old) of \(before.count) old workers still serve \(time).")
        }
        return
      }
      System.wait(for: .reading, of: [], until: MonotonicClock.now() + Self.interval)
    }
  }
}
