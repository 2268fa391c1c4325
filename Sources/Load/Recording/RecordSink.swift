public import Platform

/// Takes the requests of a run while it goes on, each once, with its outcome.
///
/// One thread calls it, beside those that make the traffic. A sink that fails reports no error and drops what
/// follows: the run must not end for it.
public protocol RecordSink: Sendable {
  /// A run begins; what an earlier run gave is void.
  func begin()
  func take(_ chunk: RecordChunk)
}

/// Some requests of one worker, in order of completion.
public struct RecordChunk: Sendable {
  /// Their ``RequestRecord/backend`` and ``RequestRecord/generation`` are indices into this chunk's names; connections are
  /// numbered uniquely within the run, by other numbers than in ``Measurements/records``.
  public var records: [RequestRecord]
  public var backends: [String]
  public var generations: [String]
  /// When the earliest of the worker's requests was due that has no outcome yet; `.max` where none is to come.
  public var open: Nanoseconds
  /// The worker's pauses that were noticed since its last chunk; requests due meanwhile may still be sent late.
  public var pauses: [GeneratorPause]

  public init(
    records: [RequestRecord], backends: [String], generations: [String], open: Nanoseconds = .max,
    pauses: [GeneratorPause] = []
  ) {
    self.records = records
    self.backends = backends
    self.generations = generations
    self.open = open
    self.pauses = pauses
  }
}
