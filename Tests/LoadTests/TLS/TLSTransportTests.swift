import HTTP
import Load
import Statistics
import Support
import Testing

/// What leaves together, by the kernel's count of segments on the server's side.
@Suite(.serialized) struct TLSTransportTests {
  /// Names as its backend the number of segments with data that a connection has received with its request.
  private static let script = """
    import socket, ssl, struct, sys
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    if sys.argv[4] == "1.2": context.maximum_version = ssl.TLSVersion.TLSv1_2
    if sys.argv[4] == "other-group": context.set_ecdh_curve("secp384r1")
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
    while True:
        plain, _ = listener.accept()
        try:
            secure = context.wrap_socket(plain, server_side=True)
            head = b""
            while not head.endswith(b"\\r\\n\\r\\n"): head += secure.recv(1) or 1 / 0
            # tcpi_data_segs_in of struct tcp_info in linux/tcp.h.
            segments, = struct.unpack_from("I", secure.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160), 152)
            secure.sendall(b"HTTP/1.1 200 OK\\r\\nX-Backend: %d\\r\\nContent-Length: 0\\r\\n\\r\\n" % segments)
            secure.unwrap()
        except (OSError, ZeroDivisionError): pass
    """

  @Test(
    "A handshake's last messages leave with the request; what the server has to answer first waits for nothing",
    arguments: [("1.3", 2, "TLSv1.3"), ("other-group", 3, "TLSv1.3"), ("1.2", 3, "TLSv1.2")])
  func segments(kind: String, segments: Int, version: String) throws {
    let certificates = try TestCertificates()
    let script = try certificates.folder.write(Self.script, to: "server.py")
    let pair = try certificates.issue("localhost")
    let port = FreePort.reserve()
    let server = try ServerProcess(
      "python3", [script, "\(port)", pair.certificate, pair.key, kind], debianPackage: "python3",
      in: certificates.folder, ports: [port])
    let target = try Target("https://localhost:\(port)/")
    let address = try #require(SocketAddress("127.0.0.1", port: port))
    var plan = Plan(target: target, addresses: [address], templates: [try RequestTemplate(path: "/")])
    plan.requests = 20
    plan.connections = 1
    plan.freshShare = 1
    plan.backendHeader = "X-Backend"
    plan.tls.authorities = certificates.authority
    plan.tls.resumes = false
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 20, "\(measured.failures) \(measured.faults)")
    // An acknowledgement that comes in between lets them go one by one.
    #expect(measured.backends.compactMap { Int($0.name) }.min() == segments)
    #expect(measured.tls.kinds.count == 1 && measured.tls.kinds[0].hasPrefix(version.dropFirst(4)))
    // What is kept back leaves by itself after so long.
    #expect(try #require(measured.latency.value(atPercentile: 50)) < 200_000_000)
    withExtendedLifetime(server) {}
  }
}
