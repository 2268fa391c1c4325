internal import Synchronization

/// Asks runs and probes to end soon, from any thread or a signal handler's thread.
public final class StopSignal: Sendable {
  private let flag = Atomic<Bool>(false)

  public init() {}

  public func stop() { flag.store(true, ordering: .relaxed) }

  @inline(__always)
  public var isStopped: Bool { flag.load(ordering: .relaxed) }
}
