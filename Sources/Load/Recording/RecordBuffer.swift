internal import HTTP
internal import Platform

/// One worker's requests until there are enough of them to pass on, or the first of them has waited long enough.
struct RecordBuffer {
  static let chunkSize = 2048

  /// How long the first may wait.
  private let delay: Nanoseconds
  /// When that is over, as a time of the run; `.max` where none waits.
  private(set) var due = Nanoseconds.max
  private let queue: RecordQueue
  private let worker: (index: UInt32, count: UInt32)
  private var records: [RequestRecord] = []
  private var backends: [String] = []
  private var generations: [String] = []

  /// How many of the worker's pauses have been passed on.
  private var pauses = 0

  init(to queue: RecordQueue, worker index: Int, of count: Int, within delay: Nanoseconds) {
    self.queue = queue
    self.delay = delay
    worker = (UInt32(index), UInt32(count))
    records.reserveCapacity(capacity)
  }

  /// Where chunks are passed on early they are small.
  private var capacity: Int { delay == .max ? Self.chunkSize : 64 }

  /// - Returns: whether it is full, so that it has to be emptied by ``handOn(_:_:)``.
  mutating func append(_ record: RequestRecord) -> Bool {
    var record = record
    // The others' connections are not known before the run's end.
    record.connection = record.connection &* worker.count &+ worker.index
    if records.isEmpty, delay != .max { due = record.done + delay }
    records.append(record)
    return records.count >= Self.chunkSize
  }

  /// Passes on what there is, with the names that the worker knows by now.
  ///
  /// - Parameters:
  ///   - open: when the earliest request was due that has no outcome.
  ///   - all: the worker's pauses so far.
  mutating func handOn(
    _ backends: borrowing BackendTable, _ generations: borrowing GenerationTable, open: Nanoseconds,
    pauses all: [GeneratorPause]
  ) {
    due = .max
    guard !records.isEmpty else { return }
    while self.backends.count < backends.names.count {
      self.backends.append(backends.names[self.backends.count].withUnsafeBytes(Fingerprint.text))
    }
    while self.generations.count < generations.count {
      self.generations.append(generations.name(at: self.generations.count))
    }
    queue.put(
      RecordChunk(
        records: records, backends: self.backends, generations: self.generations, open: open,
        pauses: Array(all.dropFirst(pauses))))
    pauses = all.count
    records = []
    records.reserveCapacity(capacity)
  }

  /// The worker numbers generations from the beginning again.
  mutating func forgetGenerations() { generations = [] }
}
