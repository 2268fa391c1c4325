import Checks
import Foundation
import Platform
import Support
import Testing

@testable import lbcheck

@Suite struct LiveServerTests {
  private static let quick: LiveServer.Limits = {
    var limits = LiveServer.Limits()
    limits.interval = 20_000_000
    return limits
  }()

  /// A server for one test.
  private func with(
    _ limits: LiveServer.Limits = quick, _ body: (LiveServer, LiveBoard) throws -> Void
  ) throws {
    let board = LiveBoard()
    board.begin("load", target: "http://a/")
    let server = try LiveServer(board, port: 0, limits: limits)
    defer { server.close() }
    try body(server, board)
  }

  private func request(_ server: LiveServer, _ path: String, _ method: String = "GET") -> String {
    "\(method) \(path)?token=\(server.token.text) HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n"
  }

  private func ask(_ server: LiveServer, _ text: String) throws -> String {
    let client = try #require(RawClient(server.port))
    client.send(text)
    return client.read()
  }

  @Test("The page, the metrics and, at the end, the report are answered whole, and nothing without the token")
  func resources() throws {
    try with { server, _ in
      let page = try ask(server, request(server, "/"))
      #expect(page.hasPrefix("HTTP/1.1 200 OK\r\n") && page.hasSuffix("</html>"))
      let policy = try #require(page.split(separator: "\r\n").first { $0.hasPrefix("Content-Security-Policy: ") })
      #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
      let nonce = try #require(policy.firstMatch(of: /script-src 'nonce-([0-9a-f]{32})'/)?.1)
      #expect(page.contains("<script nonce=\"\(nonce)\">"))
      #expect(try !ask(server, request(server, "/")).contains(nonce))
      let head = try ask(server, request(server, "/", "HEAD"))
      #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
      #expect(try ask(server, request(server, "/metrics")).contains("text/plain; version=0.0.4"))
      #expect(try ask(server, request(server, "/report.html")).hasPrefix("HTTP/1.1 404 "))
      server.show(LiveFrame.Ending(summary: "Done.", verdict: "pass", hasReport: true), report: "<p>the report</p>")
      #expect(try ask(server, request(server, "/report.html")).hasSuffix("\r\n\r\n<p>the report</p>"))
      for path in ["/", "/events", "/metrics", "/report.html"] {
        let refused = try ask(server, "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n")
        #expect(refused.hasPrefix("HTTP/1.1 403 ") && !refused.contains("report</p>"))
      }
      let rebound = request(server, "/").replacing("127.0.0.1", with: "rebound.example")
      #expect(try ask(server, rebound).hasPrefix("HTTP/1.1 421 "))
    }
  }

