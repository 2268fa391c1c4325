internal import Load
internal import Platform
internal import Synchronization

/// Looks a name up again and again, and has new connections go to where it leads.
final class AddressWatch: Sendable {
  /// Looks the name up: its addresses, and for how long they may be used.
  typealias LookUp = @Sendable () throws -> (addresses: [SocketAddress], lifetime: Nanoseconds)

  /// Looked up no more often, and no more rarely.
  static let interval: ClosedRange<Nanoseconds> = 1_000_000_000...3_600_000_000_000
  /// After a look-up that failed.
  private static let again: Nanoseconds = 5_000_000_000

  private let book: AddressBook
  private let lookUp: LookUp
  private let changed: @Sendable ([SocketAddress], [SocketAddress]) -> Void
  private let isStopped = Mutex(false)

  /// - Parameters:
  ///   - book: holds the addresses in use.
  ///   - changed: is told the earlier addresses and the new ones.
  init(
    _ book: AddressBook, lookUp: @escaping LookUp,
    changed: @escaping @Sendable ([SocketAddress], [SocketAddress]) -> Void
  ) {
    self.book = book
    self.lookUp = lookUp
    self.changed = changed
  }

  /// Begins at once, on a thread of its own.
  func start() throws(SystemError) {
    try KernelThread(named: "lbcheck-resolver") { [self] in
      var next = MonotonicClock.now()
      while !isStopped.withLock({ $0 }) {
        MonotonicClock.sleep(100_000_000)
        if MonotonicClock.now() >= next { next = MonotonicClock.now() + look() }
      }
    }.detach()
  }

  func stop() { isStopped.withLock { $0 = true } }

  /// Looks once.
  ///
  /// - Returns: when to look again, from now.
  func look() -> Nanoseconds {
    guard let (found, lifetime) = try? lookUp() else { return Self.again }
    let before = book.addresses
    // Of the families in use, as far as there are any: the others were left out because they do not answer.
    let families = Set(before.map(\.isIPv6))
    let same = found.filter { families.contains($0.isIPv6) }
    let now = same.isEmpty ? found : same
    if !now.isEmpty, Set(now.map(\.description)) != Set(before.map(\.description)) {
      book.replace(with: now)
      changed(before, now)
    }
    return min(max(lifetime, Self.interval.lowerBound), Self.interval.upperBound)
  }
}
