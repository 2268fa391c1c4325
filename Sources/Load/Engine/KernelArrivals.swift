internal import Glibc
internal import Platform

/// When what a worker receives reaches this machine, by the kernel's clock.
struct KernelArrivals: ~Copyable {
  /// Whether that is asked for.
  let areRead: Bool
  private var clock: ArrivalClock
  /// Keeps the kernel noting times; -1 where it does not.
  private let stamping: Int32
  /// When what was received last had come, by the monotonic clock; 0 where the kernel's does not tell.
  private var last: Nanoseconds = 0

  init(_ plan: Plan, _ clock: TimeSource) {
    areRead = plan.readsKernelClock
    self.clock = ArrivalClock(clock)
    stamping = areRead ? plan.addresses.first.map { Socket.openStamping(like: $0) } ?? -1 : -1
  }

  deinit { if stamping >= 0 { close(stamping) } }

  /// Notes when what was received last had come.
  ///
  /// - Parameters:
  ///   - transport: what received it.
  ///   - now: the monotonic clock, as it was just read.
  @inline(__always)
  mutating func note(_ transport: inout Transport, at now: Nanoseconds) {
    last = clock.time(of: transport.stamp, readAt: now) ?? 0
    // A segment behind a gap came before it could be read. Where it was read at once that makes no difference, and to ask takes time.
    if last > 0, now - last > Self.ordinaryDelay, !transport.cameInOrder() { last = 0 }
  }

  /// When that was, if it can be of the answer to what was sent at a time; `nil` where the kernel's clock does not tell.
  @inline(__always)
  func time(after sent: Nanoseconds) -> Nanoseconds? {
    last > 0 && clock.isPossible(last, after: sent) ? last : nil
  }

  /// Up to this is what waking up takes, and other answers.
  private static let ordinaryDelay: Nanoseconds = 100_000
}
