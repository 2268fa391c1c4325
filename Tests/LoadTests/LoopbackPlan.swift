import HTTP
import Load
import Platform
import Statistics
import Support
import Testing

extension Plan {
  /// A short run of GET / against a server in this process, with timeouts of five seconds.
  static func toLoopback(_ port: UInt16, requests: Int, connections: Int) throws -> Plan {
    let target = try Target("http://127.0.0.1:\(port)/")
    let address = try #require(SocketAddress("127.0.0.1", port: port))
    var plan = Plan(target: target, addresses: [address], templates: [try RequestTemplate(path: "/")])
    plan.requests = requests
    plan.connections = connections
    plan.backendHeader = "X-Backend"
    plan.responseTimeout = 5_000_000_000 * Nanoseconds(Patience.factor)
    plan.connectTimeout = 5_000_000_000 * Nanoseconds(Patience.factor)
    return plan
  }
}

/// Every scheduled request is counted once, and every success has its time and its backend.
func expectAccounted(_ measured: Measurements, requests: Int) {
  #expect(measured.scheduled == requests)
  #expect(measured.succeeded + measured.failed + measured.unsent + measured.abandoned == requests)
  #expect(measured.latency.count == UInt64(measured.succeeded))
  #expect(measured.backends.reduce(0) { $0 + $1.succeeded } + measured.unattributed == measured.succeeded)
}
