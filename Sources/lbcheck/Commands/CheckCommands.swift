internal import Checks
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
    groups: [.target, .whoAnswers, .inspecting, .timeouts, .report]
  ) { (request, invocation) throws(CommandError) in
    try invocation.report(.inspect, request) { InspectCheck($1, watch: $2) }
  }

  static let load = Command(
    name: "load", abstract: "Send traffic and report rate, latency and failures.",
    discussion: """
        lbcheck load http://127.0.0.1:8080/ --duration 10s
        lbcheck load http://127.0.0.1:8080/ --rate 500 --duration 30s --connections 100
      """,
    positional: targetArgument,
    groups: [
      .target, .whoAnswers, .probing,
      .traffic(requests: "as many as 10s allow"),
      .sharding, .trafficReport,
    ]
  ) { (request, invocation) throws(CommandError) in
    try invocation.run(.load, request)
  }

  static let fairness = Command(
    name: "fairness", abstract: "Check how a load balancer shares the work: in which order, and how evenly.",
    discussion: """
        lbcheck fairness http://127.0.0.1:8080/ --requests 3000
        lbcheck fairness http://127.0.0.1:8080/ --backend app-1=5 --backend app-2 --backend spare=backup
      """,
    positional: targetArgument,
    groups: [
      .target, .whoAnswers, .probing, .expectations,
      .traffic(requests: "\(FairnessCheck.defaultRequests) beside the serial stage"),
      .sharding, .trafficReport,
    ]
  ) { (request, invocation) throws(CommandError) in
    try invocation.run(.fairness, request)
  }
}

extension OptionGroup {
  /// The traffic options that probes use.
  static let timeouts = OptionGroup(
    title: "Timeouts",
    options: OptionGroup.traffic(requests: "").options.filter {
      ["--timeout", "--connect-timeout", "--expect-status", "--expect-body", "--allow-cache"].contains($0.name)
    })
}
