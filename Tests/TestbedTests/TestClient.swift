internal import Glibc
internal import Testing

/// A blocking HTTP client over one connection to 127.0.0.1 that says exactly what it is asked to.
final class TestClient {
  struct Answer {
    var status: Int
    var head: String
    var body: String

    /// A field's value, nil when the answer has no such field.
    subscript(_ name: String) -> String? {
      for line in head.split(separator: "\r\n").dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        if parts.count == 2, parts[0].lowercased() == name.lowercased() {
          return String(parts[1].drop { $0 == " " })
        }
      }
      return nil
    }
  }

  struct Ended: Error {}

  private let descriptor: Int32
  private var buffer: [UInt8] = []

  /// What must live as long as the client, such as a server that nobody else holds.
  private let companion: Any?

  init(port: UInt16, with companion: Any? = nil, timeout: Int = 10) throws {
    self.companion = companion
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var time = timeval(tv_sec: timeout, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    // Everything is initialised, so that `deinit` closes the socket also now.
    guard result == 0 else { throw Ended() }
  }

  deinit { close(descriptor) }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      sent += count
    }
  }

  func closeSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Reads one answer whose body has a length, is chunked (kept as it came), or ends with the connection.
  func receive(toHead: Bool = false) throws -> Answer {
    var end = endOfHead()
    while end == nil {
      guard fill() else { throw Ended() }
      end = endOfHead()
    }
    let head = String(decoding: buffer[..<end!], as: UTF8.self)
    buffer.removeFirst(end!)
    var answer = Answer(status: Int(head.dropFirst(9).prefix(3)) ?? 0, head: head, body: "")
    if toHead || answer.status == 204 || answer.status == 304 { return answer }
    if let length = answer["Content-Length"].flatMap(Int.init) {
      while buffer.count < length { guard fill() else { throw Ended() } }
      answer.body = String(decoding: buffer[..<length], as: UTF8.self)
      buffer.removeFirst(length)
    } else {
      let isChunked = answer["Transfer-Encoding"] == "chunked"
      while !(isChunked && String(decoding: buffer, as: UTF8.self).hasSuffix("\r\n0\r\n\r\n")), fill() {}
      answer.body = String(decoding: buffer, as: UTF8.self)
      buffer = []
    }
    return answer
  }

  func get(_ path: String = "/", _ fields: String = "", method: String = "GET") throws -> Answer {
    send("\(method) \(path) HTTP/1.1\r\nHost: testbed\r\n\(fields)\r\n")
    return try receive(toHead: method == "HEAD")
  }

  /// Whatever comes next, nil at the end.
  func receiveSome() -> String? {
    guard !buffer.isEmpty || fill() else { return nil }
    defer { buffer = [] }
    return String(decoding: buffer, as: UTF8.self)
  }

  /// Whether the peer has closed the connection with nothing more to read.
  var isAtEnd: Bool { buffer.isEmpty && !fill() }

  /// What reading fails with: 0 at the peer's end, `ECONNRESET`, or `EAGAIN` when nothing comes in time.
  var errorAtEnd: Int32 {
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, 0) >= 0 ? 0 : errno
  }

  private func endOfHead() -> Int? {
    guard buffer.count >= 4 else { return nil }
    for index in 0...(buffer.count - 4) where buffer[index] == 0x0D && buffer[index + 2] == 0x0D {
      if buffer[index + 1] == 0x0A, buffer[index + 3] == 0x0A { return index + 4 }
    }
    return nil
  }

  private func fill() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return false }
    buffer += bytes[..<count]
    return true
  }
}

/// Waits until something holds, at most five seconds.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
  for _ in 0..<1000 {
    if try condition() { return true }
    usleep(5_000)
  }
  return false
}
