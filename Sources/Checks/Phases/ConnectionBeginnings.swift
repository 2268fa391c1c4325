internal import Load
internal import Platform

/// When each connection of a run carried its first request: records in, answers out.
struct ConnectionBeginnings {
  private let first: [UInt32: Nanoseconds]

  /// - Parameter records: all of the run, in any order.
  init(_ records: [RequestRecord]) {
    first = Dictionary(records.lazy.map { ($0.connection, $0.sent) }, uniquingKeysWith: min)
  }

  /// Whether a request was the first of its connection, and not one on a connection that had been kept.
  func isFirst(_ record: RequestRecord) -> Bool { first[record.connection] == record.sent }
}
