import HTTP
import Load
import Platform
import Support
import Testing

/// The same over TLS, where there are more ways to keep a reader busy than content.
@Suite struct TLSFloodTests {
  /// Content in chunks of a byte each for some seconds, and then its end.
  private static let content = """
    import time
    secure.sendall(b"HTTP/1.1 200 OK\\r\\nX-Backend: a\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n")
    block = b"1\\r\\nx\\r\\n" * 50000
    end = time.monotonic() + LENGTH
    while time.monotonic() < end: secure.sendall(block)
    secure.sendall(b"0\\r\\n\\r\\n")
    """

  private func server(_ certificates: TestCertificates, setUp: String = "") throws -> PythonTLS {
    let length = "\(4 * Patience.factor)"
    return try PythonTLS(
      certificates, setUp: setUp,
      answer: Self.content.split(separator: "LENGTH", omittingEmptySubsequences: false).joined(separator: length))
  }

  private func plan(_ server: PythonTLS, _ certificates: TestCertificates) throws -> Plan {
    var plan = Plan(
      target: try Target("https://localhost:\(server.port)/"),
      addresses: [try #require(SocketAddress("127.0.0.1", port: server.port))],
      templates: [try RequestTemplate(path: "/")])
    plan.requests = 1
    plan.connections = 1
    plan.responseTimeout = 500_000_000 * Nanoseconds(Patience.factor)
    plan.tls.authorities = certificates.authority
    return plan
  }

  @Test(
    "An endless answer over TLS runs into the timeout, and so do endless tickets before it",
    arguments: ["", "context.num_tickets = 2000000"])
  func load(setUp: String) throws {
    let certificates = try TestCertificates()
    let server = try server(certificates, setUp: setUp)
    let measured = try Run(try plan(server, certificates)).measure()
    #expect(measured.failures == [.timeout: 1], "\(measured.failures) \(measured.faults)")
  }

  @Test("A stop is obeyed within its second of grace beside an endless answer over TLS")
  func stop() throws {
    let certificates = try TestCertificates()
    let server = try server(certificates)
    var plan = try plan(server, certificates)
    plan.responseTimeout = 60_000_000_000
    let stop = StopSignal()
    let measured = try Run(plan).measure(stop: stop) { if $0.elapsed > 200_000_000 { stop.stop() } }
    #expect(measured.wasStopped && measured.succeeded == 0)
  }

  @Test("A probe's timeout holds against an endless answer over TLS")
  func probe() throws {
    let certificates = try TestCertificates()
    let server = try server(certificates)
    var settings = TLSSettings()
    settings.authorities = certificates.authority
    var probe = Probe(
      try #require(SocketAddress("127.0.0.1", port: server.port)),
      responseTimeout: 500_000_000 * Nanoseconds(Patience.factor), tls: settings)
    let target = try Target("https://localhost:\(server.port)/")
    do throws(ProbeError) {
      _ = try probe.send(try! RequestTemplate(path: "/"), to: target)
      Issue.record("an endless answer was taken for a whole one")
    } catch {
      #expect(error.kind == .timeout, "\(error)")
    }
  }
}
