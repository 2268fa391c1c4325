import HTTP
import Load
import Statistics
import Support
import Testing

/// What leaves together, by the kernel's count of segments on the server's side.
@Suite(.serialized) struct TLSTransportTests {
  /// Names as its backend the number of segments with data that a connection has received with its request: tcpi_data_segs_in of
  /// struct tcp_info in linux/tcp.h.
  private static let answer = """
    segments, = struct.unpack_from("I", secure.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160), 152)
    secure.sendall(b"HTTP/1.1 200 OK\\r\\nX-Backend: %d\\r\\nContent-Length: 0\\r\\n\\r\\n" % segments)
    secure.unwrap()
    """

  @Test(
    "A handshake's last messages leave with the request; what the server has to answer first waits for nothing",
    arguments: [
      ("", 2, "1.3"), ("context.set_ecdh_curve('secp384r1')", 3, "1.3"),
      ("context.maximum_version = ssl.TLSVersion.TLSv1_2", 3, "1.2"),
    ])
  func segments(setUp: String, segments: Int, version: String) throws {
    let certificates = try TestCertificates()
    let server = try PythonTLS(certificates, setUp: setUp, answer: Self.answer)
    var plan = try Plan.toLoopback(server.port, requests: 20, connections: 1)
    plan.target = try Target("https://localhost:\(server.port)/")
    plan.freshShare = 1
    plan.tls.authorities = certificates.authority
    plan.tls.resumes = false
    // An acknowledgement that comes in between lets them go one by one, which on a busy machine is every connection's.
    var fewest = Int.max
    for _ in 1...20 where fewest > segments {
      let measured = try Run(plan).measure()
      try #require(measured.succeeded == 20, "\(measured.failures) \(measured.faults)")
      fewest = min(fewest, try #require(measured.backends.compactMap { Int($0.name) }.min()))
      #expect(measured.tls.kinds.count == 1 && measured.tls.kinds[0].hasPrefix("\(version), "))
      // What is kept back leaves by itself after so long.
      #expect(try #require(measured.latency.min) < 200_000_000)
    }
    #expect(fewest == segments)
    withExtendedLifetime(server) {}
  }
}
