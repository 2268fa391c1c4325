import HTTP
import Load
import Support
import Testing

/// Whole runs over TLS against nginx, which logs what it saw.
@Suite(.serialized) struct TLSRunTests {
  private let certificates: TestCertificates

  init() throws { certificates = try TestCertificates() }

  private func plan(
    _ port: UInt16, host: String = "localhost", requests: Int = 200, connections: Int = 4
  ) throws -> Plan {
    let target = try Target("https://\(host):\(port)/")
    let address = try #require(SocketAddress("127.0.0.1", port: port))
    var plan = Plan(target: target, addresses: [address], templates: [try RequestTemplate(path: "/")])
    plan.requests = requests
    plan.connections = connections
    plan.backendHeader = "X-Backend"
    plan.responseTimeout = 5_000_000_000
    plan.tls.authorities = certificates.authority
    return plan
  }

  @Test("Keep-alive over each protocol version", arguments: ["1.2", "1.3"])
  func versions(version: String) throws {
    let nginx = try NginxTLS(certificates.issue("localhost"), protocols: "TLSv\(version)")
    let measured = try Run(try plan(nginx.port)).measure()
    #expect(measured.succeeded == 200 && measured.failed == 0, "\(measured.faults)")
    #expect(measured.tls.full + measured.tls.resumed == 4)
    #expect(measured.tls.kinds.count == 1 && measured.tls.kinds[0].hasPrefix("\(version), "))
    #expect(measured.backends.map(\.name) == ["app-1"])
    let log = try nginx.log(atLeast: 200)
    #expect(log.count == 200)
    #expect(log.allSatisfy { $0[0] == "TLSv\(version)" && $0[3] == "localhost" })
    #expect(Set(log.map { $0[2] }).count == 4)
  }

  @Test("The suite that browsers prefer is taken where the server leaves the choice")
  func suite() throws {
    let nginx = try NginxTLS(certificates.issue("localhost"), protocols: "TLSv1.3")
    #expect(try Run(try plan(nginx.port, requests: 4)).measure().tls.kinds == ["1.3, TLS_AES_128_GCM_SHA256"])
  }

  @Test("Fresh connections take up sessions, as the server counts them", arguments: ["1.2", "1.3"])
  func resumption(version: String) throws {
    let nginx = try NginxTLS(certificates.issue("localhost"), protocols: "TLSv\(version)")
    var plan = try plan(nginx.port, requests: 100, connections: 2)
    plan.freshShare = 1
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 100, "\(measured.failures) \(measured.faults)")
    #expect(measured.tls.full + measured.tls.resumed == 100)
    #expect(measured.tls.resumed >= 90)
    let log = try nginx.log(atLeast: 100)
    #expect(log.count { $0[1] == "r" } == measured.tls.resumed)

