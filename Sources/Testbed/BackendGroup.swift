internal import Platform
internal import Synchronization

/// Backends as real child processes of their own, to be put behind any balancer: each on a port of 127.0.0.1, with a ledger of what
/// reaches it and faults that a control port switches.
///
///     let group = BackendGroup(.init(names: ["a", "b"], ports: [3001, 3002]))
///     try group.start()
///     // … a balancer in front, requests to it, and to http://127.0.0.1:CONTROL/a/ledger …
///     let problems = group.stop()
///
/// The children end with `stop()`, with the last reference, and with this process however it ends.
package final class BackendGroup: Sendable {
  package struct Configuration: Sendable {
    /// Letters, digits, `-`, `.` and `_`; each name once.
    package var names: [String]

    /// Where they listen, in the order of the names; 0 for any free port.
    package var ports: [UInt16]

    /// Where the control port is, 0 for any free one.
    package var controlPort: UInt16 = 0

    /// How long every answer waits.
    package var delay = Duration.zero

    /// The folder that each backend's ledger is written to, as `NAME.json`.
    package var ledgerFolder: String?

    /// The request header whose value the ledgers record as the id.
    package var requestIDHeader = "X-Request-Id"

    /// How long a child may take until it is ready.
    package var readyTimeout = Duration.seconds(10)

    /// How long a child may take to finish its answers in flight before they are cut.
    package var stopGrace = Duration.seconds(5)

    /// The program that is started in the hidden role, nil for the running one.
    package var executablePath: String?

    package init(names: [String], ports: [UInt16]) {
      self.names = names
      self.ports = ports
    }
  }

  /// One backend that was started.
  package struct Member: Sendable {
    package let name: String
    package let port: UInt16
    /// Of its own control port, which the group's passes on to.
    let controlPort: UInt16
    let process: ChildProcess

    package var pid: Int32 { process.pid }
  }

  private struct Running {
    let members: [Member]
    let control: ControlServer
    let controlPort: UInt16
  }

  private let configuration: Configuration
  private let running = Mutex<Running?>(nil)

  package init(_ configuration: Configuration) {
    self.configuration = configuration
  }

  deinit {
    _ = stop()
  }

  /// The backends that run, empty before `start()` and after `stop()`.
  package var members: [Member] { running.withLock { $0?.members ?? [] } }

  /// 0 while nothing runs.
  package var controlPort: UInt16 { running.withLock { $0?.controlPort ?? 0 } }

  /// Starts every backend and then the control port, and waits until all of them answer.
  ///
  /// - Throws: `TestbedError`, naming the part that failed; nothing is left running then.
  package func start() throws(TestbedError) {
    try running.withLock { (running) throws(TestbedError) in
      if running == nil { running = try startAll() }
    }
  }

  /// Ends the control port and then the backends, which write their ledgers.
  ///
  /// - Returns: what did not end as it should, a line each.
  package func stop() -> [String] {
    let stopped = running.withLock { running in
      defer { running = nil }
      return running
    }
    guard let stopped else { return [] }
    stopped.control.stop(grace: .seconds(1))
    for member in stopped.members { member.process.requestTermination() }
    return stopped.members.compactMap { member in
      // Writing a whole ledger takes its time too.
      let status = member.process.terminate(grace: configuration.stopGrace + .seconds(10))
      // 1 is that of one that had to cut connections, which a balancer may well keep open.
      if status <= 1 { return nil }
      let loss = configuration.ledgerFolder == nil ? "" : "; its ledger was not written"
      return "backend \(member.name) ended with status \(status)\(loss)"
    }
  }

  private func startAll() throws(TestbedError) -> Running {
    try validate()
    if let folder = configuration.ledgerFolder { try System.makeFolder(folder) }
    var members: [Member] = []
    for (name, port) in zip(configuration.names, configuration.ports) {
      members.append(try startMember(name, port: port))
    }
    let listener = try ListeningSocket(port: configuration.controlPort)
    let control = GroupControl(members)
    let server = ControlServer(on: listener) { control.answer($0) }
    try server.start()
    return Running(members: members, control: server, controlPort: listener.port)
  }

  private func startMember(_ name: String, port: UInt16) throws(TestbedError) -> Member {
    // A port that is bound by its number stays bound while a backend refuses; one that the kernel chose would not.
    let number = port > 0 ? port : try ListeningSocket().port
    let listener = try ListeningSocket(port: number)
    let control = try ListeningSocket()
    var arguments = [
      "testbed-backend", "--name", name, "--listen-fd", "3", "--ready-fd", "4", "--lifeline-fd", "5", "--control-fd",
      "6",
      "--request-id-header", configuration.requestIDHeader,
      "--grace-ms", "\(max(configuration.stopGrace.nanoseconds / 1_000_000, 1))",
    ]
    let delay = configuration.delay.nanoseconds / 1_000_000
    if delay > 0 { arguments += ["--delay-ms", "\(delay)"] }
    if let folder = configuration.ledgerFolder { arguments += ["--ledger", "\(folder)/\(name).json"] }
    let process = try ChildProcess.start(
      role: "backend \(name)", executable: configuration.executablePath ?? System.executablePath(),
      arguments: arguments, listener: listener, control: control, readyTimeout: configuration.readyTimeout)
    return Member(name: name, port: number, controlPort: control.port, process: process)
  }

  private func validate() throws(TestbedError) {
    guard !configuration.names.isEmpty, configuration.names.count == configuration.ports.count else {
      throw .invalidConfiguration(
        "\(configuration.names.count) names were given for \(configuration.ports.count) ports")
    }
    try EmbeddedStack.Backend.check(names: configuration.names)
  }
}
