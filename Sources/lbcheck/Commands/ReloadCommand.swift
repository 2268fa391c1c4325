internal import Checks
internal import Deployment
internal import Load
internal import Testbed

extension Command {
  static let reloadTest = Command(
    name: "reload-test", abstract: "Measure what a reload, and a restart beside it, do to a site's visitors.",
    discussion: """
        lbcheck reload-test http://127.0.0.1:8080/ --pm2 dumbflix-frontend
        lbcheck reload-test http://127.0.0.1:8080/ --reload-command 'nginx -s reload' --no-replacement
        lbcheck reload-test --testbed
      """,
    positional: (
      "target", "A URL, or a host with a profile Profiles/<host>.json5; without it Profiles/default.json5 says."
    ),
    groups: [
      .target, .whoAnswers, .reload, .reloadTraffic, .report,
    ]
  ) { options, session in
    if options.usesTestbed {
      return session.withStack(EmbeddedStack.Configuration(backends: Session.usualBackends)) { stack in
        var options = options
        options.target = stack.proxyURL
        return session.reloadTest(options, TestbedManager(stack))
      }
    }
    guard let manager = options.manager else {
      Program.complain(
        UsageError("who reloads? Give --pm2 APP, --reload-command CMD or --testbed", command: "reload-test"))
      return .usage
    }
    return session.reloadTest(options, manager)
  }
}

extension Command {
  static let failover = Command(
    name: "failover", abstract: "Stop one backend under traffic and start it again: who notices, and for how long?",
    discussion: """
        lbcheck failover http://127.0.0.1:8080/ --stop-command 'systemctl stop {instance}' \\
          --start-command 'systemctl start {instance}' --instance app-1
        lbcheck failover --testbed
      """,
    positional: (
      "target", "A URL, or a host with a profile Profiles/<host>.json5; without it Profiles/default.json5 says."
    ),
    groups: [.target, .whoAnswers, .failover, .reloadTraffic, .report]
  ) { options, session in
    if options.usesTestbed {
      // A second in place of nginx's ten, so that the backend is soon tried again.
      let configuration = EmbeddedStack.Configuration(backends: Session.usualBackends, failTimeout: .seconds(1))
      return session.withStack(configuration) { stack in
        var options = options
        options.target = stack.proxyURL
        return session.failover(options, TestbedManager(stack), settle: options.failoverSettle ?? 3_000_000_000)
      }
    }
    guard let stop = options.stopCommand, let start = options.startCommand else {
      Program.complain(
        UsageError("who stops and starts? Give --stop-command and --start-command, or --testbed", command: "failover"))
      return .usage
    }
    let manager = CommandManager(
      name: "commands", stop: ManagerCommand(stop), start: ManagerCommand(start), timeout: .seconds(120))
    return session.failover(options, manager, settle: options.failoverSettle ?? FailoverCheck.defaultSettle)
  }
}

extension Session {
  func failover(_ options: Options, _ manager: any DeploymentManager, settle: Nanoseconds) -> ExitStatus {
    report("failover", options) { (settings, watch) throws(CheckError) in
      try FailoverCheck(settings, manager: manager, backend: options.instance, settle: settle, watch: watch).run()
    }
  }

  func reloadTest(_ options: Options, _ manager: any DeploymentManager) -> ExitStatus {
    var plan = ReloadPlan()
    plan.settle = options.settle
    plan.p99Factor = options.p99Factor
    plan.demandsReplacement = options.demandsReplacement
    plan.restarts = options.restarts && (options.restartCommand != nil || options.reloadCommand == nil)
    let planned = plan
    return report("reload-test", options) { (settings, watch) throws(CheckError) in
      try ReloadCheck(settings, manager: manager, plan: planned, watch: watch).run()
    }
  }
}

extension Options {
  /// The manager that the options name; `nil` if they name none.
  fileprivate var manager: (any DeploymentManager)? {
    if let app = pm2App { return PM2Manager(app: app, program: pm2Program, timeout: .seconds(120)) }
    guard let reloadCommand else { return nil }
    return CommandManager(
      name: "commands", reload: ManagerCommand(reloadCommand), restart: restartCommand.map { ManagerCommand($0) },
      timeout: .seconds(120))
  }
}

extension OptionGroup {
  fileprivate static let reload = OptionGroup(
    title: "Reload",
    options: [
      .value(
        "--pm2", named: "APP", help: "pm2 reloads and restarts this app.", as: ValueParsing.text, to: \.pm2App),
      .value(
        "--pm2-program", named: "PATH", help: "The pm2 program.", standard: "pm2 in PATH", as: ValueParsing.text,
        to: \.pm2Program),
      .value(
        "--reload-command", named: "CMD", help: "The command that reloads; run without a shell.",
        as: ValueParsing.command, to: \.reloadCommand),
      .value(
        "--restart-command", named: "CMD", help: "The command that restarts; without it only the reload is measured.",
        as: ValueParsing.command, to: \.restartCommand),
      .flag("--testbed", help: "Test a stack of lbcheck's own in place of a target.") { $0.usesTestbed = true },
      .flag("--no-replacement", help: "Demand no new generations, as when the balancer itself is reloaded.") {
        $0.demandsReplacement = false
      },
      .flag("--no-restart", help: "Measure the reload only.") { $0.restarts = false },
      .value(
        "--settle", named: "D", help: "How long each phase is watched after its action.", standard: "5s",
        as: ValueParsing.timeout, to: \.settle),
      .value(
        "--p99-factor", named: "N", help: "By which factor the p99 during the reload may exceed the baseline's.",
        standard: "5", as: ValueParsing.factor, to: \.p99Factor),
    ])

  fileprivate static let failover = OptionGroup(
    title: "Failover",
    options: [
      .value(
        "--stop-command", named: "CMD", help: "The command that stops one backend; {instance} becomes its name.",
        as: ValueParsing.command, to: \.stopCommand),
      .value(
        "--start-command", named: "CMD", help: "The command that starts it again; {instance} becomes its name.",
        as: ValueParsing.command, to: \.startCommand),
      .value(
        "--instance", named: "NAME", help: "The backend to stop, by the name in its header.",
        standard: "the first", as: ValueParsing.text, to: \.instance),
      .flag("--testbed", help: "Test a stack of lbcheck's own in place of a target.") { $0.usesTestbed = true },
      .value(
        "--settle", named: "D", help: "How long each phase is watched; longer than the balancer leaves a backend out.",
        standard: "15s", as: ValueParsing.timeout, to: \.failoverSettle),
    ])

  /// The traffic goes on throughout, so neither a number nor a duration bounds it.
  fileprivate static let reloadTraffic = OptionGroup(
    title: "Traffic",
    options: OptionGroup.traffic(requests: "", connections: ReloadCheck.defaultConnections).options.filter {
      !["--requests", "--duration", "--ramp", "--steps"].contains($0.name)
    })
}
