internal import Checks
internal import Deployment
internal import Load
internal import Platform
internal import Report
internal import Testbed

extension Command {
  static let reloadTest = Command(
    name: "reload-test", abstract: "Measure what a reload, and a restart beside it, do to a site's visitors.",
    discussion: """
        lbcheck reload-test http://127.0.0.1:8080/ --pm2 dumbflix-frontend
        lbcheck reload-test http://127.0.0.1:8080/ --reload-command 'nginx -s reload' --no-replacement
        lbcheck reload-test --testbed
      """,
    positional: targetArgument,
    groups: [
      .target, .whoAnswers, .probing, .manager, .reload, .testbedFaults, .managedTraffic, .sharding,
      .trafficReport,
    ],
    work: { (options) throws(UsageError) in
      try options.requireWhatMustSurvive()
      return options.usesTestbed ? nil : try options.reloadWork
    }
  ) { (options, invocation) throws(CommandError) in
    try invocation.refuseToDivide(.reloadTest, options)
    try CommandError.asUsage { () throws(UsageError) in try options.requireWhatMustSurvive() }
    if options.usesTestbed {
      return try invocation.withStack(options.testbedConfiguration) { (stack) throws(CommandError) in
        var options = options.asking(stack)
        options.slowPath = options.slowPath ?? "/slow?ms=150"
        let manager = TestbedManager(stack, broken: options.brokenBuild)
        return try invocation.reloadTest(options, manager, breaking: options.breaksBuild ? manager : nil)
      }
    }
    let work = try CommandError.asUsage { () throws(UsageError) in try options.reloadWork }
    return try invocation.reloadTest(options, work.manager, breaking: work.breaking)
  }
}

extension Options {
  /// Demands that what has to be survived is done at all, or nothing would be judged of it.
  ///
  /// - Throws: ``UsageError`` that names what is missing.
  func requireWhatMustSurvive() throws(UsageError) {
    if demandsSurvivingRestart, !reloadPlan.restarts {
      throw UsageError(
        "--survives-restart: nothing is restarted; "
          + (restarts ? "give --restart-command" : "leave out --no-restart"))
    }
    if demandsSurvivingBrokenBuild, !breaksBuild, breakCommand == nil || repairCommand == nil {
      throw UsageError(
        "--survives-broken-build: no broken build is put in place; "
          + (usesTestbed ? "give --broken-build" : "give --break-command and --repair-command"))
    }
  }
}

extension Options {
  /// Who reloads, and what it will be told.
  fileprivate var reloadWork: ManagedWork {
    get throws(UsageError) {
      guard let manager else { throw UsageError("who reloads? Give --pm2 APP, --reload-command CMD or --testbed") }
      var work = ManagedWork(manager: manager, actions: reloadPlan.actions)
      guard let breakCommand, let repairCommand else {
        guard !breaksBuild, breakCommand == nil, repairCommand == nil else {
          throw UsageError("a broken build takes two commands: --break-command and --repair-command")
        }
        return work
      }
      work.breaking = CommandBuildSwitch(
        break: ManagerCommand(breakCommand), repair: ManagerCommand(repairCommand),
        timeout: .nanoseconds(managerTimeout))
      return work
    }
  }
}

extension Options {
  /// A stack whose supervisor does as pm2 does: once it has waited in vain for a new process, it ends the old one.
  fileprivate var testbedConfiguration: EmbeddedStack.Configuration {
    let backends = (1...testbedBackends).map { EmbeddedStack.Backend(name: "app-\($0)") }
    var configuration = EmbeddedStack.Configuration(
      backends: backends, failTimeout: .seconds(1), readyTimeout: .seconds(3))
    configuration.startDelay = .nanoseconds(startDelay ?? 0)
    configuration.reloadFault = reloadFault
    configuration.endsOldAnyway = true
    return configuration
  }
}

extension Invocation {
  /// - Parameter breaking: adds a reload and a restart into a broken build.
  func reloadTest(
    _ options: Options, _ manager: any DeploymentManager, breaking: (any BuildSwitch)? = nil
  ) throws(CommandError) -> Outcome {
    try run(
      .reloadTest, options,
      Divisible { ReloadCheck($0, manager: manager, breaking: breaking, plan: options.reloadPlan, watch: $1) })
  }
}

