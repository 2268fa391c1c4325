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
      .target, .whoAnswers, .manager, .reload, .managedTraffic, .report,
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

extension Session {
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

extension OptionGroup {
  fileprivate static let reload = OptionGroup(
    title: "Reload",
    options: [
      .flag("--testbed", help: "Test a stack of lbcheck's own in place of a target.") { $0.usesTestbed = true },
      .flag("--broken-build", help: "Also reload and restart into a build that does not start, and repair it.") {
        $0.breaksBuild = true
      },
      .flag("--survives-broken-build", help: "Demand that the broken builds lose no request either.") {
        $0.demandsSurvivingBrokenBuild = true
      },
      .flag("--survives-restart", help: "Demand that the restart loses no request either.") {
        $0.demandsSurvivingRestart = true
      },
      .flag("--no-replacement", help: "Demand no new generations, as when the balancer itself is reloaded.") {
        $0.demandsReplacement = false
      },
      .flag("--no-restart", help: "Measure the reload only.") { $0.restarts = false },
      .value(
        "--settle", named: "D", help: "How long each phase is watched after its action.", standard: "5s",
        as: ValueParsing.timeout, to: \.settle),
      .value(
        "--slow-path", named: "PATH",
        help: "A path whose answers take long, so that requests are in flight when the manager acts.",
        as: ValueParsing.text, to: \.slowPath),
      .value(
        "--p99-factor", named: "N", help: "By which factor the p99 during the reload may exceed the baseline's.",
        standard: "5", as: ValueParsing.factor, to: \.p99Factor),
    ])

  /// The traffic goes on throughout, so neither a number nor a duration bounds it.
  static let managedTraffic = OptionGroup(
    title: "Traffic",
    options: OptionGroup.traffic(requests: "", connections: ReloadCheck.defaultConnections).options.filter {
      !["--requests", "--duration", "--ramp", "--steps"].contains($0.name)
    })
}
