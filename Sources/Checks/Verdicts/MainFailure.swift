internal import HTTP
internal import Load
internal import Report

/// The most frequent cause of failed requests.
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

  /// Whether answers were cut off in flight.
  var isCut: Bool {
    switch self {
    case .failure(.reset), .failure(.closed), .failure(.truncated): true
    case .failure, .status: false
    }
  }

  /// Advice against it; `nil` where there is none.
  var help: String? {
    switch self {
    case .failure(let kind): Self.help(against: kind)
    case .status(let status): Self.help(against: status)
    }
  }

  private static func help(against kind: FailureKind) -> String {
    switch kind {
    case .resolve: "The name does not resolve: check DNS, or give the address with --resolve."
    case .refused:
      "Nothing listens at that address: start the server, or correct the address in the balancer's configuration."
    case .unreachable, .connectTimeout:
      "Connections are not accepted: check the network, firewalls and the server's listen backlog."
    case .timeout: "Find out what the backends do in that time; a longer --timeout only waits longer."
    case .reset, .closed, .truncated:
      "Answers were cut off: check the balancer's error log, and have the app finish its answers before it exits."
    case .tls: "`lbcheck inspect` shows the protocol and the certificate."
    case .malformed, .oversized: "The note on reasons shows the faulty line; fix the server or proxy that sends it."
    case .noHTTP2:
      "`lbcheck inspect` shows which versions of HTTP the target speaks; --http auto takes what it chooses."
    case .streamReset, .connectionError:
      "The note on reasons shows the error's code: look for it in the balancer's error log, and check its limits for HTTP/2."
    case .body: "Open the page: it does not contain what --expect-body asks for."
    case .status: otherStatus
    case .call(let failure): help(against: failure)
    }
  }

  private static func help(against failure: GRPCFailure) -> String {
    switch failure {
    case .status(.unavailable):
      "No backend took the call: check the balancer's error log, and that every backend is running."
    case .status(.unimplemented):
      "The server has no such method: correct SERVICE/METHOD of --grpc, or register the service there."
    case .status(.unauthenticated), .status(.permissionDenied):
      "The server requires credentials: give them with --header 'authorization: …'."
    case .status(.resourceExhausted): "A limit applies: lower --rate, or exempt this address."
    case .status(.deadlineExceeded): "Find out what the backends do in that time."
    case .status: "The note on reasons shows what the server says: look for it in the application's log."
    case .noStatus:
      "What answered is no gRPC server, or a proxy dropped its trailers: nginx needs grpc_pass in place of proxy_pass."
    case .message: "The note on reasons shows what is wrong: fix the server or proxy that sends it."
    case .health:
      "A backend says that it does not serve: look at what it waits for, and have the balancer leave it out meanwhile."
    }
  }

  private static let otherStatus =
    "Give the expected statuses with --expect-status, or fix what answers with others."

  private static func help(against status: Int) -> String {
    switch status {
    case 502, 504:
      "The balancer got no answer from a backend: check its error log, and that every backend is running; nginx leaves one out for its fail_timeout (10 s) after it failed."
    case 503:
      "No backend was available: check that the backends are running, and any limits on connections or requests."
    case 429: "A rate limit applies: lower --rate, or exempt this address."
    case 401, 403: "The site requires credentials: give them with --header 'Authorization: …'."
    case 404: "There is nothing at this path: request one that exists."
    case 500: "The application itself returns errors: check its log."
    case 500...599: "The site returns errors: check the log of the server that sent them."
    default: otherStatus
    }
  }
}
