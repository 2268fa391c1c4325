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
      the fairness of the rotation, measures a reload and a restart of the backends, into a
      broken build as well, stops and starts one of them, writes the reports and takes everything
      down again. It takes about 50 seconds.
      """,
    positional: nil, groups: [.report]
  ) { (options, invocation) throws(CommandError) in
    var configuration = EmbeddedStack.Configuration(
      backends: Options.usualBackends, failTimeout: .seconds(1), readyTimeout: .seconds(2))
    configuration.startDelay = .milliseconds(200)
    configuration.endsOldAnyway = true
    return try invocation.withStack(configuration) { (stack) throws(CommandError) in
      try invocation.demonstrate(stack, options)
    }
  }

  static let testbed = Command(
    name: "testbed", abstract: "Keep a stack of backends and a rotating proxy running, to try things on.",
    discussion: """
        lbcheck testbed up
        lbcheck testbed up --port 8080 --backend app-1=5 --backend app-2 --backend spare=backup
      """,
    positional: ("action", "up: start the stack and keep it running until Ctrl-C."), groups: [.stack], choices: ["up"]
  ) { (options, invocation) throws(CommandError) in
    guard options.target == "up" else {
      let given = options.target.map { "not '\(Escaping.terminal($0, width: 80))'" } ?? "and none was given"
      throw .usage(UsageError("testbed takes the action 'up', \(given)"))
    }
    let backends = options.stackBackends
    let configuration = EmbeddedStack.Configuration(backends: backends, proxyPort: options.port)
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

extension Options {
  /// The backends that they name for a stack, or the usual three.
  var stackBackends: [EmbeddedStack.Backend] {
    let given = backends.map { backend in
      EmbeddedStack.Backend(name: backend.name, weight: backend.weight ?? 1, isBackup: backend.role == .backup)
    }
    return given.isEmpty ? Self.usualBackends : given
  }

  static let usualBackends = ["app-1", "app-2", "app-3"].map { EmbeddedStack.Backend(name: $0) }

  /// The same with a stack as the target.
  func asking(_ stack: EmbeddedStack) -> Options {
    var options = self
    options.target = stack.proxyURL
    return options
  }
}

extension Invocation {
  /// Every check in turn on one stack, with one summary in the end.
  fileprivate func demonstrate(_ stack: EmbeddedStack, _ options: Options) throws(CommandError) -> Outcome {
    Terminal.message("Started 3 backends behind a rotating proxy at \(stack.proxyURL)")
    var options = options.asking(stack)
    options.settle = 2_000_000_000
    let folder = options.outputFolder
    let manager = TestbedManager(stack)
    let checks: [(check: CheckKind, question: String, run: (Options) throws(CommandError) -> Outcome)] = [
      (
        .inspect, "who answers?",
        { (options) throws(CommandError) in
          try report(.inspect, options) { InspectCheck($0, watch: $1) }
        }
      ),
      (.fairness, "is the work shared in rotation?", fairnessOfUsualBackends),
      (
        .reloadTest, "does a reload lose requests?",
        { (options) throws(CommandError) in
          try reloadTest(options, manager, breaking: manager)
        }
      ),
      (
        .failover, "does anybody notice when one backend goes?",
        { (options) throws(CommandError) in
          try failover(options, manager, settle: 2_000_000_000)
        }
      ),
    ]
    var summary = [""]
    var worst = ExitStatus.passed
    for (check, question, run) in checks {
      options.outputFolder = folder.map { "\($0)/\(check)" }
      let status = Presenter.status { () throws(CommandError) in try run(options) }
      guard status != .interrupted else { return .summary([], status) }
      if worst == .passed { worst = status }
      let word = status == .passed ? "✓ pass" : status == .failed ? "✗ FAIL" : "? inconclusive"
      summary.append("  \(word)  \(check): \(question)")
    }
    return .summary(summary + [""], worst)
  }

  private func fairnessOfUsualBackends(_ options: Options) throws(CommandError) -> Outcome {
    var expectation = FairnessExpectation()
    expectation.backends = Options.usualBackends.map { ExpectedBackend(name: $0.name, role: .primary(weight: 1)) }
    return try report(.fairness, options, tolerance: expectation.tolerance) {
      FairnessCheck($0, expecting: expectation, watch: $1)
    }
  }

  /// Runs something beside an embedded stack and takes that down, whatever happened.
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
  /// What every check of a stack of lbcheck's own takes.
  static let testbed: [Option] = [
    .flag("--testbed", help: "Test a stack of lbcheck's own in place of a target.", sets: \.usesTestbed),
    .value(
      "--testbed-backends", named: "N", help: "How many backends it has.", standard: "3",
      as: .backendCount, to: \.testbedBackends),
  ]

  fileprivate static let stack = OptionGroup(
    title: "Stack",
    options: [
      .list(
        "--backend", named: "NAME[=WEIGHT]",
        help: "A backend, with its weight, or NAME=backup for one that is asked last. Repeatable. "
          + "Without it app-1, app-2 and app-3.",
        as: .backend, to: \.backends),
      .value(
        "--port", named: "N", help: "Where the proxy listens.", standard: "any free port", as: .port,
        to: \.port),
      .flag("--help", "-h", help: "Show help information.", sets: \.showsHelp),
    ])
}
