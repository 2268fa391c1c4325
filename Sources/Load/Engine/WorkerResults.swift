internal import CLinux
internal import Glibc
internal import Platform
internal import Synchronization

/// Collects the workers' results, and lets one thread wait for them.
final class WorkerResults: Sendable {
  private let results = Mutex<[Int: WorkerResult]>([:])
  /// Readable once for each result.
  private let event = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))

  deinit { close(event) }

  func put(_ result: WorkerResult, from worker: Int) {
    results.withLock { $0[worker] = result }
    var one: UInt64 = 1
    write(event, &one, 8)
  }

  var hasError: Bool { results.withLock { $0.values.contains { $0.error != nil } } }

  /// In the order of the workers.
  var sorted: [WorkerResult] {
    results.withLock { results in results.sorted { $0.key < $1.key }.map(\.value) }
  }

  /// Waits until `count` results are there or the time is up; `true` in the first case.
  func wait(for count: Int, atMost limit: Nanoseconds) -> Bool {
    let end = MonotonicClock.now() + limit
    while results.withLock({ $0.count }) < count {
      guard MonotonicClock.now() < end else { return false }
      System.wait(for: .reading, of: [event], until: end)
      var number: UInt64 = 0
      read(event, &number, 8)
    }
    return true
  }
}
