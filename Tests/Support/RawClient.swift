internal import CLinux
import Glibc

/// A connection whose every byte a test decides, over IPv4.
package final class RawClient {
  private let descriptor: Int32
  private var received: [UInt8] = []

  /// - Parameter receiveBuffer: how much the kernel may keep for it, in bytes; `nil` for the usual.
  package init?(_ port: UInt16, at address: String = "127.0.0.1", receiveBuffer: Int32? = nil) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
    var timeout = timeval(tv_sec: 20 * Int(Patience.factor), tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    inet_pton(AF_INET, address, &name.sin_addr)
    let result = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      close(descriptor)
      return nil
    }
  }

  deinit { close(descriptor) }

  @discardableResult
  package func send(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  /// Reads until the text that came meets a condition, the other side ends, or 20 s without a byte have passed.
  ///
  /// - Returns: all that came so far.
  package func read(until condition: (String) -> Bool = { _ in false }) -> String {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let text = String(decoding: received, as: UTF8.self)
      if condition(text) { return text }
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return text }
      received += buffer[..<count]
    }
  }

  /// Reads so many bytes, or up to the other side's end.
  ///
  /// - Returns: how many came.
  package func skip(_ count: Int) -> Int {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var skipped = 0
    while skipped < count {
      let part = recv(descriptor, &buffer, buffer.count, 0)
      guard part > 0 else { break }
      skipped += part
    }
    return skipped
  }

  /// Whether the other side has ended by now, within 20 s.
  package var hasEnded: Bool {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 || count < 0 && errno != EAGAIN { return true }
      if count < 0 { return false }
    }
  }
}
