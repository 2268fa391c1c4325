import HTTP
import Load
import Platform
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
