internal import Checks
internal import Load
internal import Platform
internal import Report
internal import Testbed

extension Command {
  static let demo = Command(
    name: "demo", abstract: "Show lbcheck at work on a stack of its own; needs nothing installed.",
    discussion: """
      Starts three backends and a rotating proxy on free loopback ports, inspects them, checks
      the fairness of the rotation, measures a reload and a restart of the backends, also into a
      broken build, stops and starts one of them, writes the reports and takes everything
      down. It takes about 50 seconds.
      """,
    positional: nil, groups: [.report]
  ) { (request, invocation) throws(CommandError) in
    var configuration = EmbeddedStack.Configuration(
      backends: Request.usualBackends, failTimeout: .seconds(1), readyTimeout: .seconds(2))
    configuration.startDelay = .milliseconds(200)
    configuration.endsOldAnyway = true
    return try invocation.withStack(configuration) { (stack) throws(CommandError) in
      try invocation.demonstrate(stack, request)
    }
  }

  static let testbed = Command(
    name: "testbed", abstract: "Run a stack of backends behind a rotating proxy, to try things on.",
    discussion: """
        lbcheck testbed up
        lbcheck testbed up --port 8080 --backend app-1=5 --backend app-2 --backend spare=backup
      """,
    positional: ("action", "up: start the stack and keep it running until Ctrl-C."), groups: [.stack], choices: ["up"]
  ) { (request, invocation) throws(CommandError) in
    guard request.target.url == "up" else {
      let given = request.target.url.map { "not '\(Escaping.terminal($0, width: 80))'" } ?? "and none was given"
      throw .usage(UsageError("testbed takes the action 'up', \(given)"))
    }
    let backends = request.stackBackends
    let configuration = EmbeddedStack.Configuration(backends: backends, proxyPort: request.testbed.port)
    return try invocation.withStack(configuration) { (stack) throws(CommandError) in
      Terminal.result("\(stack.proxyURL)\n")
      let ports = stack.backendPorts
      for backend in backends {
        let role = backend.isBackup ? ", backup" : backend.weight > 1 ? ", weight \(backend.weight)" : ""
        Terminal.message("  \(backend.name) at 127.0.0.1:\(ports[backend.name] ?? 0)\(role)")
      }
      Terminal.message("Try: lbcheck fairness \(stack.proxyURL)   Ctrl-C ends the stack.")
      while !invocation.stop.isStopped { MonotonicClock.sleep(50_000_000) }
      return .ended
    }
  }
}

extension Request {
  /// The backends named for a stack, or the default three.
  var stackBackends: [EmbeddedStack.Backend] {
    let given = expectation.backends.map { backend in
      EmbeddedStack.Backend(name: backend.name, weight: backend.weight ?? 1, isBackup: backend.role == .backup)
    }
    return given.isEmpty ? Self.usualBackends : given
  }

  static let usualBackends = ["app-1", "app-2", "app-3"].map { EmbeddedStack.Backend(name: $0) }

  /// The same with a stack as the target.
  func asking(_ stack: EmbeddedStack) -> Request {
    var request = self
    request.target.url = stack.proxyURL
    return request
  }
}

extension Invocation {
  /// Every check in turn on one stack, with one summary at the end.
  fileprivate func demonstrate(_ stack: EmbeddedStack, _ request: Request) throws(CommandError) -> Outcome {
    Terminal.message("Started 3 backends behind a rotating proxy at \(stack.proxyURL)")
    var request = request.asking(stack)
    request.traffic = Request.acting.traffic
    request.reload.timing.settle = 2_000_000_000
    request.failover.settle = 2_000_000_000
    let folder = request.report.folder
    let manager = TestbedManager(stack)
    let checks: [(check: CheckKind, question: String, run: (Request) throws(CommandError) -> Outcome)] = [
      (
        .inspect, "who answers?",
        { (request) throws(CommandError) in
          try report(.inspect, request) { InspectCheck($1, watch: $2) }
        }
      ),
      (.fairness, "is the work shared in rotation?", fairnessOfUsualBackends),
      (
        .reloadTest, "does a reload lose requests?",
        { (request) throws(CommandError) in
          try reloadTest(request, manager, breaking: manager)
        }
      ),
      (
        .failover, "does anybody notice when a backend goes down?",
        { (request) throws(CommandError) in
          try failover(request, manager)
        }
      ),
    ]
    var summary = [""]
    var worst = ExitStatus.passed
    for (check, question, run) in checks {
      request.report.folder = folder.map { "\($0)/\(check)" }
      let status = Presenter.status { () throws(CommandError) in try run(request) }
      guard status != .interrupted else { return .summary([], status) }
      if worst == .passed { worst = status }
      let word = status == .passed ? "✓ pass" : status == .failed ? "✗ FAIL" : "? inconclusive"
      summary.append("  \(word)  \(check): \(question)")
    }
    return .summary(summary + [""], worst)
  }

  private func fairnessOfUsualBackends(_ request: Request) throws(CommandError) -> Outcome {
    var request = request
    request.traffic = TrafficOptions()
    request.expectation.backends = Request.usualBackends.map {
      ExpectedBackend(name: $0.name, role: .primary(weight: 1))
    }
    return try run(.fairness, request)
  }

  /// Runs something beside an embedded stack, and takes the stack down whatever happens.
  func withStack(
    _ configuration: EmbeddedStack.Configuration, _ body: (EmbeddedStack) throws(CommandError) -> Outcome
  ) throws(CommandError) -> Outcome {
    let stack = EmbeddedStack(configuration)
    do throws(TestbedError) {
      try stack.start()
    } catch {
      throw .testbed(error)
    }
    defer { stack.stop() }
    return try body(stack)
  }
}

extension OptionGroup {
  /// The options of every check that can use lbcheck's own stack.
  static let testbed: [Option] = [
    .flag("--testbed", help: "Test lbcheck's own stack instead of a target.", sets: \.testbed.isUsed),
    .value(
      "--testbed-backends", named: "N", help: "How many backends it has.",
      as: .backendCount, to: \.testbed.backendCount),
  ]

  fileprivate static let stack = OptionGroup(
    title: "Stack",
    options: [
      .list(
        "--backend", named: "NAME[=WEIGHT]",
        help: "A backend, with its weight, or NAME=backup for one that is used last. Repeatable. "
          + "Without it app-1, app-2 and app-3.",
        as: .backend, to: \.expectation.backends),
      .value(
        "--port", named: "N", help: "The port of the proxy.", defaultText: "any free port", as: .port,
        to: \.testbed.port),
      .flag("--help", "-h", help: "Show help information.", sets: \.showsHelp),
    ])
}
