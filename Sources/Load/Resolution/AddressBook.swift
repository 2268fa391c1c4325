internal import Synchronization

/// Where new connections of a run go, which another thread may change while it goes on.
public final class AddressBook: Sendable {
  private let version = Atomic(0)
  private let current: Mutex<[SocketAddress]>

  public init(_ addresses: [SocketAddress]) { current = Mutex(addresses) }

  public var addresses: [SocketAddress] { current.withLock { $0 } }

  /// - Parameter addresses: at least one.
  public func replace(with addresses: [SocketAddress]) {
    guard !addresses.isEmpty else { return }
    current.withLock { $0 = addresses }
    version.add(1, ordering: .releasing)
  }

  /// Updates a worker's own copy where it is out of date; else this is one atomic load.
  @inline(__always)
  func refresh(_ copy: inout [SocketAddress], _ known: inout Int) {
    let version = version.load(ordering: .acquiring)
    guard version != known else { return }
    known = version
    copy = addresses
  }
}
