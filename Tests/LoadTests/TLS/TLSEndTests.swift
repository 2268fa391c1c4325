import Foundation
import HTTP
import Load
import Support
import Testing

/// How responses end over TLS, against a server that ends them in every way.
@Suite(.serialized) struct TLSEndTests {
  private let certificates: TestCertificates
  private let server: PythonTLS
  private var port: UInt16 { server.port }

  /// The path says how a response ends.
  private static let answer = """
    length = re.search(rb"Content-Length: (\\d+)", head)
    left = int(length[1]) if length else 0
    while left: left -= len(secure.recv(left))
    if path == "/silent": pass
    elif path == "/large": secure.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 3000000\\r\\n\\r\\n" + b"x" * 3000000)
    elif "known" in path: secure.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello")
    elif "short" in path: secure.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\nhello")
    else: secure.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\nhello")
    if "announced" in path: secure.unwrap()
    elif "garbage" in path: socket.socket(fileno=secure.detach()).send(b"this is no TLS record at all")
    else: socket.socket(fileno=secure.detach()).close()
    """

  init() throws {
    certificates = try TestCertificates()
    server = try PythonTLS(certificates, answer: Self.answer)
  }

  private func run(_ path: String, settings: (inout Plan) -> Void = { _ in }) throws -> Measurements {
    let target = try Target("https://localhost:\(port)\(path)")
    let address = try #require(SocketAddress("127.0.0.1", port: port))
    var plan = Plan(target: target, addresses: [address], templates: [try RequestTemplate(path: path)])
    plan.requests = 6
    plan.connections = 1
    plan.responseTimeout = 5_000_000_000
    plan.tls.authorities = certificates.authority
    settings(&plan)
    return try Run(plan).measure()
  }

  @Test("Content that ends with the connection has to be announced to be complete")
  func untilClose() throws {
    #expect(try run("/until-announced").succeeded == 6)
    #expect(try run("/until-cut").failures == [.truncated: 6])
  }

  @Test("Content of a known length is complete without an announced end, and truncated where it is shorter")
  func knownLength() throws {
    #expect(try run("/known-cut").succeeded == 6)
    let announced = try run("/known-announced")
    #expect(announced.succeeded == 6, "\(announced.failures) \(announced.retried) \(announced.connectionsOpened)")
    #expect(try run("/short-cut").failures == [.truncated: 6])
    #expect(try run("/short-announced").failures == [.truncated: 6])
  }

  @Test("No response at all, and bytes that are no TLS")
  func broken() throws {
    #expect(try run("/silent").failures == [.closed: 6])
    let garbage = try run("/short-garbage")
    #expect(garbage.failures == [.tls: 6])
    #expect(garbage.faults.allSatisfy { $0.hasPrefix("tls: ") } && !garbage.faults.isEmpty)
  }

  @Test("A response of many records, and a request of many, come whole")
  func large() throws {
    #expect(try run("/large").succeeded == 6)
    let posted = try run("/known-cut") {
      // The server closes without a word, and what is not idempotent is not sent twice.
      $0.freshShare = 1
      $0.templates = [try! RequestTemplate(method: "POST", path: "/known-cut", body: Array(repeating: 120, count: 500))]
    }
    #expect(posted.succeeded == 6)
  }

  @Test("A server that ends its side with its part of the handshake gets no answer waited for")
  func halfClosed() throws {
    let server = try PythonTLS(
      certificates,
      setUp: """
        def half_close(plain, server_side):
            received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = context.wrap_bio(received, sent, server_side=True)
            received.write(plain.recv(65536))
            try: tls.do_handshake()
            except ssl.SSLWantReadError: pass
            # Both leave in one segment, and so are reported by one event.
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            plain.sendall(sent.read())
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(65536): pass
            raise OSError
        context.wrap_socket = half_close
        """, answer: "pass")
    var plan = try Plan.toLoopback(server.port, requests: 3, connections: 1)
    plan.target = try Target("https://localhost:\(server.port)/")
    plan.tls.authorities = certificates.authority
    plan.recordLimit = 3
    let measured = try Run(plan).measure()
    #expect(measured.failures == [.closed: 3])
    // Else the end shows when the time is over.
    #expect(measured.records.allSatisfy { $0.done - $0.sent < plan.responseTimeout })
    withExtendedLifetime(server) {}
  }

  @Test("A probe shows the handshake and the server's certificate")
  func probe() throws {
    let target = try Target("https://localhost:\(port)/known-cut")
    let address = try #require(SocketAddress("127.0.0.1", port: port))
    var settings = TLSSettings()
    settings.authorities = certificates.authority
    var probe = Probe(address, tls: settings)
    let exchange = try probe.send(try RequestTemplate(path: "/known-cut"), to: target)
    let tls = try #require(exchange.tls)
    #expect(tls.version == "TLSv1.3" && tls.cipher.hasPrefix("TLS_") && tls.distrust == nil && !tls.isResumed)
    #expect(tls.chain.count == 1)
    #expect(tls.chain[0].subject == "CN=localhost")
    #expect(tls.chain[0].issuer == "O=lbcheck,CN=Test Authority")
    #expect((29...30).contains(tls.chain[0].daysLeft))

    var strict = Probe(address)
    #expect {
      _ = try strict.send(try RequestTemplate(path: "/known-cut"), to: target)
    } throws: { error in
      let error = error as? ProbeError
      return error?.kind == .tls && error?.isDistrust == true
        && error?.description.hasSuffix("tls: unable to get local issuer certificate") == true
    }
    settings.authorities = nil
    settings.verifies = false
    var careless = Probe(address, tls: settings)
    let distrusted = try careless.send(try RequestTemplate(path: "/known-cut"), to: target)
    #expect(distrusted.tls?.distrust?.contains("certificate") == true)
  }
}
