import HTTP
import Load
import Support
import Testing

/// Whom a run trusts, and what it shows of itself, as browsers and curl do.
@Suite(.serialized) struct TLSTrustTests {
  private let certificates: TestCertificates

  init() throws { certificates = try TestCertificates() }

  private func plan(_ port: UInt16, trusting authorities: String) throws -> Plan {
    var plan = try Plan.toLoopback(port, requests: 4, connections: 1)
    plan.target = try Target("https://localhost:\(port)/")
    plan.tls.authorities = authorities
    return plan
  }

  @Test("A certificate that has the name only as its subject's is refused, and the reason says so")
  func subjectAlone() throws {
    let nginx = try NginxTLS(certificates.issueWithoutAlternativeName("localhost"))
    let measured = try Run(try plan(nginx.port, trusting: certificates.authority)).measure()
    #expect(measured.failures == [.tls: 4])
    #expect(
      measured.faults == [
        "tls: hostname mismatch (the certificate has no subjectAltName, and its subject CN=localhost does not count)"
      ])
  }

  @Test("An intermediate authority and the server's own certificate can be trusted without the root")
  func partialChains() throws {
    let intermediate = try certificates.intermediate()
    let pair = try certificates.issue("localhost", by: intermediate)
    let nginx = try NginxTLS(pair)
    for trusted in [certificates.authority, intermediate.certificate, pair.certificate] {
      let measured = try Run(try plan(nginx.port, trusting: trusted)).measure()
      #expect(measured.succeeded == 4, "\(trusted): \(measured.faults)")
    }
    let own = try certificates.issue("localhost")
    let other = try NginxTLS(own)
    #expect(try Run(try plan(other.port, trusting: own.certificate)).measure().succeeded == 4)
    // Whom it did not sign it does not make trusted.
    let refused = try Run(try plan(other.port, trusting: intermediate.certificate)).measure()
    #expect(refused.failures == [.tls: 4])
    let stranger = try NginxTLS(certificates.issue("other.test"))
    #expect(try Run(try plan(stranger.port, trusting: certificates.authority)).measure().failures == [.tls: 4])
  }

  /// Asks for the client's certificate once the request has come, and names its subject as the backend.
  private static let askingLate = """
    secure.verify_client_post_handshake()
    secure.settimeout(0.05)
    for _ in range(200):
        try: secure.recv(1)
        except (TimeoutError, ssl.SSLWantReadError): pass
        if secure.getpeercert(): break
    secure.settimeout(5)
    name = secure.getpeercert()["subject"][0][0][1].encode()
    secure.sendall(b"HTTP/1.1 200 OK\\r\\nX-Backend: " + name + b"\\r\\nContent-Length: 0\\r\\n\\r\\n")
    """

  @Test("A client certificate is shown where it is asked for after the handshake, and there alone")
  func postHandshake() throws {
    let setUp = """
      context.post_handshake_auth = True; context.verify_mode = ssl.CERT_REQUIRED; \
      context.load_verify_locations("\(certificates.authority)")
      """
    let server = try PythonTLS(certificates, setUp: setUp, answer: Self.askingLate)
    var plan = try plan(server.port, trusting: certificates.authority)
    plan.backendHeader = "X-Backend"
    plan.freshShare = 1
    let client = try certificates.issue("client")
    plan.tls.certificate = client.certificate
    plan.tls.key = client.key
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 4, "\(measured.failures) \(measured.faults)")
    #expect(measured.backends.map(\.name) == ["client"])
    plan.tls.certificate = nil
    plan.tls.key = nil
    #expect(try Run(plan).measure().succeeded == 0)
    withExtendedLifetime(server) {}
  }
}
