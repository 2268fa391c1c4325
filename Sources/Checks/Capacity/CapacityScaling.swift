internal import Deployment
internal import HTTP
internal import Load
internal import Platform
internal import Report

/// Runs different numbers of backends in turn, and all of them again at the end.
final class CapacityScaling {
  private let numbers: [Int]
  private let backends: [String]
  private let actors: StoppedBackends
  private let targetProbe: TargetProbe
  /// The clock's reading after which no further number is tried.
  private let end: Nanoseconds
  private let ready: ReadyTarget
  private let watch: CheckWatch
  private var ownNotes: [String]

  var notes: [String] { ownNotes + actors.notes }

  /// - Throws: ``CheckError`` where there are fewer backends than asked for, or none can be distinguished from another.
  init(
    backends numbers: [Int], _ targetProbe: TargetProbe, _ ready: ReadyTarget, _ settings: CheckSettings,
    manager: any DeploymentManager, watch: CheckWatch
  ) throws(CheckError) {
    let found = try targetProbe.meetingAllBackends(try targetProbe.discover(ready), ready)
    backends = settings.expectedBackends.primaryNames(seen: found.backends)
    guard let most = numbers.max(), most <= backends.count else {
      throw .usage("--scale goes to \(numbers.max() ?? 0) backends, but only \(backends.count) answer")
    }
    let instances = try BackendInstances(backends, found, settings, manager, stop: { watch.stop.isStopped })
    self.numbers = numbers
    actors = StoppedBackends(manager, instances)
    ownNotes = instances.notes
    // One backend alone cannot be distinguished from others.
    self.targetProbe = TargetProbe(
      settings: settings.naming(found.header), watch: watch, ledger: targetProbe.ledger)
    end = targetProbe.end
    self.ready = ready
    self.watch = watch
  }

  /// - Parameter search: takes the number of running backends and the share of the remaining time that it may use.
  func measure(
    _ search: (Int, Double) throws(CheckError) -> CapacityFinding
  ) throws(CheckError) -> [(backends: Int, finding: CapacityFinding)] {
    defer { restore() }
    var findings: [(backends: Int, finding: CapacityFinding)] = []
    for (index, number) in numbers.enumerated() where !watch.stop.isStopped {
      // No backend is stopped without time left to measure the effect.
      guard findings.isEmpty || MonotonicClock.now() < end else { break }
      watch.report(.stage(CheckStage("\(number) of \(backends.count) backends")))
      if let problem = run(number) {
        throw .unmeasurable("the backends cannot be set to \(number): \(problem)", advice: [])
      }
      findings.append((number, try search(number, 1 / Double(numbers.count - index))))
    }
    return findings
  }

  /// Runs only the first backends of this number, and waits until no other answers.
  ///
  /// - Returns: why that could not be done.
  private func run(_ number: Int) -> String? {
    let needed = actors.stopped.filter { backends.prefix(number).contains($0) }
    if !needed.isEmpty, let problem = actors.start(needed).problem { return problem }
    let surplus = backends.dropFirst(number).filter { !actors.stopped.contains($0) }
    if !surplus.isEmpty, let problem = actors.stop(surplus, { watch.stop.isStopped }).problem { return problem }
    let deadline = MonotonicClock.now() + 30_000_000_000
    var targetProbe = targetProbe
    targetProbe.end = deadline
    let wanted = Set(backends.prefix(number))
    while MonotonicClock.now() < deadline, !watch.stop.isStopped {
      if let found = try? targetProbe.discover(ready, for: .scaling), Set(found.backends) == wanted { return nil }
      MonotonicClock.sleep(200_000_000)
    }
    return watch.stop.isStopped
      ? nil : "after 30 s, backends other than \(wanted.sorted().joined(separator: ", ")) still answer"
  }

  private func restore() {
    guard !actors.stopped.isEmpty else { return }
    let problem = actors.start(actors.stopped).problem
    let answers = problem == nil ? targetProbe.answersAgain(ready) : .fail
    let note =
      switch answers {
      case .pass: "All backends were started again, and the site answers."
      case .fail: "THE BACKENDS ARE NOT ALL BACK: \(problem ?? "the site does not answer")."
      case .inconclusive:
        "All backends were started again; this machine has no resources left to check whether the site answers."
      }
    ownNotes.append(note)
  }
}
