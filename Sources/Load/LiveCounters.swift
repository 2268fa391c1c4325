internal import HTTP
public import Platform
internal import Synchronization

/// What a run has done so far, readable while it goes on.
public struct LiveSnapshot: Sendable {
  /// The clock's reading at which the run began.
  public let start: Nanoseconds
  public let elapsed: Nanoseconds
  public let succeeded: Int
  public let failed: Int
  /// Approximate latency percentiles of successful requests (within 13 %), in nanoseconds; `nil` before the first.
  public let p50: Nanoseconds?
  public let p99: Nanoseconds?
  /// The longest, with the same precision.
  public let slowest: Nanoseconds?
  /// Successful answers by backend, in order of appearance; names that stand for no backend are left out.
  public let backends: [(name: String, requests: Int)]
  /// `nil` unless the plan asks for it.
  public let recent: RecentRequests?
}

/// One worker's live figures: written by that worker alone, read by any thread, with relaxed ordering.
///
/// A single writer needs no atomic addition: a load and a store are plain moves.
final class LiveCounters: Sendable {
  private static let octaves = 40
  private static let bucketCount = octaves * 8
  private static let backendCount = 512
  private static let succeededSlot = bucketCount + backendCount
  private static let failedSlot = succeededSlot + 1

  private nonisolated(unsafe) let slots: UnsafeMutablePointer<Atomic<UInt64>>
  private let names = Mutex<[String]>([])
  private let recent: RecentSlots?

  init(watchesRecent: Bool = false) {
    recent = watchesRecent ? RecentSlots() : nil
    slots = .allocate(capacity: LiveCounters.failedSlot + 1)
    for slot in 0...LiveCounters.failedSlot { (slots + slot).initialize(to: Atomic(0)) }
  }

  deinit {
    slots.deinitialize(count: LiveCounters.failedSlot + 1)
    slots.deallocate()
  }

  @inline(__always)
  private func increment(_ slot: Int) {
    slots[slot].store(slots[slot].load(ordering: .relaxed) &+ 1, ordering: .relaxed)
  }

  @inline(__always)
  func begin(due: Nanoseconds) { recent?.begin(due: due) }

  /// Publishes when the next request is due; the largest number after the last.
  @inline(__always)
  func announce(next due: Nanoseconds) { recent?.announce(next: due) }

  @inline(__always)
  func success(due: Nanoseconds, latency: Nanoseconds, backend: Int) {
    recent?.finish(due: due, failed: false)
    increment(LiveCounters.succeededSlot)
    increment(LiveCounters.bucket(latency))
    if backend >= 0 { increment(LiveCounters.bucketCount + backend) }
  }

  func failure(due: Nanoseconds) {
    recent?.finish(due: due, failed: true)
    increment(LiveCounters.failedSlot)
  }

  func name(_ backend: String) { names.withLock { $0.append(backend) } }

  /// Eight buckets an octave, from 8 ns up.
  @inline(__always)
  private static func bucket(_ value: Nanoseconds) -> Int {
    let value = max(8, min(value, 1 << 40))
    let exponent = 63 - value.leadingZeroBitCount
    return (exponent - 3) * 8 + Int(value >> UInt64(exponent - 3)) & 7
  }

  private static func highest(in bucket: Int) -> Nanoseconds {
    Nanoseconds(bucket % 8 + 9) << UInt64(bucket / 8)
  }

  static func snapshot(of all: [LiveCounters], start: Nanoseconds, elapsed: Nanoseconds) -> LiveSnapshot {
    func sum(_ slot: Int) -> Int {
      all.reduce(0) { $0 + Int($1.slots[slot].load(ordering: .relaxed)) }
    }
    let buckets = (0..<bucketCount).map(sum)
    let total = buckets.reduce(0, +)
    func percentile(_ share: Double) -> Nanoseconds? {
      var left = Int((Double(total) * share).rounded(.up))
      return total == 0
        ? nil
        : buckets.firstIndex { count in
          left -= count
          return left <= 0
        }.map(highest)
    }
    var backends: [(name: String, requests: Int)] = []
    for counters in all {
      for (index, name) in counters.names.withLock({ $0 }).enumerated() {
        let count = Int(counters.slots[bucketCount + index].load(ordering: .relaxed))
        if let known = backends.firstIndex(where: { $0.name == name }) {
          backends[known].requests += count
        } else {
          backends.append((name, count))
        }
      }
    }
    // Only successes are counted here: a name without any has stood on errors so far.
    let nobodies = Set(
      NamedAnswers.nobodies(
        among: backends.map { NamedAnswers(name: $0.name, badGateways: $0.requests > 0 ? 0 : 1, others: $0.requests) }
      ))
    backends = backends.indices.filter { !nobodies.contains($0) }.map { backends[$0] }
    let recent = all.compactMap(\.recent)
    return LiveSnapshot(
      start: start, elapsed: elapsed, succeeded: sum(succeededSlot), failed: sum(failedSlot),
      p50: percentile(0.5), p99: percentile(0.99), slowest: percentile(1), backends: backends,
      recent: recent.isEmpty ? nil : RecentSlots.sum(recent, at: elapsed))
  }
}