    plan.tls.resumes = false
    let full = try Run(plan).measure()
    #expect(full.succeeded == 100 && full.tls.full == 100 && full.tls.resumed == 0)
  }

  @Test("20,000 requests, kept and fresh connections, are as many in the server's log")
  func exact() throws {
    let nginx = try NginxTLS(certificates.issue("localhost"))
    var plan = try plan(nginx.port, requests: 20_000, connections: 20)
    plan.freshShare = 0.05
    plan.workers = 2
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 20_000, "\(measured.failures) \(measured.faults)")
    #expect(measured.connectionsOpened == measured.tls.full + measured.tls.resumed)
    let log = try nginx.log(atLeast: 20_000)
    #expect(log.count == 20_000 && log.allSatisfy { $0.last == "200" })
    #expect(Set(log.map { $0[2] }).count == measured.connectionsOpened)
  }

  @Test("A certificate that does not serve fails every request with OpenSSL's reason")
  func refused() throws {
    func faults(_ pair: TestCertificates.Pair, host: String = "localhost", trusted: String?) throws -> [String] {
      let nginx = try NginxTLS(pair)
      var plan = try plan(nginx.port, host: host, requests: 5, connections: 1)
      plan.tls.authorities = trusted
      let measured = try Run(plan).measure()
      #expect(measured.failures == [.tls: 5])
      plan.tls.verifies = false
      #expect(try Run(plan).measure().succeeded == 5)
      return measured.faults
    }
    let good = try certificates.issue("localhost")
    let expired = try faults(certificates.issue("localhost", days: -1), trusted: certificates.authority)
    #expect(expired.count == 1 && expired[0].hasPrefix("tls: certificate has expired (notAfter 20"), "\(expired)")
    #expect(
      try faults(good, host: "other.test", trusted: certificates.authority)
        == ["tls: hostname mismatch (the certificate is for CN=localhost)"])
    #expect(
      try faults(good, host: "127.0.0.1", trusted: certificates.authority)
        == ["tls: IP address mismatch (the certificate is for CN=localhost)"])
    #expect(try faults(good, trusted: nil) == ["tls: unable to get local issuer certificate"])
    #expect(try faults(certificates.selfSigned("localhost"), trusted: nil) == ["tls: self-signed certificate"])
  }

  @Test("A self-signed certificate that is trusted serves; so does one for an address, with no name sent")
  func trusted() throws {
    let pair = try certificates.selfSigned("localhost")
    let nginx = try NginxTLS(pair)
    var plan = try plan(nginx.port, requests: 5, connections: 1)
    plan.tls.authorities = pair.certificate
    #expect(try Run(plan).measure().succeeded == 5)

    let byAddress = try NginxTLS(certificates.issue("127.0.0.1"))
    let measured = try Run(try self.plan(byAddress.port, host: "127.0.0.1", requests: 5)).measure()
    #expect(measured.succeeded == 5, "\(measured.faults)")
    #expect(try byAddress.log(atLeast: 5).allSatisfy { $0[3] == "-" })
  }

  @Test(
    "Over IPv6 a certificate serves for the address, without a name sent, and for a name",
    arguments: ["::1", "localhost"])
  func ipv6(host: String) throws {
    let nginx = try NginxTLS(certificates.issue(host), ipv6: true)
    let isAddress = host == "::1"
    var plan = try plan(nginx.port, host: isAddress ? "[::1]" : host, requests: 20)
    plan.addresses = [try #require(SocketAddress("::1", port: nginx.port))]
    plan.freshShare = 0.5
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 20, "\(measured.failures) \(measured.faults)")
    #expect(try nginx.log(atLeast: 20).allSatisfy { $0[3] == (isAddress ? "-" : host) })

    let other = try NginxTLS(certificates.issue("127.0.0.1"), ipv6: true)
    plan = try self.plan(other.port, host: "[::1]", requests: 2)
    plan.addresses = [try #require(SocketAddress("::1", port: other.port))]
    let refused = try Run(plan).measure()
    #expect(refused.failures == [.tls: 2])
    #expect(refused.faults == ["tls: IP address mismatch (the certificate is for CN=127.0.0.1)"])
  }

  @Test("A client certificate is shown where it is asked for", arguments: ["TLSv1.2", "TLSv1.3"])
  func mutual(protocols: String) throws {
    let nginx = try NginxTLS(certificates.issue("localhost"), protocols: protocols, clients: certificates.authority)
    var plan = try plan(nginx.port, requests: 10, connections: 1)
    // nginx lets the handshake pass and answers 400.
    #expect(try Run(plan).measure().statuses == [400: 10])
    let client = try certificates.issue("client")
    plan.tls.certificate = client.certificate
    plan.tls.key = client.key
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 10 && measured.statuses == [200: 10])
  }

  @Test("A port that speaks plain HTTP says so")
  func plain() throws {
    let server = try ScriptedServer { connection in
      connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
      _ = connection.readRequest()
    }
    let measured = try Run(try plan(server.port, requests: 3, connections: 1)).measure()
    #expect(measured.failures == [.tls: 3])
    #expect(measured.faults.count == 1 && measured.faults[0].hasPrefix("tls: "))
    #expect(measured.faults[0].hasSuffix(": no TLS is spoken at this port"), "\(measured.faults)")
  }

  @Test("A server that closes or says nothing during the handshake is distinguished from one that fails it")
  func silent() throws {
    let closing = try ScriptedServer { _ in }
    let closed = try Run(try plan(closing.port, requests: 3, connections: 1)).measure()
    // Which of the two it is depends on whether the first message was read.
    #expect(closed.failures[.closed, default: 0] + closed.failures[.reset, default: 0] == 3)

    let mute = try ScriptedServer { connection in connection.pause(milliseconds: 1000) }
    var plan = try plan(mute.port, requests: 2, connections: 2)
    plan.connectTimeout = 200_000_000
    #expect(try Run(plan).measure().failures == [.connectTimeout: 2])
  }

  @Test("Files that cannot be used are refused before the run")
  func files() throws {
    let pair = try certificates.issue("localhost")
    let other = try certificates.issue("client")
    func message(_ change: (inout TLSSettings) -> Void) throws -> String {
      var plan = try plan(443)
      change(&plan.tls)
      do {
        _ = try Run(plan)
        return ""
      } catch {
        return error.description
      }
    }
    #expect(
      try message { $0.authorities = "/nowhere.pem" }
        == "the certificates to trust in '/nowhere.pem' cannot be read: \(SystemWording.noSuchFile)")
    #expect(try message { $0.authorities = pair.key }.hasPrefix("the certificates to trust in "))
    #expect(
      try message { $0.certificate = "/nowhere.pem" }.hasPrefix("the certificate in '/nowhere.pem' cannot be read"))
    #expect(try message { $0.key = pair.key }.contains("is of no use without a certificate"))
    #expect(
      try message {
        $0.certificate = pair.certificate
        $0.key = other.key
      } != "")
  }
}
