internal import Checks
internal import Deployment
internal import Load
internal import Testbed

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
    groups: [.target, .whoAnswers, .manager, .failover, .managedTraffic, .report]
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
    guard let manager = options.manager,
      options.pm2App != nil || (options.stopCommand != nil && options.startCommand != nil)
    else {
      Program.complain(
        UsageError(
          "who stops and starts? Give --pm2 APP, --stop-command and --start-command, or --testbed", command: "failover")
      )
      return .usage
    }
    return session.failover(options, manager, settle: options.failoverSettle ?? FailoverCheck.defaultSettle)
  }
}

extension Session {
  func failover(_ options: Options, _ manager: any DeploymentManager, settle: Nanoseconds) -> ExitStatus {
    report("failover", options) { (settings, watch) throws(CheckError) in
      try FailoverCheck(settings, manager: manager, backend: options.instance, settle: settle, watch: watch).run()
    }
  }
}

extension OptionGroup {
  fileprivate static let failover = OptionGroup(
    title: "Failover",
    options: [
      .value(
        "--instance", named: "NAME", help: "The backend to stop, by the name in its header.",
        standard: "the first", as: ValueParsing.text, to: \.instance),
      .flag("--testbed", help: "Test a stack of lbcheck's own in place of a target.") { $0.usesTestbed = true },
      .value(
        "--settle", named: "D", help: "How long each phase is watched; longer than the balancer leaves a backend out.",
        standard: "15s", as: ValueParsing.timeout, to: \.failoverSettle),
    ])
}
