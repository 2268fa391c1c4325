/// The local addresses that clients connect from, one after another.
public enum SourceAddresses: Sendable, Equatable {
  /// The system's choice, for all.
  case system
  /// Each its own in 127.0.0.0/8.
  case loopback
  /// Different ones, in turn; at least one.
  case listed([SocketAddress])

  /// Addresses to connect to a target from.
  ///
  /// - Parameters:
  ///   - given: what the user lists; empty for the usual.
  ///   - targets: where the connections go.
  public init(given: [SocketAddress], to targets: [SocketAddress]) {
    var hosts: Set<String> = []
    let different = given.filter { hosts.insert($0.host).inserted }
    if !different.isEmpty {
      self = .listed(different)
    } else {
      self = targets.allSatisfy { $0.isLoopback && !$0.isIPv6 } ? .loopback : .system
    }
  }

  /// The address of a client; `nil` leaves it to the system.
  ///
  /// - Parameter client: from 0; of the loopback's, no two of 16 million are the same.
  public func address(of client: Int) -> SocketAddress? {
    switch self {
    case .system: nil
    case .loopback: Self.loopbackAddress(client)
    case .listed(let all): all[client % all.count]
    }
  }

  /// One that is neither the client's own nor another's, as far as there are enough.
  public func address(notOf client: Int, among clients: Int) -> SocketAddress? {
    switch self {
    case .system: nil
    case .loopback: address(of: client + clients)
    case .listed: address(of: client + 1)
    }
  }

  /// How many different ones there are.
  public var count: Int {
    switch self {
    case .system: 1
    case .loopback: Self.loopbackCount
    case .listed(let all): all.count
    }
  }

  /// Without those that end in 0 or 255.
  private static let loopbackCount = (1 << 16) * 254

  /// Balancers hash addresses by simple arithmetic: nginx's `ip_hash` takes the first three bytes, some take the last bits. So
  /// neighbours in the count differ in about half of all bits.
  private static func loopbackAddress(_ client: Int) -> SocketAddress? {
    let (high, low) = (client % loopbackCount).quotientAndRemainder(dividingBy: 254)
    var bits = UInt32(high) << 8 | UInt32(low + 1)
    // Each step is one to one, and so is leaving out the ends of the range.
    repeat { bits = mixed(bits) } while bits & 0xFF == 0 || bits & 0xFF == 0xFF
    return SocketAddress("127.\(bits >> 16).\(bits >> 8 & 0xFF).\(bits & 0xFF)", port: 0)
  }

  /// A permutation of the numbers of 24 bits: multiplications by odd numbers, and shifts.
  private static func mixed(_ number: UInt32) -> UInt32 {
    let mask: UInt32 = 0xFF_FFFF
    var bits = number &* 0xB5_297B & mask
    bits ^= bits >> 11
    bits = bits &* 0x68_E31D & mask
    bits ^= bits >> 13
    bits = bits &* 0x1B_56C5 & mask
    return bits ^ bits >> 12
  }
}
