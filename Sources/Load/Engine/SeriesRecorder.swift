internal import Platform
internal import Statistics

/// Counts one worker's requests by the second in which they were due.
///
/// The latest seconds have a row of counts each, so that counting takes no allocation; when a later second needs a row, the second
/// that it held is stored in compact form.
struct SeriesRecorder: ~Copyable {
  /// One second's row.
  private struct Row {
    /// The second's number plus one; 0 is none.
    var second: UInt64 = 0
    var requests: UInt32 = 0
    var failed: UInt32 = 0
    var slowest: Nanoseconds = 0
  }

  /// How many seconds have rows: as long as most timeouts, so that few outcomes come later.
  private static let rowCount = 32

  private let rows: UnsafeMutablePointer<Row>
  /// For each row, successes by bucket.
  private let latencies: UnsafeMutablePointer<UInt32>
  /// For each row, answers by backend.
  private let answers: UnsafeMutablePointer<UInt32>
  private let backendLimit: Int
  /// The row that was last counted in, and when its second begins.
  private var row = 0
  private var begin: Nanoseconds = 0
  private var past: TrafficSeries

  /// - Parameters:
  ///   - backendLimit: the most backends that there may be.
  ///   - isInMinutes: whether a minute is the shortest interval that is kept.
  init(backendLimit: Int, isInMinutes: Bool = false) {
    self.backendLimit = backendLimit
    past = isInMinutes ? .inMinutes : TrafficSeries()
    rows = .allocate(capacity: Self.rowCount)
    rows.initialize(repeating: Row(), count: Self.rowCount)
    rows[0].second = 1
    // Touched once now: the first use of memory takes time.
    latencies = .allocate(capacity: Self.rowCount * CoarseHistogram.bucketLimit)
    latencies.initialize(repeating: 0, count: Self.rowCount * CoarseHistogram.bucketLimit)
    answers = .allocate(capacity: max(1, Self.rowCount * backendLimit))
    answers.initialize(repeating: 0, count: max(1, Self.rowCount * backendLimit))
  }

  deinit {
    rows.deallocate()
    latencies.deallocate()
    answers.deallocate()
  }

  /// Counts a success.
  ///
  /// - Parameters:
  ///   - bucket: its latency's in a ``CoarseHistogram``.
  ///   - backend: which backend answered, below 0 if none did.
  @inline(__always)
  mutating func success(due: Nanoseconds, latency: Nanoseconds, bucket: Int, backend: Int) {
    guard take(due) else { return addLate(due: due, latency: latency, bucket: bucket, backend: backend) }
    rows[row].requests &+= 1
    if latency > rows[row].slowest { rows[row].slowest = latency }
    latencies[row * CoarseHistogram.bucketLimit + bucket] &+= 1
    if backend >= 0 { answers[row * backendLimit + backend] &+= 1 }
  }

  /// Counts a failure.
  mutating func failure(due: Nanoseconds, backend: Int) {
    guard take(due) else { return addLate(due: due, latency: 0, bucket: -1, backend: backend) }
    rows[row].requests &+= 1
    rows[row].failed &+= 1
    if backend >= 0 { answers[row * backendLimit + backend] &+= 1 }
  }

  /// Takes the row of a second; `false` where a later one has it.
  @inline(__always)
  private mutating func take(_ due: Nanoseconds) -> Bool {
    due &- begin < TrafficSeries.shortest || turn(to: due)
  }

  @inline(never)
  private mutating func turn(to due: Nanoseconds) -> Bool {
    let second = due / TrafficSeries.shortest
    let slot = Int(second % UInt64(Self.rowCount))
    guard rows[slot].second <= second + 1 else { return false }
    if rows[slot].second < second + 1 {
      compact(slot)
      rows[slot].second = second + 1
    }
    row = slot
    begin = second * TrafficSeries.shortest
    return true
  }

  /// Empties a row.
  private mutating func compact(_ slot: Int) {
    let held = rows[slot]
    guard held.requests > 0 else { return }
    var point = TrafficSeries.Point()
    point.requests = Int(held.requests)
    point.failed = Int(held.failed)
    point.slowest = held.slowest
    let counts = latencies + slot * CoarseHistogram.bucketLimit
    for bucket in 0..<CoarseHistogram.bucketLimit where counts[bucket] > 0 {
      point.latency.add(UInt64(counts[bucket]), toBucket: bucket)
    }
    counts.update(repeating: 0, count: CoarseHistogram.bucketLimit)
    let named = answers + slot * backendLimit
    if let last = (0..<backendLimit).last(where: { named[$0] > 0 }) {
      point.answers = (0...last).map { Int(named[$0]) }
    }
    named.update(repeating: 0, count: backendLimit)
    rows[slot] = Row()
    past.add(point, due: (held.second - 1) * TrafficSeries.shortest)
  }

  @inline(never)
  private mutating func addLate(due: Nanoseconds, latency: Nanoseconds, bucket: Int, backend: Int) {
    var point = TrafficSeries.Point()
    point.requests = 1
    point.slowest = latency
    if bucket >= 0 { point.latency.add(1, toBucket: bucket) } else { point.failed = 1 }
    if backend >= 0 { point.answers = Array(repeating: 0, count: backend) + [1] }
    past.add(point, due: due)
  }

  /// All that was counted.
  mutating func take() -> TrafficSeries {
    for slot in 0..<Self.rowCount { compact(slot) }
    return past
  }
}
