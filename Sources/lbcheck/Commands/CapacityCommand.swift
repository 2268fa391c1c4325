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
      .targets, .whoAnswers, .probing, .capacity, .manager, .testbedCeiling, .capacityTraffic, .sharding,
      .trafficReport,
    ], defaults: .capacity,
    work: { (request) throws(UsageError) in request.testbed.isUsed ? nil : try request.scaleWork }
  ) { (request, invocation) throws(CommandError) in
    try invocation.refuseToDivide(.capacity, request)
    guard request.testbed.isUsed else { return try invocation.capacity(request, request.manager.manager) }
    return try invocation.withStack(request.testbed.withCeiling) { (stack) throws(CommandError) in
      try invocation.capacity(request.asking(stack), TestbedManager(stack))
    }
  }
}

extension Invocation {
  func capacity(_ request: Request, _ manager: (any DeploymentManager)?) throws(CommandError) -> Outcome {
    if request.capacity.ladder != nil { return try run(.capacity, request) }
    return try report(.capacity, request) { CapacityCheck($1, manager: manager, plan: $0.capacity, watch: $2) }
  }
}

extension Request {
  /// The manager that stops and starts backends, where there is a scale.
  fileprivate var scaleWork: ManagedWork? {
    get throws(UsageError) {
      guard !capacity.scale.isEmpty, capacity.ladder == nil else { return nil }
      guard let manager = manager.manager else { throw UsageError(CapacityCheck.scaleNeedsManager) }
      return ManagedWork(manager: manager, actions: FailoverCheck.actions)
    }
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
        defaultText: percentile == 99 ? "200ms where no percentile is given" : nil, as: .timeout,
        to: \.capacity.limits[percentile])
    } + [
      .list(
        "--percentile", named: "P=D", key: "percentiles",
        help: "Objective: any other percentile, such as 99.5=300ms. Repeatable.",
        as: .percentile, to: \.capacity.percentiles),
      .value(
        "--failed", named: "SHARE", help: "Objective: the share of requests that may fail.",
        as: .share, to: \.capacity.failedShare),
      .value(
        "--expect-rate", named: "R", help: "Demand that the objectives hold at this rate, in requests a second.",
        as: .rate, to: \.capacity.demandedRate),
      .value(
        "--precision", named: "SHARE",
        help: "How close the highest rate that holds and the lowest that fails have to be.",
        as: .precision, to: \.capacity.precision),
      .value(
        "--start-rate", named: "R", help: "The first rate.",
        defaultText: "half of what one connection achieves, or more",
        as: .rate, to: \.capacity.startRate),
      .value(
        "--ladder", named: "R:D,…",
        help: "Try these rates for these times, 3 s apart, instead of searching; the only way in several parts.",
        as: .steps, to: \.capacity.ladder),
      .value(
        "--max-rate", named: "R", help: "Try no higher rate; the result may then be \"at least\".",
        as: .rate, to: \.capacity.maxRate),
      .value(
        "--step", named: "D",
        help: "How long each rate is tried at least; longer until 30 requests are beyond the percentile.", as: .timeout,
        to: \.capacity.shortestStep),
      .value(
        "--budget", named: "D", help: "How long the whole search may take.", as: .duration,
        to: \.capacity.budget),
      .value(
        "--scale", named: "N,…", help: "Repeat it with these numbers of backends, and fit the scalability law to them.",
        as: .backendNumbers, to: \.capacity.scale),
    ]).inSection("capacity"))

  fileprivate static let testbedCeiling = OptionGroup(
    title: "Testbed",
    options: testbed + [
      .value(
        "--testbed-delay", named: "D", help: "How long a backend takes to answer.",
        as: .timeout, to: \.testbed.delay),
      .value(
        "--testbed-concurrency", named: "N", help: "How many answers a backend works on at a time.",
        as: .backendCount, to: \.testbed.concurrency),
    ])

  /// The search chooses the rate and the length itself.
  fileprivate static let capacityTraffic = OptionGroup(
    title: "Traffic",
    options: OptionGroup.traffic(requests: "").options.filter {
      !["--requests", "--duration", "--rate", "--ramp", "--steps", "--poisson"].contains($0.name)
    })
}
