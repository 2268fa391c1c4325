internal import CLinux
import Foundation
import Synchronization

/// Loopback ports that nobody listens on, below the range that the kernel hands to clients.
package enum FreePort {
  private static let given = Mutex<Set<UInt16>>([])

  /// Test processes beside each other each have a part: `LBCHECK_PORTS=1/2` and `LBCHECK_PORTS=2/2`.
  private static let range: Range<UInt16> = {
    let part = (ProcessInfo.processInfo.environment["LBCHECK_PORTS"] ?? "").split(separator: "/").compactMap {
      UInt16($0)
    }
    guard part.count == 2, (1...part[1]).contains(part[0]) else { return 20_000..<32_000 }
    let size = 12_000 / part[1]
    return (20_000 + (part[0] - 1) * size)..<(20_000 + part[0] * size)
  }()

  package static func reserve() -> UInt16 {
    while true {
      let port = UInt16.random(in: range)
      guard given.withLock({ $0.insert(port).inserted }), isFree(port) else { continue }
      return port
    }
  }

  package static func reserve(_ count: Int) -> [UInt16] { (0..<count).map { _ in reserve() } }

  /// Ports of which each follows the one before it.
  package static func reserveRow(_ count: Int) -> [UInt16] {
    while true {
      let first = reserve()
      let row = (1..<UInt16(count)).map { first + $0 }
      if row.allSatisfy({ port in range.contains(port) && given.withLock { $0.insert(port).inserted } && isFree(port) })
      {
        return [first] + row
      }
    }
  }

  private static func isFree(_ port: UInt16) -> Bool {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    return bindLoopback(socket, port) == 0
  }

  static func bindLoopback(_ socket: Int32, _ port: UInt16, ipv6: Bool = false) -> Int32 {
    guard ipv6 else { return withLoopback(port) { bind(socket, $0, $1) } }
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = port.bigEndian
    address.sin6_addr = in6addr_loopback
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
      }
    }
  }

  /// Whether anything accepts connections there.
  package static func answers(_ port: UInt16) -> Bool {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    return withLoopback(port) { connect(socket, $0, $1) } == 0
  }

  private static func withLoopback(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }
}
