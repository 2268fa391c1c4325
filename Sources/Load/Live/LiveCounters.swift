internal import HTTP
internal import Platform
internal import Statistics
internal import Synchronization

/// One worker's live figures: written by that worker alone, read by any thread, with relaxed ordering.
///
/// A single writer needs no atomic addition: a load and a store are plain moves.
final class LiveCounters: Sendable {
  /// The first backends have a distribution each; the others only count.
  static let distributions = 32
  private static let backendLimit = 512

  /// Where each kind of figure begins among the slots.
  private enum Place {
    static let latency = 0
    static let backendLatency = latency + CoarseHistogram.bucketLimit
    static let backendSucceeded = backendLatency + distributions * CoarseHistogram.bucketLimit
    static let backendFailed = backendSucceeded + backendLimit
    static let generationAnswers = backendFailed + backendLimit
    static let generationFirst = generationAnswers + Generation.limit
    static let generationLast = generationFirst + Generation.limit
    static let failures = generationLast + Generation.limit
    static let succeeded = failures + FailureKind.allCases.count
    static let latencySum = succeeded + 1
    /// One more than when the last of them was due that failed; 0 where none did.
    static let lastFailureDue = latencySum + 1
    static let end = lastFailureDue + 1
  }

  private struct Names {
    var backends: [String] = []
    var generations: [Generation] = []
  }

  private nonisolated(unsafe) let slots: UnsafeMutablePointer<Atomic<UInt64>>
  private let names = Mutex(Names())
  private let recent: RecentSlots?
  private let sequence = Mutex(LatencySequence())

  init(watchesRecent: Bool = false) {
    recent = watchesRecent ? RecentSlots() : nil
    slots = .allocate(capacity: Place.end)
    for slot in 0..<Place.end { (slots + slot).initialize(to: Atomic(0)) }
  }

  deinit {
    slots.deinitialize(count: Place.end)
    slots.deallocate()
  }

  /// The latencies that the worker handed over last.
  var latencies: LatencySequence { sequence.withLock { $0 } }

  /// Hands over the latencies so far; only in a run that ends by how well one of them is known.
  func publish(_ latencies: LatencySequence) { sequence.withLock { $0 = latencies } }

  // MARK: Counting, by the worker

  @inline(__always)
  private func add(_ value: UInt64, to slot: Int) {
    slots[slot].store(slots[slot].load(ordering: .relaxed) &+ value, ordering: .relaxed)
  }

  @inline(__always)
  func begin(due: Nanoseconds) { recent?.begin(due: due) }

  /// Publishes when the next request is due; the largest number after the last.
  @inline(__always)
  func announce(next due: Nanoseconds) { recent?.announce(next: due) }

  /// Counts a success.
  ///
  /// - Parameters:
  ///   - bucket: its latency's in a ``CoarseHistogram``.
  ///   - backend: which backend answered, and which generation of it; below 0 for none.
  ///   - now: when it did.
  @inline(__always)
  func success(
    due: Nanoseconds, latency: Nanoseconds, bucket: Int, backend: Int, generation: Int, at now: Nanoseconds
  ) {
    recent?.finish(due: due, failed: false)
    add(1, to: Place.succeeded)
    add(latency, to: Place.latencySum)
    add(1, to: Place.latency + bucket)
    guard backend >= 0 else { return }
    add(1, to: Place.backendSucceeded + backend)
    if backend < Self.distributions {
      add(1, to: Place.backendLatency + backend * CoarseHistogram.bucketLimit + bucket)
    }
    if generation >= 0 { answer(of: generation, at: now) }
  }

  @inline(__always)
  private func answer(of generation: Int, at now: Nanoseconds) {
    if slots[Place.generationAnswers + generation].load(ordering: .relaxed) == 0 {
      slots[Place.generationFirst + generation].store(now, ordering: .relaxed)
    }
    slots[Place.generationLast + generation].store(now, ordering: .relaxed)
    add(1, to: Place.generationAnswers + generation)
  }

  /// Counts a failure.
  ///
  /// - Parameter backend: which one answered, below 0 for none.
  func failure(due: Nanoseconds, _ kind: FailureKind, backend: Int) {
    recent?.finish(due: due, failed: true)
    let last = slots[Place.lastFailureDue].load(ordering: .relaxed)
    slots[Place.lastFailureDue].store(max(last, due &+ 1), ordering: .relaxed)
    add(1, to: Place.failures + Int(kind.rawValue))
    if backend >= 0 { add(1, to: Place.backendFailed + backend) }
  }

