internal import Glibc
internal import Platform
internal import Synchronization

/// Backends and a rotating proxy as real child processes on free ports of 127.0.0.1, with nothing installed.
///
///     let stack = EmbeddedStack(.init(backends: [.init(name: "a"), .init(name: "b"), .init(name: "c")]))
///     try stack.start()
///     // … requests to stack.proxyURL …
///     try stack.reloadBackend("b")
///     stack.stop()
///
/// The children are this very program, started again in the roles that `runTestbedRole` knows. They end with
/// `stop()`, with the last reference to the stack, and with this process however it ends. Calls may come from
/// any thread and wait for one another.
package final class EmbeddedStack: Sendable {
  private struct Running {
    var proxy: ChildProcess
    var proxyPort: UInt16
    /// The backends' ports, in the configuration's order, kept while a backend is down.
    var ports: [PortReservation]
    /// The backends that were started and not stopped; one that crashed is still here.
    var backends: [ChildProcess?]
    /// The builds that the backends were started with.
    var builds: [Build]
    /// Old processes that a faulty reload has left behind.
    var orphans: [ChildProcess] = []
    /// The build that the next start runs.
    var build = Build.healthy
  }

  /// Something that happened to a backend.
  package struct Event: Sendable, Equatable {
    package enum Kind: String, Sendable { case ready, stopping, ended, failedToStart }

    /// CLOCK_MONOTONIC, in nanoseconds.
    package let time: UInt64
    package let backend: String
    package let kind: Kind
  }

  package let configuration: Configuration
  private let executable: String
  private let running = Mutex<Running?>(nil)
  private let log = Mutex<[Event]>([])

  package init(_ configuration: Configuration) {
    self.configuration = configuration
    executable = configuration.executablePath ?? System.executablePath()
  }

  deinit {
    stop()
  }

  // MARK: The whole stack

  /// Starts every backend and the proxy and waits until all of them answer; does nothing when they run already.
  ///
  /// - Throws: `TestbedError`, naming the part that failed; nothing is left running then.
  package func start() throws(TestbedError) {
    try configuration.validate()
    try withRunning { (running) throws(TestbedError) in
      if running == nil { running = try self.startAll() }
    }
  }

  /// Stops the proxy and then the backends, each gracefully; may be called again.
  package func stop() {
    let stopped = running.withLock { running in
      defer { running = nil }
      return running
    }
    guard let stopped else { return }
    stopped.proxy.terminate(grace: configuration.stopGrace)
    let backends = stopped.backends.compactMap { $0 } + stopped.orphans
    for backend in backends { backend.requestTermination() }
    let deadline = MonotonicClock.now() + configuration.stopGrace.nanoseconds
    for backend in backends where backend.waitForExit(until: deadline) == nil { backend.kill() }
  }

  package var isRunning: Bool { running.withLock { $0 != nil } }

  /// The proxy's port, 0 while the stack is not running.
  package var proxyPort: UInt16 { running.withLock { $0?.proxyPort ?? 0 } }

  /// The URL of the stack: `http://127.0.0.1:PORT/`.
  package var proxyURL: String { "http://127.0.0.1:\(proxyPort)/" }

  /// The backends' ports by name, empty while the stack is not running.
  package var backendPorts: [String: UInt16] {
    let ports = running.withLock { $0?.ports.map(\.port) ?? [] }
    return Dictionary(uniqueKeysWithValues: zip(configuration.backends.map(\.name), ports))
  }

  /// The process numbers of the backends that run, by name: each is that backend's `X-Generation`.
  package var backendPIDs: [String: Int32] {
    let children = running.withLock { $0?.backends ?? [] }
    var pids: [String: Int32] = [:]
    for (backend, child) in zip(configuration.backends, children) {
      if let child, child.isRunning { pids[backend.name] = child.pid }
    }
    return pids
  }

  /// The proxy's process number, nil while it does not run.
  package var proxyPID: Int32? { running.withLock { $0.flatMap { $0.proxy.isRunning ? $0.proxy.pid : nil } } }

  // MARK: One backend

  /// Stops a backend gracefully; its port refuses connections until it is started again.
  package func stopBackend(_ name: String) throws(TestbedError) {
    try withBackend(name) { (running, index) throws(TestbedError) in
      running.backends[index]?.terminate(grace: self.configuration.stopGrace)
      running.backends[index] = nil
      self.note(.ended, index)
    }
  }

  /// Ends a backend by SIGKILL, as a crash would.
  package func killBackend(_ name: String) throws(TestbedError) {
    try withBackend(name) { (running, index) throws(TestbedError) in
      running.backends[index]?.kill()
      running.backends[index] = nil
    }
  }

  /// Starts a backend on the port it had; does nothing when it runs.
  package func startBackend(_ name: String) throws(TestbedError) {
    try withBackend(name) { (running, index) throws(TestbedError) in
      if running.backends[index]?.isRunning == true { return }
      running.backends[index] = nil
      running.backends[index] = try self.startBackend(index, &running)
    }
  }

  /// Stops a backend and starts it again: in between its port refuses connections.
  package func restartBackend(_ name: String) throws(TestbedError) {
    try stopBackend(name)
    try startBackend(name)
  }

  /// Replaces a backend by a new generation without a gap: the new one listens before the old one stops.
  ///
  /// If the new one does not become ready, the old one stays, unless the configuration says otherwise.
  package func reloadBackend(_ name: String) throws(TestbedError) {
    try withBackend(name) { (running, index) throws(TestbedError) in
      let fault = self.configuration.reloadFault
      if fault == .replacesOnlyTheFirst, index > 0 { return }
      let begun = MonotonicClock.now()
      let old = running.backends[index]
      do throws(TestbedError) {
        running.backends[index] = try self.startBackend(index, &running)
      } catch {
        guard self.configuration.endsOldAnyway else { throw error }
        MonotonicClock.sleep(until: begun + self.configuration.readyTimeout.nanoseconds)
        running.backends[index] = nil
        old?.terminate(grace: self.configuration.stopGrace)
        self.note(.ended, index)
        throw error
      }
      switch fault {
      case .none, .replacesOnlyTheFirst: old?.terminate(grace: self.configuration.stopGrace)
      case .leavesTheOldRunning: if let old { running.orphans.append(old) }
      case .cutsRequests: old?.kill()
      }
    }
  }

  /// Stops every backend, and then starts every one again: in between nothing answers.
  ///
  /// - Throws: the first error of a start, after all have been tried.
  package func restartAll() throws(TestbedError) {
    try withRunning { (running) throws(TestbedError) in
      guard var now = running else { throw .notRunning }
      defer { running = now }
      for index in now.backends.indices {
        now.backends[index]?.requestTermination()
        self.note(.stopping, index)
      }
      for index in now.backends.indices {
        now.backends[index]?.terminate(grace: self.configuration.stopGrace)
        now.backends[index] = nil
        self.note(.ended, index)
      }
      var problem: TestbedError?
      for index in now.backends.indices {
        do throws(TestbedError) {
          now.backends[index] = try self.startBackend(index, &now)
        } catch {
          problem = problem ?? error
        }
      }
      if let problem { throw problem }
    }
  }

  /// Installs a build, which takes effect with the next start of each backend.
  package func install(_ build: Build) {
    running.withLock { $0?.build = build }
  }

  /// Installs the healthy build and has every backend run it.
  package func repair() throws(TestbedError) {
    install(.healthy)
    for (index, backend) in configuration.backends.enumerated() {
      let isWell = running.withLock { running in
        running.map { $0.backends[index]?.isRunning == true && $0.builds[index] == .healthy } ?? false
      }
      if !isWell { try restartBackend(backend.name) }
    }
  }

  /// What has happened to the backends since the stack was made, in order.
  package var events: [Event] { log.withLock { $0 } }

  private func note(_ kind: Event.Kind, _ index: Int) {
    log.withLock {
      $0.append(Event(time: MonotonicClock.now(), backend: configuration.backends[index].name, kind: kind))
    }
  }

  /// Stops a backend in its tracks (SIGSTOP): connections to it are still taken, and nothing is answered.
  package func freezeBackend(_ name: String) throws(TestbedError) {
    try withBackend(name) { (running, index) throws(TestbedError) in running.backends[index]?.signal(SIGSTOP) }
  }

  /// Continues a frozen backend.
  package func resumeBackend(_ name: String) throws(TestbedError) {
    try withBackend(name) { (running, index) throws(TestbedError) in running.backends[index]?.signal(SIGCONT) }
  }

  // MARK: Parts

  private func startAll() throws(TestbedError) -> Running {
    var ports: [PortReservation] = []
    for _ in configuration.backends { ports.append(try PortReservation(sharing: true)) }
    var backends: [ChildProcess?] = []
    // One after the other: a start takes milliseconds, and the first failure names itself. What was started
    // ends with its last reference when a later part fails.
    for index in configuration.backends.indices {
      backends.append(try startBackend(index, on: ports[index], .healthy))
    }

    let upstreams = zip(configuration.backends, ports).map {
      RotatingProxy.Upstream(port: $1.port, weight: $0.weight, isBackup: $0.isBackup)
    }
    let proxy = RotatingProxy.Configuration(
      upstreams: upstreams, policy: configuration.policy, failTimeout: configuration.failTimeout,
      readTimeout: configuration.readTimeout)
    let listener = try ListeningSocket(port: configuration.proxyPort)
    let child = try startChild(
      "the proxy", ["testbed-proxy"] + RoleOptions.arguments(for: proxy), on: listener)
    return Running(
      proxy: child, proxyPort: listener.port, ports: ports, backends: backends,
      builds: backends.map { _ in .healthy })
  }

  private func startBackend(_ index: Int, _ running: inout Running) throws(TestbedError) -> ChildProcess {
    do throws(TestbedError) {
      let child = try startBackend(index, on: running.ports[index], running.build)
      running.builds[index] = running.build
      note(.ready, index)
      return child
    } catch {
      note(.failedToStart, index)
      throw error
    }
  }

  private func startBackend(
    _ index: Int, on port: PortReservation, _ build: Build
  ) throws(TestbedError) -> ChildProcess {
    let backend = configuration.backends[index]
    var arguments = ["testbed-backend", "--name", backend.name]
    let delay = backend.delay.nanoseconds / 1_000_000
    if delay > 0 { arguments += ["--delay-ms", "\(delay)"] }
    if backend.concurrency > 0 { arguments += ["--concurrency", "\(backend.concurrency)"] }
    if backend.isSinglePageApp { arguments.append("--single-page-app") }
    if !backend.hasFingerprint { arguments.append("--no-fingerprint") }
    let startDelay = configuration.startDelay.nanoseconds / 1_000_000
    if startDelay > 0 { arguments += ["--start-delay-ms", "\(startDelay)"] }
    switch build {
    case .healthy: break
    case .crashing: arguments.append("--crash")
    case .answeringErrors: arguments.append("--answer-500")
    }
    return try startChild("backend \(backend.name)", arguments, on: try port.bind())
  }

  private func startChild(
    _ role: String, _ arguments: [String], on listener: ListeningSocket
  ) throws(TestbedError) -> ChildProcess {
    let grace = max(configuration.stopGrace.nanoseconds / 1_000_000, 1)
    return try ChildProcess.start(
      role: role, executable: executable,
      arguments: arguments + [
        "--listen-fd", "3", "--ready-fd", "4", "--lifeline-fd", "5", "--grace-ms", "\(grace)",
      ],
      listener: listener, readyTimeout: configuration.readyTimeout)
  }

  private func withBackend(
    _ name: String, _ body: (inout Running, Int) throws(TestbedError) -> Void
  ) throws(TestbedError) {
    guard let index = configuration.backends.firstIndex(where: { $0.name == name }) else {
      throw .unknownBackend(name)
    }
    try withRunning { (running) throws(TestbedError) in
      guard var now = running else { throw .notRunning }
      defer { running = now }
      try body(&now, index)
    }
  }

  private func withRunning(_ body: (inout Running?) throws(TestbedError) -> Void) throws(TestbedError) {
    try running.withLock { (running) throws(TestbedError) in try body(&running) }
  }
}
