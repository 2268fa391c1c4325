package import HTTP
internal import Load

/// What lbcheck may send beside the traffic of a check.
package enum ProbePolicy: Sendable, Equatable, CaseIterable {
  /// Safe requests alone (RFC 9110 9.2.1): in place of any other a GET to the same path, with its fields and no body, and in place
  /// of a gRPC call the health check.
  case safe
  /// The user's request as it is.
  case asIs
  /// No request.
  case none

  /// What the addresses of a target are asked to find out whether they answer.
  package enum Reach: Sendable, Equatable {
    /// One request each.
    case requestToEach
    /// One request to the first that takes a connection; the others are connected to.
    case oneRequest
    /// Each is connected to, and no request is sent.
    case connections
  }

  /// Where a header is given, the traffic itself shows who answers, so one request is the most that is sent before it.
  package func reach(isHeaderGiven: Bool) -> Reach {
    switch self {
    case .safe, .asIs: isHeaderGiven ? .oneRequest : .requestToEach
    case .none: .connections
    }
  }

  /// What is sent where the traffic would send a request; `nil` for nothing.
  package func request(inPlaceOf request: RequestTemplate) -> RequestTemplate? {
    switch self {
    case .asIs: return request
    case .none: return nil
    case .safe:
      guard !Self.isSafe(request) else { return request }
      // Without content there is nothing to expect a 100 for (RFC 9110 10.1.1).
      let fields = request.headers.filter { field in
        !Self.overrides.contains(field.name.lowercased()) && field.name.lowercased() != "expect"
      }
      guard request.call == nil else {
        let further = fields.filter { !["content-type", "te"].contains($0.name.lowercased()) }
        return try? RequestTemplate(calling: .healthCheck, headers: further, weight: request.weight)
      }
      return try? RequestTemplate(path: request.path, headers: fields, weight: request.weight)
    }
  }

  /// The same for each kind of request; empty for nothing.
  package func requests(inPlaceOf requests: [RequestTemplate]) -> [RequestTemplate] {
    requests.compactMap(request)
  }

  /// The statuses that count as success where a request is sent in place of the traffic's.
  ///
  /// A path that takes orders may have no page to show, so of a GET that nobody asked for only what a balancer says when no
  /// backend answers it counts as a failure.
  package func expectedStatuses(_ expected: StatusSet, inPlaceOf request: RequestTemplate) -> StatusSet {
    replaces(request) ? Self.anyBackendsAnswer : expected
  }

  /// All statuses but those of a balancer that got no answer itself: 502, 503 and 504.
  static let anyBackendsAnswer = StatusSet([100...501, 505...999])

  /// Whether something else is sent in place of a request.
  package func replaces(_ request: RequestTemplate) -> Bool { self == .safe && !Self.isSafe(request) }

  /// Fields by which some servers take a request for one of another method.
  private static let overrides: Set = ["x-http-method-override", "x-http-method", "x-method-override"]

  private static func isSafe(_ request: RequestTemplate) -> Bool {
    request.isSafe && !request.headers.contains { overrides.contains($0.name.lowercased()) }
  }
}
