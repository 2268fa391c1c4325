internal import CLinux
internal import Glibc
public import HTTP

/// Turns a destination into addresses, once, before a run.
public enum Resolver {
  /// All addresses, in the system's order of preference (RFC 6724), without duplicates.
  ///
  /// Addresses that an override gave are taken as they are, without any look-up.
  ///
  /// - Throws: ``LoadError/unresolved(host:reason:)``.
  public static func addresses(of destination: Destination) throws(LoadError) -> [SocketAddress] {
    if let given = destination.addresses {
      var addresses: [SocketAddress] = []
      for text in given {
        guard let address = SocketAddress(text, port: destination.port) else {
          throw .unresolved(host: text, reason: "not an IPv4 or IPv6 address")
        }
        addresses.append(address)
      }
      return addresses
    }
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(destination.host, String(destination.port), &hints, &list)
    guard result == 0 else {
      throw .unresolved(host: destination.host, reason: String(cString: gai_strerror(result)))
    }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var entry = list
    while let info = entry?.pointee {
      if let address = SocketAddress(info.ai_addr, info.ai_addrlen), !addresses.contains(address) {
        addresses.append(address)
      }
      entry = info.ai_next
    }
    guard !addresses.isEmpty else { throw .unresolved(host: destination.host, reason: "no address") }
    return addresses
  }
}
