internal import Checks
internal import Deployment
internal import Load
internal import Platform
internal import Report
internal import Testbed

extension Command {
  static let reloadTest = Command(
    name: "reload-test", abstract: "Measure what a reload and a restart do to a site's visitors.",
    discussion: """
        lbcheck reload-test http://127.0.0.1:8080/ --manager pm2:dumbflix-frontend
        lbcheck reload-test http://127.0.0.1:8080/ --manager gunicorn:/run/shop.pid
        lbcheck reload-test http://127.0.0.1:8080/ --reload-command 'nginx -s reload' --no-replacement
        lbcheck reload-test --testbed
      """,
    positional: targetArgument,
    groups: [
      .targets, .whoAnswersWhen, .probing, .manager, .reload, .testbedFaults, .managedTraffic, .sharding,
      .trafficReport,
    ], defaults: .acting,
    work: { (request) throws(UsageError) in
      try request.requireWhatMustSurvive()
      return request.testbed.isUsed ? nil : try request.reloadWork
    }
  ) { (request, invocation) throws(CommandError) in
    try invocation.refuseToDivide(.reloadTest, request)
    try CommandError.asUsage { () throws(UsageError) in try request.requireWhatMustSurvive() }
    if request.testbed.isUsed {
      return try invocation.withStack(request.testbed.reloading) { (stack) throws(CommandError) in
        let request = request.asking(stack)
        let manager = TestbedManager(stack, broken: request.testbed.brokenBuild)
        return try invocation.reloadTest(request, manager, breaking: request.reload.breaksBuild ? manager : nil)
      }
    }
    let work = try CommandError.asUsage { () throws(UsageError) in try request.reloadWork }
    return try invocation.reloadTest(request, work.manager, breaking: work.breaking)
  }
}

extension Request {
  /// Checks that what has to be survived is actually done; otherwise it would not be judged.
  ///
  /// - Throws: ``UsageError`` that names what is missing.
  func requireWhatMustSurvive() throws(UsageError) {
    if reload.demandsSurvivingRestart, !completed(for: .reloadTest).reload.restarts {
      throw UsageError(
        "--survives-restart: nothing is restarted; "
          + (reload.restarts ? "give --restart-command" : "leave out --no-restart"))
    }
    if reload.demandsSurvivingBrokenBuild, !reload.breaksBuild, manager.buildSwitch == nil {
      throw UsageError(
        "--survives-broken-build: no broken build is deployed; "
          + (testbed.isUsed ? "give --broken-build" : "give --break-command and --repair-command"))
    }
  }

  /// The manager that reloads, and the actions it will be asked for.
  fileprivate var reloadWork: ManagedWork {
    get throws(UsageError) {
      guard let manager = manager.manager else {
        throw UsageError("nothing to reload with: give --manager NAME:WHAT, --reload-command CMD or --testbed")
      }
      try self.manager.requireOne()
      let build = self.manager.buildSwitch
      guard
        build != nil
          || !reload.breaksBuild && self.manager.breakCommand == nil && self.manager.repairCommand == nil
      else { throw UsageError("a broken build takes two commands: --break-command and --repair-command") }
      return ManagedWork(
        manager: manager, breaking: build, actions: completed(for: .reloadTest).reload.actions)
    }
  }
}

extension Invocation {
  /// - Parameter breaking: adds a reload and a restart into a broken build.
  func reloadTest(
    _ request: Request, _ manager: any DeploymentManager, breaking: (any BuildSwitch)? = nil
  ) throws(CommandError) -> Outcome {
    guard let rounds = request.reload.rounds else {
      return try run(.reloadTest, request) {
        ReloadCheck($1, manager: manager, breaking: breaking, plan: $0.reload, watch: $2)
      }
    }
    return try report(.reloadTest, request) { request, settings, watch in
      RepeatedCheck(rounds: rounds, watch: watch) {
        ReloadCheck(settings, manager: manager, breaking: breaking, plan: request.reload, watch: $0)
      }
    }
  }
}

