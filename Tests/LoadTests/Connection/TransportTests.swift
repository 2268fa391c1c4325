import Glibc
import Support
import Testing

@testable import Load

/// A plain transport over a pair of sockets.
@Suite struct TransportTests {
  /// A transport, and the descriptor of the other side.
  private func pair(_ body: (inout Transport, inout Int32) throws -> Void) throws {
    var sockets: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    guard socketpair(AF_UNIX, type, 0, &sockets) == 0 else { throw TestFailure("no pair of sockets") }
    var transport = Transport()
    transport.take(sockets[0])
    defer { if sockets[1] >= 0 { close(sockets[1]) } }
    try body(&transport, &sockets[1])
  }

  private func receive(_ transport: inout Transport) -> Transport.Received {
    var bytes = [UInt8](repeating: 0, count: 8)
    return bytes.withUnsafeMutableBytes { transport.receive($0.baseAddress!, $0.count) }
  }

  @Test("A greeting is bytes, an end or nothing, and is left to be received")
  func greeting() throws {
    try pair { transport, peer in
      let silence = transport.greeting
      #expect(silence == .nothing)
      send(peer, "220", 3, Int32(MSG_NOSIGNAL))
      let bytes = [transport.greeting, transport.greeting]
      #expect(bytes == [.bytes, .bytes])
      guard case .bytes(3) = receive(&transport) else { return #expect(Bool(false), "the bytes are gone") }
      shutdown(peer, Int32(SHUT_WR))
      let end = transport.greeting
      #expect(end == .end)
    }
  }

  @Test("What is received is bytes, nothing yet, an orderly end or a reset")
  func receiving() throws {
    try pair { transport, peer in
      guard case .nothing = receive(&transport) else { return #expect(Bool(false), "something came") }
      let isReady = transport.isReady(for: .receiving)
      send(peer, "0123456789", 10, Int32(MSG_NOSIGNAL))
      guard case .bytes(8) = receive(&transport) else { return #expect(Bool(false), "not as much as fits") }
      let isReadyNow = transport.isReady(for: .receiving)
      #expect(!isReady && isReadyNow)
      guard case .bytes(2) = receive(&transport) else { return #expect(Bool(false), "not the rest") }
      #expect(transport.isEmptied(by: 2, of: 8) && !transport.isEmptied(by: 8, of: 8) && !transport.hasPending)
      shutdown(peer, Int32(SHUT_WR))
      guard case .ended(.orderly) = receive(&transport) else { return #expect(Bool(false), "no end") }
    }
    try pair { transport, peer in
      // The peer closes with something unread.
      let sent = "x".utf8CString.withUnsafeBytes { transport.send($0.baseAddress!, 1) }
      guard case .bytes(1) = sent else { return #expect(Bool(false), "not sent") }
      close(peer)
      peer = -1
      guard case .ended(.reset(ECONNRESET)) = receive(&transport) else { return #expect(Bool(false), "no reset") }
      let again = "x".utf8CString.withUnsafeBytes { transport.send($0.baseAddress!, 1) }
      guard case .failed = again else { return #expect(Bool(false), "sent after the end") }
    }
  }

  @Test("A reset that sending has met is one to receiving, too")
  func resetOfSending() throws {
    let server = try ScriptedServer { $0.reset() }
    defer { server.stop() }
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = server.port.bigEndian
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(connected == 0)
    var transport = Transport()
    transport.take(socket)
    let hasCome = transport.isReady(for: .receiving, within: 10_000_000_000)
    let sent = "x".utf8CString.withUnsafeBytes { transport.send($0.baseAddress!, 1) }
    guard case .failed = sent else { return #expect(Bool(false), "sent after the reset") }
    let isReset = if case .ended(.reset(ECONNRESET)) = receive(&transport) { true } else { false }
    #expect(hasCome && isReset)
    transport.take(socket)
    guard case .ended(.orderly) = receive(&transport) else { return #expect(Bool(false), "kept for the next socket") }
  }

  @Test("Sending stops where nothing fits, and goes on when there is room")
  func sending() throws {
    try pair { transport, peer in
      let block = [UInt8](repeating: 120, count: 1 << 20)
      var isBlocked = false
      for _ in 0..<1_000 where !isBlocked {
        if case .blocked = block.withUnsafeBytes({ transport.send($0.baseAddress!, $0.count) }) { isBlocked = true }
      }
      let isReady = transport.isReady(for: .sending)
      #expect(isBlocked && !isReady)
      var bytes = [UInt8](repeating: 0, count: 1 << 20)
      while recv(peer, &bytes, bytes.count, 0) > 0 {}
      let isReadyAgain = transport.isReady(for: .sending, within: 10_000_000_000)
      #expect(isReadyAgain)
    }
  }

  @Test("A closed transport has no socket, and closes it once")
  func closing() throws {
    try pair { transport, peer in
      transport.close()
      transport.close()
      #expect(transport.socket == -1)
      var byte: UInt8 = 0
      #expect(recv(peer, &byte, 1, 0) == 0)
    }
  }
}
