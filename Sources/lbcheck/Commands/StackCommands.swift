internal import Checks
internal import Load
internal import Report
internal import Testbed

extension Command {
  static let demo = Command(
    name: "demo", abstract: "Show lbcheck at work on a stack of its own; needs nothing installed.",
    discussion: """
      Starts three backends and a rotating proxy on free loopback ports, inspects them, checks
      the fairness of the rotation, measures a reload and a restart of the backends, writes the
      reports and takes everything down again. It takes about ten seconds.
      """,
    positional: nil, groups: [.report]
  ) { options, session in
    session.withStack(EmbeddedStack.Configuration(backends: Session.usualBackends)) { stack in
      Terminal.message("Started 3 backends behind a rotating proxy at \(stack.proxyURL)")
      let expected = Session.usualBackends.map { ExpectedBackend(name: $0.name, role: .primary(weight: 1)) }
      var options = options
      options.target = stack.proxyURL
      let folder = options.outputFolder
      options.outputFolder = folder.map { $0 + "/inspect" }
      let inspected = session.report("inspect", options) { (settings, watch) throws(CheckError) in
        try InspectCheck(settings, watch: watch).run()
      }
      guard inspected != .interrupted else { return inspected }
      options.outputFolder = folder.map { $0 + "/fairness" }
      var expectation = FairnessExpectation()
      expectation.backends = expected
      let expecting = expectation
      let judged = session.report("fairness", options, tolerance: expecting.tolerance) {
        (settings, watch) throws(CheckError) in
        try FairnessCheck(settings, expecting: expecting, watch: watch).run()
      }
      guard judged != .interrupted else { return judged }
      options.outputFolder = folder.map { $0 + "/reload-test" }
      options.settle = 2_000_000_000
      let reloaded = session.reloadTest(options, TestbedManager(stack))
      return [inspected, judged].first { $0 != .passed } ?? reloaded
    }
  }

  static let testbed = Command(
    name: "testbed", abstract: "Keep a stack of backends and a rotating proxy running, to try things on.",
    discussion: """
        lbcheck testbed up
        lbcheck testbed up --port 8080 --backend app-1=5 --backend app-2 --backend spare=backup
      """,
    positional: ("action", "up: start the stack and keep it running until Ctrl-C."), groups: [.stack]
  ) { options, session in
    guard options.target == "up" else {
      let given = options.target.map { "not '\(Escaping.terminal($0, width: 80))'" } ?? "and none was given"
      Program.complain(UsageError("testbed takes the action 'up', \(given)", command: "testbed"))
      return .usage
    }
    let given = options.backends.map { backend in
      EmbeddedStack.Backend(name: backend.name, weight: backend.weight ?? 1, isBackup: backend.role == .backup)
    }
    let backends = given.isEmpty ? Session.usualBackends : given
    return session.withStack(EmbeddedStack.Configuration(backends: backends, proxyPort: options.port)) { stack in
      Terminal.result("\(stack.proxyURL)\n")
      let ports = stack.backendPorts
      for backend in backends {
        let role = backend.isBackup ? ", backup" : backend.weight > 1 ? ", weight \(backend.weight)" : ""
        Terminal.message("  \(backend.name) at 127.0.0.1:\(ports[backend.name] ?? 0)\(role)")
      }
      Terminal.message("Try: lbcheck fairness \(stack.proxyURL)   Ctrl-C ends the stack.")
      while !session.stop.isStopped { MonotonicClock.sleep(50_000_000) }
      return .passed
    }
  }
}

extension Session {
  static let usualBackends = ["app-1", "app-2", "app-3"].map { EmbeddedStack.Backend(name: $0) }

  /// Runs something beside an embedded stack and takes that down, whatever happened.
  func withStack(
    _ configuration: EmbeddedStack.Configuration, _ body: (EmbeddedStack) -> ExitStatus
  ) -> ExitStatus {
    let stack = EmbeddedStack(configuration)
    do throws(TestbedError) {
      try stack.start()
    } catch {
      Terminal.message("error: \(Escaping.terminal(error.description))")
      if case .invalidConfiguration = error { return .usage }
      return .inconclusive
    }
    defer { stack.stop() }
    return body(stack)
  }
}

extension OptionGroup {
  fileprivate static let stack = OptionGroup(
    title: "Stack",
    options: [
      .list(
        "--backend", named: "NAME[=WEIGHT]",
        help: "A backend, with its weight, or NAME=backup for one that is asked last. Repeatable. "
          + "Without it app-1, app-2 and app-3.",
        as: ValueParsing.backend, to: \.backends),
      .value(
        "--port", named: "N", help: "Where the proxy listens.", standard: "any free port", as: ValueParsing.port,
        to: \.port),
      .flag("--help", "-h", help: "Show help information.") { $0.showsHelp = true },
    ])
}