extension OptionGroup {
  fileprivate static let testbedFaults = OptionGroup(
    title: "Testbed",
    options: testbed + [
      .value(
        "--testbed-broken", named: "KIND",
        help: "What the broken build does: crash at its start, or errors: it listens and answers 500.",
        as: .choice { $0 != .healthy }, to: \.testbed.brokenBuild),
      .value(
        "--testbed-fault", named: "KIND",
        help: "What goes wrong with a reload: partial (one is replaced), stale (old ones stay) or cut (no drain).",
        as: .choice(), to: \.testbed.reloadFault),
      .value(
        "--testbed-start-delay", named: "D", help: "How long a backend takes to start.", defaultText: "0",
        as: .timeout, to: \.testbed.startDelay),
    ])

  fileprivate static let reload = OptionGroup(
    title: "Reload",
    options: [
      .list(
        "--backend", named: "NAME[=backup]",
        help: "A backend that has to answer in every phase; with =backup one that answers only for others. Repeatable.",
        as: .backend, to: \.expectation.backends)
    ]
      + ([
        .flag(
          "--broken-build", help: "Also reload and restart into a build that does not start, and repair it.",
          sets: \.reload.breaksBuild),
        .flag(
          "--survives-broken-build", help: "Demand that the broken builds lose no request either.",
          sets: \.reload.demandsSurvivingBrokenBuild),
        .flag(
          "--survives-restart", help: "Demand that the restart loses no request either.",
          sets: \.reload.demandsSurvivingRestart),
        .flag(
          "--no-replacement", help: "Demand no new generations, for when the balancer itself is reloaded.",
          sets: \.reload.demandsReplacement, to: false),
        .flag("--no-restart", help: "Measure the reload only.", sets: \.reload.restarts, to: false),
        .value(
          "--settle", named: "D", help: "How long each phase is watched after its action.",
          as: .duration, to: \.reload.timing.settle),
        .value(
          "--slow-path", named: "PATH",
          help: "A path whose answers take long, so that requests are in flight when the manager acts.",
          as: .text, to: \.reload.slowPath),
        .value(
          "--p99-factor", named: "N", help: "The factor by which the p99 during the reload may exceed the baseline's.",
          as: .factor, to: \.reload.p99Factor),
      ] + phases(\.reload.timing.recovery, \.reload.timing.mostGap, rounds: \.reload.rounds)).inSection("reload"))

  /// The options of every check that acts under traffic.
  static func phases(
    _ recovery: any WritableKeyPath<Request, Nanoseconds> & Sendable,
    _ mostGap: any WritableKeyPath<Request, Nanoseconds?> & Sendable,
    rounds: any WritableKeyPath<Request, Int?> & Sendable
  ) -> [Option] {
    [
      .value(
        "--repeat", named: "N",
        help: "Make N rounds, each with its own baseline, and say in how many something was lost.", defaultText: "one",
        as: .rounds, to: rounds),
      .value(
        "--recovery", named: "D",
        help: "How much longer the next action waits for a second without failures.", as: .duration,
        to: recovery),
      // Given, it holds whatever the baseline was, so 1s demands more than is demanded without it.
      .value(
        "--max-gap", named: "D", help: "The longest time without any answer that an action may cause.",
        defaultText: "1s, or three times the baseline's", as: .duration, to: mostGap),
    ]
  }

  /// The traffic goes on throughout, so neither a count nor a duration bounds it.
  static let managedTraffic = OptionGroup(
    title: "Traffic",
    options: OptionGroup.traffic(requests: "").options.filter {
      !["--requests", "--duration", "--ramp", "--steps"].contains($0.name)
    } + post)

  /// POSTs beside the other requests of a check that acts or watches.
  static let post = [
    Option.value(
      "--post-path", named: "PATH",
      help: "Also POST to a path, since a balancer's retries hide losses of GET; figures are then given by method.",
      as: .text, to: \.post.path),
    .value(
      "--post-share", named: "SHARE", help: "The share of these POSTs.", defaultText: "20%", as: .share,
      to: \.post.share),
    .value("--post-body", named: "TEXT", help: "Their body.", defaultText: "none", as: .content, to: \.post.body),
  ].inSection("deploy")
}
