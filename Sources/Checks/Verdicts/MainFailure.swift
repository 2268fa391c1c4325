internal import Load
internal import Report

/// What most of the failed requests of some traffic met.
enum MainFailure: Equatable {
  case failure(FailureKind)
  /// A complete response with this status, which was not expected.
  case status(Int)

  /// `nil` where no request failed.
  init?(_ traffic: TrafficSection) {
    guard let most = Self.most(traffic.failures),
      let kind = FailureKind.allCases.first(where: { $0.name == most })
    else { return nil }
    let statuses = traffic.statuses.filter { Int($0.key).map { $0 >= 400 } ?? false }
    if kind == .status, let status = Self.most(statuses).flatMap({ Int($0) }) {
      self = .status(status)
    } else {
      self = .failure(kind)
    }
  }

  private static func most(_ counts: [String: Int]) -> String? {
    counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  /// Whether answers that were under way were cut.
  var isCut: Bool {
    switch self {
    case .failure(.reset), .failure(.closed), .failure(.truncated): true
    case .failure, .status: false
    }
  }

  /// What helps against it; `nil` where nothing is known to help.
  var help: String? {
    switch self {
    case .failure(let kind): Self.help(against: kind)
    case .status(let status): Self.help(against: status)
    }
  }

  private static func help(against kind: FailureKind) -> String {
    switch kind {
    case .resolve: "The name gives no address: look at the DNS, or give the address with --resolve."
    case .refused:
      "Nobody listens at that address: start the server there, or mend the address in the balancer's configuration."
    case .unreachable, .connectTimeout:
      "Connections are not accepted: look at the network, a firewall, and the server's listen backlog."
    case .timeout: "Look at what the backends do in that time; a longer --timeout only waits longer."
    case .reset, .closed, .truncated:
      "Answers were cut off: look at the error log of the balancer, and have the app finish its answers before it ends."
    case .tls: "`lbcheck inspect` shows the protocol and the certificate."
    case .malformed, .oversized: "The note on reasons names the line of the answer; whoever sends it has to mend it."
    case .body: "Open the page: it is another one than --expect-body says."
    case .status: otherStatus
    }
  }

  private static let otherStatus =
    "Say which statuses are expected with --expect-status, or mend what answers otherwise."

  private static func help(against status: Int) -> String {
    switch status {
    case 502, 504: "The balancer got no answer from a backend: look at its error log, and whether every backend runs."
    case 503: "Nobody was free to answer: check whether the backends run, and at limits of connections or requests."
    case 429: "A rate limit answers: ask less with --rate, or let this address through."
    case 401, 403: "The site wants credentials: give them with --header 'Authorization: …'."
    case 404: "There is nothing at this path: ask one that the site has."
    case 500: "The application itself answers with errors: look at its log."
    case 500...599: "The site answers with errors: look at the log of whoever sent them."
    default: otherStatus
    }
  }
}