  func name(_ backend: String) { names.withLock { $0.backends.append(backend) } }

  func name(_ generation: Generation) { names.withLock { $0.generations.append(generation) } }

  /// Begins to number generations anew.
  func forgetGenerations() {
    names.withLock { names in
      names.generations = []
      for slot in Place.generationAnswers..<Place.failures { slots[slot].store(0, ordering: .relaxed) }
    }
  }

  // MARK: Reading, by any thread

  @inline(__always)
  private func value(_ slot: Int) -> UInt64 { slots[slot].load(ordering: .relaxed) }

  /// Adds up the distribution of successful requests.
  private func addLatencies(from place: Int, to histogram: inout CoarseHistogram) {
    for bucket in 0..<CoarseHistogram.bucketLimit {
      let count = value(place + bucket)
      if count > 0 { histogram.add(count, toBucket: bucket) }
    }
  }

  /// Successes and failures of each backend, names that stand for no backend left out.
  private static func answers(of all: [LiveCounters]) -> [LiveFigures.Backend] {
    var backends: [LiveFigures.Backend] = []
    var places: [String: Int] = [:]
    for counters in all {
      for (index, name) in counters.names.withLock({ $0.backends }).enumerated() {
        let place = places[name] ?? backends.count
        if place == backends.count {
          places[name] = place
          backends.append(LiveFigures.Backend(name: name))
        }
        backends[place].succeeded += Int(counters.value(Place.backendSucceeded + index))
        backends[place].failed += Int(counters.value(Place.backendFailed + index))
      }
    }
    // A name without any success has stood on errors so far.
    let nobodies = Set(
      NamedAnswers.nobodies(
        among: backends.map {
          NamedAnswers(name: $0.name, badGateways: $0.succeeded > 0 ? 0 : 1, others: $0.succeeded)
        }))
    return backends.indices.filter { !nobodies.contains($0) }.map { backends[$0] }
  }

  static func snapshot(of all: [LiveCounters], start: Nanoseconds, elapsed: Nanoseconds) -> LiveSnapshot {
    func sum(_ slots: Range<Int>) -> Int {
      all.reduce(0) { sum, counters in slots.reduce(sum) { $0 + Int(counters.value($1)) } }
    }
    var latency = CoarseHistogram()
    for counters in all { counters.addLatencies(from: Place.latency, to: &latency) }
    let recent = all.compactMap(\.recent)
    return LiveSnapshot(
      start: start, elapsed: elapsed, succeeded: sum(Place.succeeded..<Place.succeeded + 1),
      failed: sum(Place.failures..<Place.succeeded), p50: latency.value(atPercentile: 50),
      p99: latency.value(atPercentile: 99), slowest: latency.value(atPercentile: 100),
      backends: answers(of: all).map { ($0.name, $0.succeeded) },
      recent: recent.isEmpty ? nil : RecentSlots.sum(recent, at: elapsed))
  }

  static func figures(of all: [LiveCounters]) -> LiveFigures {
    var figures = LiveFigures()
    figures.backends = answers(of: all)
    for counters in all {
      figures.succeeded += Int(counters.value(Place.succeeded))
      figures.latencySum += Double(counters.value(Place.latencySum)) / 1e9
      let due = counters.value(Place.lastFailureDue)
      if due > 0 { figures.lastFailureDue = max(figures.lastFailureDue ?? 0, due - 1) }
      for kind in FailureKind.allCases {
        let count = Int(counters.value(Place.failures + Int(kind.rawValue)))
        if count > 0 { figures.failures[kind.name, default: 0] += count }
      }
      counters.addLatencies(from: Place.latency, to: &figures.latency)
      let names = counters.names.withLock { $0 }
      for (index, name) in names.backends.prefix(distributions).enumerated() {
        guard let place = figures.backends.firstIndex(where: { $0.name == name }) else { continue }
        counters.addLatencies(
          from: Place.backendLatency + index * CoarseHistogram.bucketLimit, to: &figures.backends[place].latency)
      }
      for (index, generation) in names.generations.enumerated() {
        let answers = Int(counters.value(Place.generationAnswers + index))
        guard answers > 0 else { continue }
        figures.add(
          LiveFigures.Life(
            backend: names.backends[generation.backend], generation: generation.name,
            first: counters.value(Place.generationFirst + index), last: counters.value(Place.generationLast + index),
            answers: answers))
      }
    }
    return figures
  }
}
