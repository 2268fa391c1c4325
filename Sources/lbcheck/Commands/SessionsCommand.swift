internal import Checks
internal import Deployment
internal import Load
internal import Report

extension Command {
  static let sessions = Command(
    name: "sessions", abstract: "Check whether visitors stay with one backend, by what, and what moves them.",
    discussion: """
        lbcheck sessions http://127.0.0.1:8080/ --visitors 1000
        lbcheck sessions http://127.0.0.1:8080/ --stop-command 'systemctl stop {instance}' \\
          --start-command 'systemctl start {instance}' --reload-command 'nginx -s reload'
      """,
    positional: targetArgument,
    groups: [.target, .whoAnswers, .probing, .sessions, .manager, .visiting, .undivided, .trafficReport],
    defaults: .visiting,
    work: { (request) throws(UsageError) in try request.sessionsWork }
  ) { (request, invocation) throws(CommandError) in
    try invocation.refuseToDivide(.sessions, request)
    let work = try CommandError.asUsage { () throws(UsageError) in try request.sessionsWork }
    return try invocation.report(.sessions, request) {
      SessionsCheck($1, manager: work?.manager, actions: work?.actions ?? [], plan: $0.sessions, watch: $2)
    }
  }
}

extension Request {
  /// What holds for visitors unless configured otherwise.
  fileprivate static let visiting: Request = {
    var request = Request()
    request.traffic.connections = 16
    return request
  }()

  /// Who acts, and on what the configuration lets it act: a backend to stop and start, a reload, or both; `nil` for nobody.
  fileprivate var sessionsWork: ManagedWork? {
    get throws(UsageError) {
      guard let acting = manager.manager else { return nil }
      let actions = manager.actions.intersection([.stop, .start, .reload])
      guard actions.contains(.stop) == actions.contains(.start) else {
        throw UsageError("a backend that is stopped has to be started again: give --stop-command and --start-command")
      }
      guard !actions.isEmpty else {
        throw UsageError("sessions does not restart: give --reload-command, or --stop-command and --start-command")
      }
      return ManagedWork(manager: acting, actions: actions)
    }
  }
}

extension OptionGroup {
  fileprivate static let sessions = OptionGroup(
    title: "Visitors",
    options: [
      .list(
        "--backend", named: "NAME[=WEIGHT]",
        help:
          "A backend that has to take new visitors, with its weight, or NAME=backup for one that must not. Repeatable.",
        as: .backend, to: \.expectation.backends)
    ]
      + [
        .value(
          "--visitors", named: "N", help: "How many visitors there are, each with cookies of its own.",
          defaultText: "200, or as many as the weights need", as: .visitors, to: \.sessions.chosenVisitors),
        .value(
          "--visits", named: "N", help: "How often each comes, each time over a new connection.", as: .visits,
          to: \.sessions.visits),
        .value(
          "--requests-per-visit", named: "N", help: "How many requests a visitor makes over one connection.",
          as: .visits, to: \.sessions.requestsPerVisit),
        .value(
          "--newcomers", named: "N",
          help: "How many other new visitors come for one request each to every address, to show how they are shared.",
          defaultText: "as many as the tolerance needs", as: .visitors, to: \.sessions.chosenNewcomers),
        .value(
          "--rest", named: "D",
          help: "How long some visitors rest before they come back, to show for how long they stay.",
          as: .duration, to: \.sessions.rest),
        .value(
          "--source-addresses", named: "LIST",
          help: "The local addresses that visitors connect from, in turn, with commas.",
          defaultText: "an address each on loopback, else the system's", as: .addresses, to: \.sessions.sourceAddresses),
        .value(
          "--tolerance", named: "SHARE",
          help: "The largest distance of a backend's share of new visitors from its expectation, as 0.02 or 2%.",
          as: .share, to: \.sessions.tolerance),
        .value(
          "--instance", named: "NAME", help: "The backend to stop, by the name in its header, or by pm2's id.",
          defaultText: "the one with the most visitors", as: .text, to: \.sessions.instance),
        .value(
          "--settle", named: "D",
          help:
            "How long after each action visitors come for the last time: longer than the balancer leaves a backend out.",
          as: .duration, to: \.sessions.settle),
      ].inSection("sessions"))

  /// The part of the traffic options that visitors use.
  fileprivate static let visiting = OptionGroup(
    title: "Traffic",
    options: OptionGroup.traffic(requests: "").options.filter {
      [
        "--connections", "--timeout", "--connect-timeout", "--expect-status", "--expect-body", "--allow-cache",
        "--seed",
      ].contains($0.name)
    })
}