extension Options {
  func phaseTiming(settle: Nanoseconds) -> PhaseTiming {
    var timing = PhaseTiming(settle: settle)
    timing.recovery = recovery
    // A list before and after each command, for several backends at a time.
    timing.longestAction = max(timing.longestAction, 12 * managerTimeout)
    timing.mostGap = mostGap
    return timing
  }

  var reloadPlan: ReloadPlan {
    var plan = ReloadPlan()
    plan.timing = phaseTiming(settle: settle)
    plan.p99Factor = p99Factor
    plan.demandsReplacement = demandsReplacement
    plan.slowPath = slowPath
    plan.demandsSurvivingRestart = demandsSurvivingRestart
    plan.demandsSurvivingBrokenBuild = demandsSurvivingBrokenBuild
    plan.restarts = restarts && (restartCommand != nil || reloadCommand == nil)
    return plan
  }
}

extension OptionGroup {
  fileprivate static let testbedFaults = OptionGroup(
    title: "Testbed",
    options: testbed + [
      .value(
        "--testbed-broken", named: "KIND",
        help: "What the broken build does: crash at its start, or errors: it listens and answers 500.",
        standard: "crash", as: .choice { $0 != .healthy }, to: \.brokenBuild),
      .value(
        "--testbed-fault", named: "KIND",
        help: "What goes wrong with a reload: partial (one is replaced), stale (old ones stay) or cut (no drain).",
        standard: "none", as: .choice(), to: \.reloadFault),
      .value(
        "--testbed-start-delay", named: "D", help: "How long a backend takes to start.", standard: "0",
        as: .timeout, to: \.startDelay),
    ])

  fileprivate static let reload = OptionGroup(
    title: "Reload",
    options: [
      .list(
        "--backend", named: "NAME[=backup]",
        help: "A backend that has to answer in every phase; with =backup one that answers only for others. Repeatable.",
        as: .backend, to: \.backends)
    ]
      + ([
        .flag(
          "--broken-build", help: "Also reload and restart into a build that does not start, and repair it.",
          sets: \.breaksBuild),
        .flag(
          "--survives-broken-build", help: "Demand that the broken builds lose no request either.",
          sets: \.demandsSurvivingBrokenBuild),
        .flag(
          "--survives-restart", help: "Demand that the restart loses no request either.",
          sets: \.demandsSurvivingRestart),
        .flag(
          "--no-replacement", help: "Demand no new generations, as when the balancer itself is reloaded.",
          sets: \.demandsReplacement, to: false),
        .flag("--no-restart", help: "Measure the reload only.", sets: \.restarts, to: false),
        .value(
          "--settle", named: "D", help: "How long each phase is watched after its action.", standard: "5s",
          as: .duration, to: \.settle),
        .value(
          "--slow-path", named: "PATH",
          help: "A path whose answers take long, so that requests are in flight when the manager acts.",
          as: .text, to: \.slowPath),
        .value(
          "--p99-factor", named: "N", help: "By which factor the p99 during the reload may exceed the baseline's.",
          standard: "5", as: .factor, to: \.p99Factor),
      ] + phases).inSection("reload"))

  /// What every check that has something done under traffic takes.
  static let phases: [Option] = [
    .value(
      "--recovery", named: "D",
      help: "How long the next action waits until the site has answered without failure for a second.",
      standard: "30s", as: .duration, to: \.recovery),
    .value(
      "--max-gap", named: "D", help: "The longest time without any answer that an action may cause.",
      standard: "1s, or three times the baseline's", as: .duration, to: \.mostGap),
  ]

  /// The traffic goes on throughout, so neither a number nor a duration bounds it.
  static let managedTraffic = OptionGroup(
    title: "Traffic",
    options: OptionGroup.traffic(requests: "", connections: ReloadCheck.defaultConnections).options.filter {
      !["--requests", "--duration", "--ramp", "--steps"].contains($0.name)
    })
}
