internal import Checks
internal import FoundationEssentials
internal import Load
internal import Platform
internal import Report
internal import Testbed

extension Command {
  static let backends = Command(
    name: "backends", abstract: "Run backends to put behind a balancer, each with a ledger and faults.",
    discussion: """
        lbcheck backends up --port 3001..3003
        lbcheck backends up --port 3001,3005 --backend a --backend b --control 3000 --ledger ledgers

      The first line of standard output is JSON: the control port's URL, and name, URL and process
      of each backend. The control port speaks plain HTTP; without /NAME, what is not a GET goes to
      every backend.

        GET    /                                   who runs, with the requests that arrived and the fault
        GET    /NAME/count                         how many requests have arrived
        GET    /NAME/ledger[?format=csv]           connection, id, method, target, status and times
        DELETE /NAME/ledger                        starts a new one, and a new count
        POST   /NAME/ledger                        writes DIR/NAME.json now, not only at the end
        POST   /NAME/fault?kind=slow&delay=200ms   every answer takes longer
        POST   /NAME/fault?kind=refuse             its port refuses connections
        POST   /NAME/fault?kind=reset              every request is answered by a reset
        POST   /NAME/fault?kind=hang               connections are accepted, nothing is answered
        POST   /NAME/fault?kind=errors&share=0.5&status=503
        POST   /NAME/fault?kind=flap&on=2s&off=1s  works, refuses, works …
        POST   /NAME/fault?kind=ok                 ends the fault
      """,
    positional: ("action", "up: start the backends and keep them running until Ctrl-C."), groups: [.backendGroup],
    choices: ["up"]
  ) { (request, invocation) throws(CommandError) in
    guard request.target.url == "up" else {
      let given = request.target.url.map { "not '\(Escaping.terminal($0, width: 80))'" } ?? "and none was given"
      throw .usage(UsageError("backends takes the action 'up', \(given)"))
    }
    let configuration = try CommandError.asUsage { () throws(UsageError) in try request.backendGroupConfiguration() }
    let group = BackendGroup(configuration)
    do throws(TestbedError) { try group.start() } catch { throw .testbed(error) }
    Terminal.result(group.line)
    for member in group.members {
      Terminal.message("  \(member.name) at http://127.0.0.1:\(member.port)/")
    }
    let first = group.members.first?.name ?? ""
    Terminal.message(
      "Control: http://127.0.0.1:\(group.controlPort)/, such as /\(first)/ledger   Ctrl-C ends the backends.")
    while !invocation.stop.isStopped { MonotonicClock.sleep(50_000_000) }
    let problems = group.stop()
    guard problems.isEmpty else { throw .backends(problems) }
    return .ended
  }
}

/// The options of `backends` beside the backends' names.
struct BackendGroupOptions: Sendable, Equatable {
  /// Where each listens.
  var ports: [UInt16] = []
  var controlPort: UInt16 = 0
  var ledgerFolder: String?
  var requestIDHeader = "X-Request-Id"
  /// How long each takes for an answer.
  var delay: Nanoseconds = 0
}

extension Request {
  /// The backends to start: with the given names or the default ones, on the given ports or any three.
  fileprivate func backendGroupConfiguration() throws(UsageError) -> BackendGroup.Configuration {
    let backends = expectation.backends
    let ports = backendGroup.ports
    if let backend = backends.first(where: { $0.weight != 1 }) {
      throw UsageError("backends takes names; '\(backend.name)' has a weight or a role, which the balancer sets")
    }
    let count = ports.isEmpty ? (backends.isEmpty ? Self.usualBackends.count : backends.count) : ports.count
    guard backends.isEmpty || backends.count == count else {
      throw UsageError("--backend names \(backends.count) of the \(count) backends; name all or none")
    }
    let names = backends.isEmpty ? (1...count).map { "app-\($0)" } : backends.map(\.name)
    var group = BackendGroup.Configuration(
      names: names, ports: ports.isEmpty ? Array(repeating: 0, count: count) : ports)
    group.controlPort = backendGroup.controlPort
    group.ledgerFolder = backendGroup.ledgerFolder
    group.requestIDHeader = backendGroup.requestIDHeader
    group.delay = .nanoseconds(Int64(backendGroup.delay))
    return group
  }
}

extension BackendGroup {
  private struct Line: Encodable {
    struct Backend: Encodable {
      let name: String
      let url: String
      let pid: Int32
    }

    let control: String
    let backends: [Backend]
  }

  /// The URLs, as a line of JSON for scripts.
  fileprivate var line: String {
    let line = Line(
      control: "http://127.0.0.1:\(controlPort)/",
      backends: members.map { .init(name: $0.name, url: "http://127.0.0.1:\($0.port)/", pid: $0.pid) })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = (try? encoder.encode(line)) ?? Data()
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}

extension OptionGroup {
  fileprivate static let backendGroup = OptionGroup(
    title: "Backends",
    options: [
      .value(
        "--port", named: "PORTS", help: "The ports to listen on at 127.0.0.1, as 3001..3003 or 3001,3005.",
        defaultText: "three free ports", as: .ports, to: \.backendGroup.ports),
      .list(
        "--backend", named: "NAME",
        help: "The name of each, in the order of the ports. Repeatable. Without it app-1, app-2 and so on.",
        as: .backend, to: \.expectation.backends),
      .value(
        "--control", named: "PORT", help: "The control port on 127.0.0.1.", defaultText: "any free port",
        as: .port,
        to: \.backendGroup.controlPort),
      .value(
        "--delay", named: "D", help: "Delay every answer by this.", defaultText: "none", as: .duration,
        to: \.backendGroup.delay),
      .value(
        "--ledger", named: "DIR",
        help: "Write each ledger to DIR/NAME.json, at the end and on request of the control port.",
        as: .text, to: \.backendGroup.ledgerFolder),
      .value(
        "--request-id-header", named: "NAME", help: "The request header whose value the ledgers record as the id.",
        defaultText: "X-Request-Id", as: .fieldName, to: \.backendGroup.requestIDHeader),
      .flag("--help", "-h", help: "Show help information.", sets: \.showsHelp),
    ])
}
