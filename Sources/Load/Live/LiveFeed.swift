public import Platform
internal import Statistics

/// The figures of traffic in progress, readable by any thread at any time.
public struct LiveFeed: Sendable {
  /// How many requests are made; `nil` where their number does not end it.
  public let requests: Int?
  /// Whether the traffic has ended, so that the figures change no more.
  private let ended: @Sendable () -> Bool
  private let shown: @Sendable () -> LiveSnapshot
  private let counted: @Sendable () -> LiveFigures

  /// Of a run; after its end, what it has done.
  init(_ counters: [LiveCounters], _ gate: WorkerGate, requests: Int?) {
    self.requests = requests
    ended = { gate.isClosed }
    shown = { LiveCounters.snapshot(of: counters, start: gate.start, elapsed: gate.elapsed) }
    counted = { LiveCounters.figures(of: counters) }
  }

  /// Of traffic that is made without a run.
  ///
  /// - Parameters:
  ///   - start: when it began.
  ///   - measured: what was measured so far.
  public init(since start: Nanoseconds, requests: Int? = nil, _ measured: @escaping @Sendable () -> Measurements) {
    self.requests = requests
    ended = { false }
    shown = { LiveSnapshot(measured(), start: start, elapsed: MonotonicClock.now() - start) }
    counted = { LiveFigures(measured()) }
  }

  public var isOver: Bool { ended() }

  /// What is shown in a line.
  public func snapshot() -> LiveSnapshot { shown() }

  /// All that is counted.
  public func figures() -> LiveFigures { counted() }
}

extension LiveSnapshot {
  fileprivate init(_ measured: Measurements, start: Nanoseconds, elapsed: Nanoseconds) {
    self.init(
      start: start, elapsed: elapsed, succeeded: measured.succeeded, failed: measured.failed,
      p50: measured.latency.value(atPercentile: 50), p99: measured.latency.value(atPercentile: 99),
      slowest: measured.latency.max,
      backends: measured.backends.map { ($0.name, $0.succeeded) }, recent: nil)
  }
}
