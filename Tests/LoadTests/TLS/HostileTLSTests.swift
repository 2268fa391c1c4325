import Foundation
import HTTP
import Load
import Support
import Testing

/// Servers that renegotiate, change keys, send alerts or garbage: each request over TLS has one outcome, with a reason.
@Suite(.serialized) struct HostileTLSTests {
  private let certificates: TestCertificates
  private let pair: TestCertificates.Pair

  init() throws {
    certificates = try TestCertificates()
    pair = try certificates.issue("localhost")
  }

  private func plan(_ port: UInt16, requests: Int) throws -> Plan {
    let target = try Target("https://localhost:\(port)/")
    let address = try #require(SocketAddress("127.0.0.1", port: port))
    var plan = Plan(target: target, addresses: [address], templates: [try RequestTemplate(path: "/")])
    plan.requests = requests
    plan.connections = 1
    plan.connectTimeout = 2_000_000_000
    plan.responseTimeout = 2_000_000_000
    plan.tls.authorities = certificates.authority
    return plan
  }

  // MARK: Whole handshakes and keys anew

  /// Has openssl's own server answer; between two parts of its answer it is given a command, such as `r` for a renegotiation.
  private static let interactive = """
    import subprocess, sys, time
    port, certificate, key, version, commands = sys.argv[1:6]
    server = subprocess.Popen(
        # It waits for its next client whatever happens, and must go with this process.
        ["setpriv", "--pdeathsig", "KILL", "openssl", "s_server", "-accept", "127.0.0.1:" + port, "-cert", certificate,
         "-key", key, version, "-crlf", "-state"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
    def say(text):
        time.sleep(0.04)  # It takes what it reads at once for one command, or none.
        server.stdin.write(text)
    isAsked = False
    for line in server.stdout:
        print(line.decode(errors="replace"), end="", flush=True)
        isAsked = isAsked or line.startswith(b"GET ")
        if not isAsked or line.strip(): continue
        isAsked = False
        for command in commands: say(command.encode() + b"\\n")
        say(b"HTTP/1.1 200 OK\\nX-Backend: a\\nContent-Length: 14\\n\\nhello\\n")
        for command in commands: say(command.encode() + b"\\n")
        say(b"world\\n")
    """

  @Test(
    "A renegotiation and new keys, before and within an answer, are gone along with",
    arguments: [("-tls1_2", "r"), ("-tls1_3", "kK")])
  func interactive(version: String, commands: String) throws {
    let port = FreePort.reserve()
    let script = try certificates.folder.write(Self.interactive, to: "interactive.py")
    let server = try ServerProcess(
      "python3", [script, "\(port)", pair.certificate, pair.key, version, commands], debianPackage: "python3",
      in: certificates.folder, ports: [port])
    let measured = try Run(try plan(port, requests: 5)).measure()
    #expect(measured.succeeded == 5, "\(measured.failures) \(measured.faults)")
    #expect(measured.connectionsOpened == 1 && measured.retried == 0)
    // The last of them may be written once the answer has come.
    var handshakes: Int {
      let log = certificates.folder.read("python3-\(port).log") ?? ""
      return log.split(separator: "\n").count { $0.hasPrefix("SSL_do_handshake -> 1") }
    }
    let deadline = Date(timeIntervalSinceNow: 5)
    while handshakes < 5 * 2 * commands.count, Date() < deadline { usleep(20_000) }
    #expect(handshakes >= 5 * 2 * commands.count, "the server itself has seen \(handshakes)")
    withExtendedLifetime(server) {}
  }

  // MARK: Alerts and garbage

