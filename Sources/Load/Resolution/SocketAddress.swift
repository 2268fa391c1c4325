internal import CLinux
internal import Glibc

/// An IPv4 or IPv6 address with a port.
public struct SocketAddress: Sendable, Equatable, CustomStringConvertible {
  private let storage: sockaddr_storage
  private let length: socklen_t

  init?(_ pointer: UnsafePointer<sockaddr>, _ length: socklen_t) {
    guard Int(length) <= MemoryLayout<sockaddr_storage>.size else { return nil }
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: Int(length)))
    }
    self.storage = storage
    self.length = length
  }

  /// Reads a numeric address; `nil` if it is none.
  public init?(_ address: String, port: UInt16) {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address, String(port), &hints, &list) == 0, let list else { return nil }
    defer { freeaddrinfo(list) }
    self.init(list.pointee.ai_addr, list.pointee.ai_addrlen)
  }

  var family: Int32 { Int32(storage.ss_family) }

  public var isIPv6: Bool { family == AF_INET6 }

  /// Whether the address is this machine's own loopback (127.0.0.0/8 or ::1).
  public var isLoopback: Bool {
    withPointer { pointer, _ in
      if family == AF_INET {
        return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          UInt32(bigEndian: $0.pointee.sin_addr.s_addr) >> 24 == 127
        }
      }
      return host == "::1"
    }
  }

  /// The address without its port.
  public var host: String {
    var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let result = withPointer {
      getnameinfo($0, $1, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
    }
    guard result == 0 else { return "?" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  public var port: UInt16 {
    withPointer { pointer, _ in
      if family == AF_INET6 {
        return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin6_port) }
      }
      return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
    }
  }

  public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  public static func == (left: SocketAddress, right: SocketAddress) -> Bool {
    left.description == right.description
  }
}
