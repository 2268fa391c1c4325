internal import Checks
internal import Deployment
internal import Load
internal import Report
internal import Testbed

extension Command {
  static let capacity = Command(
    name: "capacity", abstract: "Find the highest rate at which the target still meets its objectives.",
    discussion: """
        lbcheck capacity http://127.0.0.1:8080/ --p99 200ms --failed 0.1%
        lbcheck capacity http://127.0.0.1:8080/ --p99 50ms --expect-rate 500
        lbcheck capacity --testbed --testbed-backends 4 --scale 1,2,4
      """,
    positional: targetArgument,
    groups: [
      .target, .whoAnswers, .probing, .capacity, .manager, .testbedCeiling, .capacityTraffic, .sharding, .trafficReport,
    ], work: { (options) throws(UsageError) in options.usesTestbed ? nil : try options.scaleWork }
  ) { (options, invocation) throws(CommandError) in
    try invocation.refuseToDivide(.capacity, options)
    guard options.usesTestbed else { return try invocation.capacity(options, options.manager) }
    return try invocation.withStack(options.ceilingStack) { (stack) throws(CommandError) in
      try invocation.capacity(options.asking(stack), TestbedManager(stack))
    }
  }
}

extension Invocation {
  func capacity(_ options: Options, _ manager: (any DeploymentManager)?) throws(CommandError) -> Outcome {
    if options.ladder != nil { return try run(.capacity, options) }
    let plan = options.capacityPlan
    return try report(.capacity, options) { CapacityCheck($0, manager: manager, plan: plan, watch: $1) }
  }
}

extension Options {
  /// Who stops and starts backends, where there is a scale to go through.
  fileprivate var scaleWork: ManagedWork? {
    get throws(UsageError) {
      guard !scale.isEmpty, ladder == nil else { return nil }
      guard let manager else { throw UsageError(CapacityCheck.scaleNeedsManager) }
      return ManagedWork(manager: manager, actions: FailoverCheck.actions)
    }
  }

  var capacityPlan: CapacityPlan {
    var plan = CapacityPlan()
    let named = objectives.map { LatencyObjective(percentile: $0.key, limit: $0.value) }
    let objectives = (named + percentiles).sorted { $0.percentile < $1.percentile }
    if !objectives.isEmpty { plan.objectives = objectives }
    plan.failedShare = failedShare
    plan.precision = precision
    plan.startRate = startRate
    plan.maxRate = maxRate
    plan.shortestStep = shortestStep
    plan.budget = budget
    plan.demandedRate = demandedRate
    plan.scale = scale.sorted()
    return plan
  }

  /// Backends that each carry a known rate: the concurrency over the delay.
  fileprivate var ceilingStack: EmbeddedStack.Configuration {
    let backends = (1...testbedBackends).map { number in
      var backend = EmbeddedStack.Backend(name: "app-\(number)", delay: .nanoseconds(testbedDelay))
      backend.concurrency = testbedConcurrency
      return backend
    }
    return EmbeddedStack.Configuration(backends: backends, failTimeout: .seconds(1))
  }
}

extension OptionGroup {
  fileprivate static let capacity = OptionGroup(
    title: "Capacity",
    options: ([50.0, 90, 95, 99, 99.9].map { percentile in
      let name = "--p" + (percentile == 99.9 ? "999" : "\(Int(percentile))")
      return .value(
        name, named: "D",
        help: "Objective: \(percentile == percentile.rounded() ? "\(Int(percentile))" : "\(percentile)") "
          + "of 100 requests answered within this time.",
        standard: percentile == 99 ? "200ms where no percentile is given" : nil, as: .timeout,
        to: \.objectives[percentile])
    } + [
      .list(
        "--percentile", named: "P=D", key: "percentiles",
        help: "Objective: any other percentile, such as 99.5=300ms. Repeatable.",
        as: .percentile, to: \.percentiles),
      .value(
        "--failed", named: "SHARE", help: "Objective: the share of requests that may fail.", standard: "0.1%",
        as: .share, to: \.failedShare),
      .value(
        "--expect-rate", named: "R", help: "Demand that the objectives hold at this rate, in requests a second.",
        as: .rate, to: \.demandedRate),
      .value(
        "--precision", named: "SHARE", help: "How close the highest rate that holds and the lowest that fails come.",
        standard: "5%", as: .precision, to: \.precision),
      .value(
        "--start-rate", named: "R", help: "The first rate.", standard: "half of what one connection gets, or more",
        as: .rate, to: \.startRate),
      .value(
        "--ladder", named: "R:D,…",
        help: "Try these rates for so long each, 3 s apart, in place of searching; the only way in several parts.",
        as: .steps, to: \.ladder),
      .value(
        "--max-rate", named: "R", help: "Try no higher rate; the result may then be \"at least\".",
        standard: "\(Int(CapacityPlan.defaultMaxRate))", as: .rate, to: \.maxRate),
      .value(
        "--step", named: "D",
        help: "How long each rate is tried, at least; until 30 requests are beyond the percentile.",
        standard: "3s", as: .timeout, to: \.shortestStep),
      .value(
        "--budget", named: "D", help: "How long the whole search may take.", standard: "5m", as: .duration,
        to: \.budget),
      .value(
        "--scale", named: "N,…", help: "Repeat it with these numbers of backends, and fit the scalability law to them.",
        as: .backendNumbers, to: \.scale),
    ]).inSection("capacity"))

  fileprivate static let testbedCeiling = OptionGroup(
    title: "Testbed",
    options: testbed + [
      .value(
        "--testbed-delay", named: "D", help: "How long a backend takes for an answer.", standard: "10ms",
        as: .timeout, to: \.testbedDelay),
      .value(
        "--testbed-concurrency", named: "N", help: "How many answers a backend works on at a time.", standard: "2",
        as: .backendCount, to: \.testbedConcurrency),
    ])

  /// The search chooses rate and length itself.
  fileprivate static let capacityTraffic = OptionGroup(
    title: "Traffic",
    options: OptionGroup.traffic(requests: "", connections: CapacityPlan.defaultConnections).options.filter {
      !["--requests", "--duration", "--rate", "--ramp", "--steps", "--poisson"].contains($0.name)
    })
}
