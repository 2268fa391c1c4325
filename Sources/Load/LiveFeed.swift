internal import Platform

/// The figures of a run in progress, readable by any thread at any time.
public struct LiveFeed: Sendable {
  /// How many requests the run makes; `nil` where their number does not end it.
  public let requests: Int?
  private let counters: [LiveCounters]
  private let gate: WorkerGate

  init(_ counters: [LiveCounters], _ gate: WorkerGate, requests: Int?) {
    self.counters = counters
    self.gate = gate
    self.requests = requests
  }

  /// Whether the run has ended, so that its figures change no more.
  public var isOver: Bool { gate.isClosed }

  /// What the run has done so far; after its end, what it has done.
  public func snapshot() -> LiveSnapshot {
    LiveCounters.snapshot(of: counters, start: gate.start, elapsed: gate.elapsed)
  }
}
