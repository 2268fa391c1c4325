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
    groups: [.targets, .whoAnswersWhen, .probing, .manager, .failover, .managedTraffic, .undivided, .trafficReport],
    defaults: .acting,
    work: { (request) throws(UsageError) in
      try request.requireWholeTakeover()
      return request.testbed.isUsed ? nil : try request.failoverWork
    }
  ) { (request, invocation) throws(CommandError) in
    try invocation.refuseToDivide(.failover, request)
    try CommandError.asUsage { () throws(UsageError) in try request.requireWholeTakeover() }
    if request.testbed.isUsed {
      // One second instead of nginx's ten, so that the backend is soon tried again.
      let configuration = EmbeddedStack.Configuration(backends: request.stackBackends, failTimeout: .seconds(1))
      return try invocation.withStack(configuration) { (stack) throws(CommandError) in
        try invocation.failover(request.asking(stack), TestbedManager(stack))
      }
    }
    let work = try CommandError.asUsage { () throws(UsageError) in try request.failoverWork }
    return try invocation.failover(request, work.manager)
  }
}

extension Request {
  /// Checks that each phase is watched for longer than the takeover may take.
  fileprivate func requireWholeTakeover() throws(UsageError) {
    guard failover.takeover.share != nil, let settle = failover.settle, settle <= failover.takeover.within else {
      return
    }
    throw UsageError("--settle has to be longer than --takeover-within, or the takeover is not seen to its end")
  }

  /// The manager that stops and starts backends.
  fileprivate var failoverWork: ManagedWork {
    get throws(UsageError) {
      guard let acting = manager.manager,
        manager.actions.isSuperset(of: FailoverCheck.actions)
      else {
        throw UsageError(
          "nothing to stop and start backends with: give --manager pm2:APP, --stop-command and "
            + "--start-command, or --testbed")
      }
      return ManagedWork(manager: acting, actions: FailoverCheck.actions)
    }
  }
}

extension Invocation {
  func failover(_ request: Request, _ manager: any DeploymentManager) throws(CommandError) -> Outcome {
    guard let rounds = request.failover.rounds else {
      return try report(.failover, request) { FailoverCheck($1, manager: manager, plan: $0.failover, watch: $2) }
    }
    return try report(.failover, request) { request, settings, watch in
      RepeatedCheck(rounds: rounds, watch: watch) {
        FailoverCheck(settings, manager: manager, plan: request.failover, watch: $0)
      }
    }
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
        as: .backend, to: \.expectation.backends),
      .flag("--testbed", help: "Test lbcheck's own stack instead of a target.", sets: \.testbed.isUsed),
    ]
      + ([
        .value(
          "--instance", named: "NAME", help: "The backend to stop, by the name in its header, or by pm2's id.",
          defaultText: "the first", as: .text, to: \.failover.instance),
        .flag("--all-in-turn", help: "Stop and start each backend in turn.", sets: \.failover.takesAllInTurn),
        .value(
          "--settle", named: "D",
          help: "How long each phase is watched; longer than the balancer leaves a backend out (3s with --testbed).",
          defaultText: "15s", as: .duration, to: \.failover.settle),
        .value(
          "--takeover-share", named: "SHARE",
          help: "The share of the requests after a stop that others have to answer.", as: .share,
          to: \.failover.takeover.share),
        .value(
          "--takeover-within", named: "D", help: "How long after a stop those requests are counted.", as: .duration,
          to: \.failover.takeover.within),
      ] + phases(\.failover.timing.recovery, \.failover.timing.mostGap, rounds: \.failover.rounds)).inSection(
        "failover"))
}
