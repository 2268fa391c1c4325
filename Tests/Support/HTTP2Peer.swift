import Glibc

/// Frames of HTTP/2 as bytes (RFC 9113 4.1), well-formed or not: they are written by hand, by no library.
package enum HTTP2Frame {
  package static func bytes(type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
    [UInt8(payload.count >> 16 & 0xFF), UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF), type, flags]
      + number(stream) + payload
  }

  package static func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 0xFF) } }

  package static func settings(_ values: [(id: UInt16, value: UInt32)] = []) -> [UInt8] {
    bytes(type: 4, values.flatMap { [UInt8($0.id >> 8), UInt8($0.id & 0xFF)] + number($0.value) })
  }

  /// A field that HPACK neither indexes nor compresses (RFC 7541 6.2.2); both texts may be up to 126 bytes long.
  package static func field(_ name: String, _ value: String) -> [UInt8] {
    [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
  }

  package static func headers(_ stream: UInt32, _ block: [UInt8], ends: Bool = false, isWhole: Bool = true) -> [UInt8] {
    bytes(type: 1, flags: (ends ? 1 : 0) | (isWhole ? 4 : 0), stream: stream, block)
  }

  package static func data(_ stream: UInt32, _ content: [UInt8], ends: Bool = false) -> [UInt8] {
    bytes(type: 0, flags: ends ? 1 : 0, stream: stream, content)
  }

  package static func reset(_ stream: UInt32, _ code: UInt32) -> [UInt8] {
    bytes(type: 3, stream: stream, number(code))
  }

  package static func goAway(last: UInt32, _ code: UInt32 = 0) -> [UInt8] {
    bytes(type: 7, number(last) + number(code))
  }

  /// `:status 200`, from the static table.
  package static let ok: [UInt8] = [0x88]

  /// A whole answer.
  package static func answer(_ stream: UInt32, backend: String = "a", content: String = "ok") -> [UInt8] {
    headers(stream, ok + field("x-backend", backend)) + data(stream, Array(content.utf8), ends: true)
  }
}

/// The server's side of a connection of HTTP/2, of which a test decides every frame.
package final class HTTP2Peer {
  package struct Frame {
    package let type: UInt8
    package let flags: UInt8
    package let stream: UInt32
    package let payload: [UInt8]
  }

  private let connection: ScriptedConnection

  /// Reads the client's preface, and sends SETTINGS; `nil` where something else came.
  package init?(_ connection: ScriptedConnection, settings: [(id: UInt16, value: UInt32)] = []) {
    self.connection = connection
    guard read(24) == Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) else { return nil }
    send(HTTP2Frame.settings(settings))
  }

  /// `false` once the client has gone.
  @discardableResult
  package func send(_ bytes: [UInt8]) -> Bool { connection.send(bytes) }

  /// The next frame; `nil` once the client has gone.
  package func next() -> Frame? {
    guard let head = read(9) else { return nil }
    let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
    let stream = head[5...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard let payload = read(length) else { return nil }
    return Frame(type: head[3], flags: head[4], stream: stream, payload: payload)
  }

  /// The stream of the next request, whose content, if it has any, has come, too; SETTINGS and PING are answered meanwhile.
  package func nextRequest() -> UInt32? {
    while let frame = next() {
      switch frame.type {
      case 4 where frame.flags & 1 == 0: send(HTTP2Frame.bytes(type: 4, flags: 1))
      case 6 where frame.flags & 1 == 0: send(HTTP2Frame.bytes(type: 6, flags: 1, frame.payload))
      case 0, 1: if frame.flags & 1 == 1 { return frame.stream }
      default: break
      }
    }
    return nil
  }

  /// Answers every request until the client goes.
  package func answerAll() {
    while let stream = nextRequest() { send(HTTP2Frame.answer(stream)) }
  }

  /// Reads until the client goes.
  package func drain() { while next() != nil {} }

  private func read(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var read = 0
    while read < count {
      let received = bytes.withUnsafeMutableBytes { recv(connection.socket, $0.baseAddress! + read, count - read, 0) }
      guard received > 0 else { return nil }
      read += received
    }
    return bytes
  }
}