  @Test("Events come one after another, to 20 clients at a time, and the last when it ends")
  func events() throws {
    try with { server, board in
      board.take(.stage(.init("load")))
      let clients = try (0..<20).map { _ in try #require(RawClient(server.port)) }
      for client in clients { client.send(request(server, "/events")) }
      for client in clients {
        let text = client.read { $0.components(separatedBy: "event: frame\n").count > 3 }
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"))
        let first = try #require(text.range(of: "event: history\ndata: ["))
        #expect(text[first.upperBound...].contains("\n\nevent: now\ndata: {"))
      }
      server.show(LiveFrame.Ending(summary: "Done.", verdict: "pass", hasReport: false), report: nil)
      server.close()
      for client in clients {
        let text = client.read()
        let last = try #require(text.components(separatedBy: "event: ").last)
        #expect(last.hasPrefix("end\ndata: {") && last.contains("\"summary\":\"Done.\"") && last.hasSuffix("}\n\n"))
      }
    }
  }

  @Test("A client that comes after the end sees it at once")
  func late() throws {
    try with { server, _ in
      server.show(LiveFrame.Ending(summary: "Done.", verdict: nil, hasReport: false), report: nil)
      let client = try #require(RawClient(server.port))
      client.send(request(server, "/events"))
      #expect(client.read { $0.contains("event: end\n") }.contains("event: end\n"))
    }
  }

  @Test("The 33rd client gets 503, and a place that is free again is given away")
  func tooMany() throws {
    try with { server, _ in
      var clients = try (0..<32).map { _ in try #require(RawClient(server.port)) }
      for client in clients {
        client.send(request(server, "/events"))
        _ = client.read { $0.contains("event: now") }
      }
      #expect(try ask(server, request(server, "/")).hasPrefix("HTTP/1.1 503 "))
      clients.removeLast()
      var answer = ""
      for _ in 0..<200 where !answer.hasPrefix("HTTP/1.1 200 ") {
        answer = try ask(server, request(server, "/"))
        usleep(10_000)
      }
      #expect(answer.hasPrefix("HTTP/1.1 200 "))
      #expect(clients[0].read { $0.contains("event: frame") }.contains("event: frame"))
    }
  }

  @Test("Heads of more than 8 KiB are refused, and those that do not come in time are not waited for")
  func heads() throws {
    var limits = Self.quick
    limits.headTime = 300_000_000
    try with(limits) { server, _ in
      let rest = "X-Long: \(String(repeating: "a", count: 9_000))\r\n\r\n"
      let long = String(request(server, "/").dropLast(2)) + rest
      #expect(try ask(server, long).hasPrefix("HTTP/1.1 431 "))
      let endless = try #require(RawClient(server.port))
      endless.send("GET /" + String(repeating: "a", count: 9_000))
      #expect(endless.read().hasPrefix("HTTP/1.1 431 "))
      let silent = try #require(RawClient(server.port))
      #expect(silent.hasEnded)
      let slow = try #require(RawClient(server.port))
      slow.send("GET / HTTP/1.1\r\n")
      #expect(slow.hasEnded)
      // One that comes in parts, and in time, is answered.
      let parts = try #require(RawClient(server.port))
      let whole = request(server, "/metrics")
      parts.send(String(whole.prefix(20)))
      usleep(50_000)
      parts.send(String(whole.dropFirst(20)))
      #expect(parts.read().hasPrefix("HTTP/1.1 200 "))
    }
  }

  @Test("A client that reads nothing is dropped, and holds up nobody")
  func slowReader() throws {
    var limits = Self.quick
    limits.interval = 10_000_000
    try with(limits) { server, board in
      for number in 0..<LiveBoard.mostRows { board.take(.stage(.init("stage \(number)"))) }
      let slow = try #require(RawClient(server.port, receiveBuffer: 4_096))
      slow.send(request(server, "/events"))
      let quick = try #require(RawClient(server.port))
      quick.send(request(server, "/events"))
      // Three times what may wait for one that reads nothing.
      #expect(quick.skip(3 * limits.waiting) >= 3 * limits.waiting)
      let rest = slow.read { $0.utf8.count >= 1_000_000 }
      #expect(rest.hasPrefix("HTTP/1.1 200 ") && !rest.contains("event: end"))
      #expect(rest.utf8.count < 1_000_000, "it got \(rest.utf8.count) bytes")
      #expect(slow.hasEnded)
    }
  }

  @Test("It listens on 127.0.0.1 alone, and a port that is taken is named")
  func address() throws {
    try with { server, _ in
      #expect(RawClient(server.port, at: "127.0.0.2") == nil)
      for address in Self.ownAddresses { #expect(RawClient(server.port, at: address) == nil, "\(address)") }
      do throws(CommandError) {
        _ = try LiveServer(LiveBoard(), port: server.port)
        Issue.record("the port was given away twice")
      } catch {
        #expect(error.reason.contains("127.0.0.1:\(server.port)") && error.status == .usage)
      }
    }
  }

  /// The addresses of the machine's interfaces but loopback.
  private static var ownAddresses: [String] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    return sequence(first: list) { $0?.pointee.ifa_next }.compactMap { entry in
      guard let name = entry?.pointee.ifa_addr, name.pointee.sa_family == AF_INET else { return nil }
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let length = socklen_t(MemoryLayout<sockaddr_in>.size)
      guard getnameinfo(name, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else { return nil }
      let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      return address == "127.0.0.1" ? nil : address
    }
  }
}