  /// A port for each mode, which says what the server does in place of an answer; one connection at a time.
  private static let script = """
    import os, socket, ssl, sys, threading
    head = b"HTTP/1.1 200 OK\\r\\nX-Backend: a\\r\\nContent-Length: 9\\r\\n\\r\\n"
    class Session:
        def __init__(self, plain, context):
            self.plain, self.taken, self.given = plain, ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = context.wrap_bio(self.taken, self.given, server_side=True)
            self.run(self.tls.do_handshake)
        def flush(self): self.plain.sendall(self.given.read())
        def run(self, step):
            while True:
                try:
                    result = step()
                    self.flush()
                    return result
                except ssl.SSLWantReadError:
                    self.flush()
                    data = self.plain.recv(65536)
                    if not data: raise OSError
                    self.taken.write(data)
        def request(self):
            text = b""
            while not text.endswith(b"\\r\\n\\r\\n"): text += self.run(lambda: self.tls.read(4096))
        def send(self, data): self.run(lambda: self.tls.write(data))
        def alert(self):
            # A record that nobody may send here: the answer to it is the fatal alert unexpected_message.
            self.taken.write(bytes([24, 3, 3, 0, 1, 0]))
            try: self.tls.read(1)
            except ssl.SSLError: pass
            self.flush()
    def serve(mode, listener):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        if "1.2" in mode: context.maximum_version = ssl.TLSVersion.TLSv1_2
        while True:
            plain, _ = listener.accept()
            plain.settimeout(5)
            try:
                if mode.startswith("hello"):
                    plain.recv(65536)
                    if mode == "hello-failure": plain.sendall(bytes([21, 3, 3, 0, 2, 2, 40]))
                    if mode == "hello-close": plain.sendall(bytes([21, 3, 3, 0, 2, 1, 0]))
                    if mode == "hello-garbage": plain.sendall(bytes([22, 3, 3, 0, 4, 77, 0, 0, 0]))
                    plain.recv(1)
                else:
                    session = Session(plain, context)
                    session.request()
                    if "idle" in mode: session.send(head + b"helloworl")
                    elif "body" in mode: session.send(head + b"hello")
                    if "alert" in mode: session.alert()
                    if "garbage" in mode: plain.sendall(bytes([23, 3, 3, 0, 64]) + os.urandom(64))
                    if "long" in mode: plain.sendall(bytes([23, 3, 3, 255, 255]) + os.urandom(64))
                    while plain.recv(65536): pass
            except OSError: pass
            plain.close()
    for each in sys.argv[3:]:
        mode, port = each.split(":")
        listener = socket.create_server(("127.0.0.1", int(port)), backlog=64)
        threading.Thread(target=serve, args=(mode, listener)).start()
    """

  /// Asks a server of each mode a few times.
  private func measure(_ modes: [String], settings: (inout Plan) -> Void = { _ in }) throws -> [Measurements] {
    let ports = FreePort.reserve(modes.count)
    let script = try certificates.folder.write(Self.script, to: "hostile.py")
    let server = try ServerProcess(
      "python3", [script, pair.certificate, pair.key] + zip(modes, ports).map { "\($0):\($1)" },
      debianPackage: "python3", in: certificates.folder, ports: ports)
    defer { server.stop() }
    return try ports.map { port in
      var plan = try plan(port, requests: 4)
      settings(&plan)
      let measured = try Run(plan).measure()
      #expect(measured.scheduled == 4 && measured.completed == 4 && measured.error == nil)
      return measured
    }
  }

  /// Expects every request to have failed in TLS with a reason, whose words are OpenSSL's: they change with its version, and with
  /// what the processor has it do.
  private func expectFailures(_ modes: [String]) throws {
    for (measured, mode) in zip(try measure(modes), modes) {
      #expect(measured.failures == [.tls: 4], "\(mode)")
      #expect(!measured.faults.isEmpty, "\(mode)")
      for fault in measured.faults {
        #expect(fault.hasPrefix("tls: ") && fault.count > 5 && fault != "tls: no reason given", "\(mode): \(fault)")
      }
    }
  }

  @Test("An alert or garbage in the handshake fails it with OpenSSL's reason")
  func handshake() throws { try expectFailures(["hello-failure", "hello-garbage"]) }

  @Test("A server that takes its leave in the middle of the handshake has closed")
  func handshakeClosed() throws {
    let measured = try measure(["hello-close"])[0]
    #expect(measured.failures == [.closed: 4])
    #expect(measured.faults == ["closed: the connection was closed during the TLS handshake"])
  }

  @Test("A fatal alert, a record that was tampered with and one that is too long fail the request in hand")
  func records() throws {
    try expectFailures(["alert", "body-alert", "body-alert-1.2", "body-garbage", "garbage-1.2", "body-long"])
  }

  @Test("An alert on a resting connection costs no request: the next one has a new connection")
  func idle() throws {
    let measured = try measure(["idle-alert"]) { $0.pacer = .constant(rate: 5) }[0]
    // On a busy machine the alert may come only when the next request is on its way.
    #expect(measured.succeeded + (measured.failures[.tls] ?? 0) == 4, "\(measured.failures) \(measured.faults)")
    #expect(measured.succeeded >= 2 && measured.connectionsOpened == measured.succeeded)
  }
}
