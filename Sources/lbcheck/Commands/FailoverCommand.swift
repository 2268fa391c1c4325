internal import Checks
internal import Deployment
internal import Load
internal import Platform
internal import Report
internal import Testbed

extension Command {
  static let failover = Command(
    name: "failover", abstract: "Stop one backend under traffic and start it again: who notices, and for how long?",
    discussion: """
        lbcheck failover http://127.0.0.1:8080/ --stop-command 'systemctl stop {instance}' \\
          --start-command 'systemctl start {instance}' --instance app-1
        lbcheck failover --testbed --all-in-turn
        lbcheck failover --testbed --backend app-1 --backend app-2 --backend spare=backup
      """,
    positional: targetArgument,
    groups: [.target, .whoAnswers, .probing, .manager, .failover, .managedTraffic, .undivided, .trafficReport],
    work: { (options) throws(UsageError) in options.usesTestbed ? nil : try options.failoverWork }
  ) { (options, invocation) throws(CommandError) in
    try invocation.refuseToDivide(.failover, options)
    if options.usesTestbed {
      // A second in place of nginx's ten, so that the backend is soon tried again.
      let configuration = EmbeddedStack.Configuration(backends: options.stackBackends, failTimeout: .seconds(1))
      return try invocation.withStack(configuration) { (stack) throws(CommandError) in
        try invocation.failover(
          options.asking(stack), TestbedManager(stack), settle: options.failoverSettle ?? 3_000_000_000)
      }
    }
    let work = try CommandError.asUsage { () throws(UsageError) in try options.failoverWork }
    return try invocation.failover(
      options, work.manager, settle: options.failoverSettle ?? FailoverCheck.defaultSettle)
  }
}

extension Options {
  /// Who stops and starts.
  fileprivate var failoverWork: ManagedWork {
    get throws(UsageError) {
      guard let manager, pm2App != nil || (stopCommand != nil && startCommand != nil) else {
        throw UsageError("who stops and starts? Give --pm2 APP, --stop-command and --start-command, or --testbed")
      }
      return ManagedWork(manager: manager, actions: FailoverCheck.actions)
    }
  }
}

extension Invocation {
  func failover(
    _ options: Options, _ manager: any DeploymentManager, settle: Nanoseconds
  ) throws(CommandError) -> Outcome {
    var plan = FailoverPlan()
    plan.instance = options.instance
    plan.takesAllInTurn = options.allInTurn
    plan.timing = options.phaseTiming(settle: settle)
    return try report(.failover, options) { FailoverCheck($0, manager: manager, plan: plan, watch: $1) }
  }
}

extension OptionGroup {
  fileprivate static let failover = OptionGroup(
    title: "Failover",
    options: [
      .list(
        "--backend", named: "NAME[=backup]",
        help:
          "A backend that has to answer; with =backup one that must take over once all others are gone. Repeatable.",
        as: .backend, to: \.backends),
      .flag("--testbed", help: "Test a stack of lbcheck's own in place of a target.", sets: \.usesTestbed),
    ]
      + ([
        .value(
          "--instance", named: "NAME", help: "The backend to stop, by the name in its header, or by pm2's id.",
          standard: "the first", as: .text, to: \.instance),
        .flag("--all-in-turn", help: "Stop and start each backend in turn.", sets: \.allInTurn),
        .value(
          "--settle", named: "D",
          help: "How long each phase is watched; longer than the balancer leaves a backend out.",
          standard: "15s", as: .duration, to: \.failoverSettle),
      ] + phases).inSection("failover"))
}
