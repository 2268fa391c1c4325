package import HTTP
package import Load
package import Platform

/// What the user asked for, as every check understands it.
package struct CheckSettings: Sendable {
  package var target: Target
  package var overrides = ConnectOverrides()
  /// The header that names the backend; `nil` lets the check find one.
  package var backendHeader: String?
  /// What a list in that header is.
  package var backendList = BackendList.automatic
  /// The header that tells one life of a backend from the next: its pid or version.
  package var generationHeader: String?
  package var expectedBackends: [ExpectedBackend] = []
  package var templates: [RequestTemplate]
  package var pacer = Pacer.closedLoop
  /// `nil` leaves the number to the check, or to `duration`.
  package var requests: Int?
  package var duration: Nanoseconds?
  /// `nil` leaves it to the check.
  package var connections: Int?
  package var freshShare = 0.0
  package var workers = 1
  package var connectTimeout: Nanoseconds = 5_000_000_000
  package var responseTimeout: Nanoseconds = 10_000_000_000
  package var retriesClosedConnections = true
  /// What may be sent beside the traffic.
  package var probing = ProbePolicy.safe
  package var expectedStatuses = StatusSet.usual
  /// The statuses that the user asked for by number, redirects among them; `nil` if none were.
  package var askedStatuses: StatusSet?
  /// What the content of a successful answer has to hold; `nil` for anything.
  package var expectedBody: BodyExpectation?
  /// Whether a cache may answer in place of the backends.
  package var allowsCache = false
  package var tls = TLSSettings()
  package var seed: UInt64 = 1
  /// Takes every request of the traffic that the check reports; `nil` for none.
  package var recordSink: (any RecordSink)?
  /// That this is one shard of several; `nil` for the whole.
  package var sharding: Sharding?
  /// The command line that repeats the check.
  package var command: [String] = []

  package init(target: Target, templates: [RequestTemplate]) {
    self.target = target
    self.templates = templates
  }

  /// A plan for one look of a check at addresses that are known to answer.
  func plan(_ addresses: [SocketAddress], connections: Int) -> Plan {
    var plan = Plan(target: target, addresses: addresses, templates: templates)
    plan.pacer = pacer
    plan.requests = requests
    plan.duration = duration
    plan.connections = connections
    plan.freshShare = freshShare
    plan.workers = workers
    plan.connectTimeout = connectTimeout
    plan.responseTimeout = responseTimeout
    plan.retriesClosedConnections = retriesClosedConnections
    plan.expectedStatuses = expectedStatuses
    plan.expectedBody = expectedBody
    plan.backendList = backendList
    plan.tls = tls
    plan.backendHeader = backendHeader
    plan.generationHeader = generationHeader
    plan.seed = seed
    plan.recordSink = recordSink
    plan.shard = sharding?.shard ?? .whole
    return plan
  }
}

/// A backend that the user says is there.
package struct ExpectedBackend: Sendable, Equatable {
  package enum Role: Sendable, Equatable {
    /// Takes its part of the work: `weight` (1 or more) against the others'.
    case primary(weight: Int)
    /// Must stay silent as long as a primary answers.
    case backup
  }

  package let name: String
  package let role: Role

  package init(name: String, role: Role) {
    self.name = name
    self.role = role
  }

  package var weight: Int? {
    if case .primary(let weight) = role { weight } else { nil }
  }
}
