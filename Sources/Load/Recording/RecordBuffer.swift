internal import HTTP

/// One worker's requests until there are enough of them to pass on.
struct RecordBuffer {
  static let chunkSize = 2048

  private let queue: RecordQueue
  private let worker: (index: UInt32, count: UInt32)
  private var records: [RequestRecord] = []
  private var backends: [String] = []
  private var generations: [String] = []

  init(to queue: RecordQueue, worker index: Int, of count: Int) {
    self.queue = queue
    worker = (UInt32(index), UInt32(count))
    records.reserveCapacity(Self.chunkSize)
  }

  /// - Returns: whether it is full, so that it has to be emptied by ``handOn(_:_:)``.
  mutating func append(_ record: RequestRecord) -> Bool {
    var record = record
    // The others' connections are not known before the run's end.
    record.connection = record.connection &* worker.count &+ worker.index
    records.append(record)
    return records.count >= Self.chunkSize
  }

  /// Passes on what there is, with the names that the worker knows by now.
  mutating func handOn(_ backends: borrowing BackendTable, _ generations: borrowing GenerationTable) {
    guard !records.isEmpty else { return }
    while self.backends.count < backends.names.count {
      self.backends.append(backends.names[self.backends.count].withUnsafeBytes(Fingerprint.text))
    }
    while self.generations.count < generations.count {
      self.generations.append(generations.name(at: self.generations.count))
    }
    queue.put(RecordChunk(records: records, backends: self.backends, generations: self.generations))
    records = []
    records.reserveCapacity(Self.chunkSize)
  }
}
