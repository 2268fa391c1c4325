internal import Checks
internal import Load
internal import Report

extension Command {
  static let targetArgument = (
    name: "target",
    help: "A URL, or a host with a profile Profiles/<host>.json5; without it, the target in Profiles/default.json5."
  )

  static let inspect = Command(
    name: "inspect", abstract: "Show what answers at a target, and which header tells its backends apart.",
    discussion: "  lbcheck inspect http://127.0.0.1:8080/",
    positional: targetArgument,
    groups: [.inspected, .whoAnswers, .inspecting, .timeouts, .report]
  ) { (request, invocation) throws(CommandError) in
    try invocation.report(.inspect, request) { InspectCheck($1, watch: $2) }
  }

  static let load = Command(
    name: "load", abstract: "Send traffic and report rate, latency and failures.",
    discussion: """
        lbcheck load http://127.0.0.1:8080/ --duration 10s
        lbcheck load http://127.0.0.1:8080/ --rate 500 --duration 30s --connections 100
        lbcheck load http://127.0.0.1:8080/ --rate 500 --duration 30s --repeat 5
      """,
    positional: targetArgument,
    groups: [
      .targets, .whoAnswers, .probing,
      .traffic(requests: "as many as 10s allow"), .steadiness,
      .sharding, .trafficReport,
    ]
  ) { (request, invocation) throws(CommandError) in
    guard let runs = request.load.runs else { return try invocation.run(.load, request) }
    try invocation.refuseToDivide(.load, request)
    return try invocation.report(.load, request) { _, settings, watch in
      RepeatedLoad(runs: runs, settings, watch: watch) { LoadCheck($0, watch: $1) }
    }
  }

  static let fairness = Command(
    name: "fairness", abstract: "Check how a load balancer shares the work: in which order, and how evenly.",
    discussion: """
        lbcheck fairness http://127.0.0.1:8080/ --requests 3000
        lbcheck fairness http://127.0.0.1:8080/ --backend app-1=5 --backend app-2 --backend spare=backup
        lbcheck fairness http://127.0.0.1:8080/ --split v1=95,v2=5 --split-header X-Version
      """,
    positional: targetArgument,
    groups: [
      .target, .whoAnswers, .probing, .expectations, .split,
      .traffic(requests: "\(FairnessCheck.defaultRequests) beside the serial stage"),
      .sharding, .trafficReport,
    ]
  ) { (request, invocation) throws(CommandError) in
    guard request.split.isUsed else { return try invocation.run(.fairness, request) }
    try invocation.refuseToDivide(.fairness, request)
    return try invocation.report(.fairness, request) { SplitCheck($1, expecting: $0.split, watch: $2) }
  }
}

extension OptionGroup {
  /// How sure the figures are.
  static let steadiness = OptionGroup(
    title: "How sure",
    options: [
      .value(
        "--until", named: "AIM",
        help:
          "End the run when a percentile is known so well, such as 'p99 within 5%'; --duration (1m unless given) and "
          + "--requests still bound it.", as: .aim, to: \.traffic.until),
      .flag(
        "--trim-warm-up", help: "Leave the answers of a warm-up, where there is one for certain, out of the latency.",
        sets: \.traffic.trimsWarmUp),
    ]
      + [
        .value(
          "--repeat", named: "N",
          help: "Make N whole runs, one after another, and tell what varies between them from what varies within one.",
          defaultText: "one", as: .runs, to: \.load.runs)
      ].inSection("load"))

  /// A canary, in place of the policy and the shares of backends.
  static let split = OptionGroup(
    title: "Split",
    options: [
      .value(
        "--split", named: "NAME=WEIGHT,…",
        help: "Judge nothing but whether new visitors' answers are divided so, such as v1=95,v2=5.", as: .split,
        to: \.split.parts),
      .value(
        "--split-header", named: "NAME", help: "The response header that names the part.",
        defaultText: "the one that names backends", as: .fieldName, to: \.split.header),
      .value(
        "--split-margin", named: "SHARE", help: "How far off a share has to be found.",
        defaultText: "half of the smallest, at most 5%", as: .share, to: \.split.margin),
      .value(
        "--split-false-alarm", named: "SHARE", help: "The highest chance of refusing a split that is as expected.",
        as: .error, to: \.split.falseAlarm),
      .value(
        "--split-miss", named: "SHARE", help: "The highest chance of taking one that is off by the margin.",
        as: .error, to: \.split.miss),
      .value(
        "--await-split", named: "D", help: "Wait so long for a change of weights to arrive, at 500 requests a second.",
        as: .duration, to: \.split.wait),
    ])

  /// The traffic options that probes use.
  static let timeouts = OptionGroup(
    title: "Timeouts",
    options: OptionGroup.traffic(requests: "").options.filter {
      ["--timeout", "--connect-timeout", "--expect-status", "--expect-body", "--allow-cache"].contains($0.name)
    })
}
