package import Platform

/// Requests packed for a part: some ten bytes each, as base64.
///
/// A request is a row of variable-length numbers (LEB128, signed ones in zigzag): due time after that of the row before, sent
/// after due, done after sent, connection, backend + 1, generation + 1, status, failure + 1 with two flags below it and the template
/// above it.
package enum RecordPacking {
  /// Why a text does not hold such rows.
  package struct Damaged: Error {}

  /// A run keeps no more requests, nor due times: some 200 MB.
  package static let mostRows = 2_000_000

  /// How long the text of so many rows may be: of one row no number is near the largest that it could be.
  package static func longestText(rows: Int) -> Int { rows * 24 / 3 * 4 + 256 }

  package static func pack(_ records: [RequestRecord]) -> String {
    var numbers = PackedNumbers()
    var before: Nanoseconds = 0
    for record in records {
      numbers.append(signed: difference(record.due, before))
      numbers.append(signed: difference(record.sent, record.due))
      numbers.append(signed: difference(record.done, record.sent))
      numbers.append(UInt64(record.connection))
      numbers.append(UInt64((record.backend ?? -1) + 1))
      numbers.append(UInt64((record.generation ?? -1) + 1))
      numbers.append(UInt64(record.status ?? 0))
      let failure = record.failure.map { UInt64($0.rawValue) + 1 } ?? 0
      numbers.append(
        UInt64(record.template) << 10 | failure << 2 | (record.isRetry ? 1 : 0) | (record.isUpstreamRetried ? 2 : 0))
      before = record.due
    }
    return numbers.text
  }

  /// - Parameters:
  ///   - backends, generations: how many there are to refer to.
  ///   - most: how many rows there may be.
  package static func unpack(
    _ text: String, backends: Int, generations: Int, most: Int = mostRows
  ) throws(Damaged) -> [RequestRecord] {
    guard text.utf8.count <= longestText(rows: most), var rest = NumberReader(text) else { throw Damaged() }
    var records: [RequestRecord] = []
    var before: Nanoseconds = 0
    while !rest.isAtEnd {
      guard records.count < most else { throw Damaged() }
      let due = try sum(before, next(&rest))
      let sent = try sum(due, next(&rest))
      let done = try sum(sent, next(&rest))
      // Nothing is over before it was due.
      guard done >= due else { throw Damaged() }
      let connection = try next(&rest)
      let (backend, generation, status) = try (next(&rest), next(&rest), next(&rest))
      let last = try next(&rest)
      guard backend <= UInt64(backends), generation <= UInt64(generations), status < 1000, last >> 26 == 0 else {
        throw Damaged()
      }
      let kind = last >> 2 & 0xFF
      let failure = kind == 0 ? nil : FailureKind(rawValue: UInt8(kind - 1))
      guard (kind == 0) == (failure == nil) else { throw Damaged() }
      records.append(
        RequestRecord(
          due: due, sent: sent, done: done, connection: UInt32(truncatingIfNeeded: connection),
          backend: backend == 0 ? nil : Int(backend) - 1, generation: generation == 0 ? nil : Int(generation) - 1,
          status: status == 0 ? nil : Int(status), failure: failure, isRetry: last & 1 != 0,
          isUpstreamRetried: last & 2 != 0, template: UInt16(last >> 10)))
      before = due
    }
    return records
  }

  /// From a run's start to anything in it, in nanoseconds: 30 years.
  private static let longest: Int64 = 1_000_000_000_000_000_000

  /// Packs due times in order, each after the one before.
  package static func pack(dues: [Nanoseconds]) -> String {
    var numbers = PackedNumbers()
    var before: Nanoseconds = 0
    for due in dues {
      numbers.append(signed: difference(due, before))
      before = due
    }
    return numbers.text
  }

  package static func unpack(dues text: String, most: Int = mostRows) throws(Damaged) -> [Nanoseconds] {
    guard text.utf8.count <= longestText(rows: most), var rest = NumberReader(text) else { throw Damaged() }
    var dues: [Nanoseconds] = []
    var before: Nanoseconds = 0
    while !rest.isAtEnd {
      guard dues.count < most else { throw Damaged() }
      before = try sum(before, next(&rest))
      dues.append(before)
    }
    return dues
  }

  private static func difference(_ later: Nanoseconds, _ earlier: Nanoseconds) -> Int64 {
    Int64(bitPattern: later &- earlier)
  }

  /// A time after another by a number in zigzag.
  private static func sum(_ time: Nanoseconds, _ bits: UInt64) throws(Damaged) -> Nanoseconds {
    let step = Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1)
    let (sum, overflow) = Int64(bitPattern: time).addingReportingOverflow(step)
    guard !overflow, (0...longest).contains(sum) else { throw Damaged() }
    return Nanoseconds(sum)
  }

  private static func next(_ rest: inout NumberReader) throws(Damaged) -> UInt64 {
    guard let number = rest.next() else { throw Damaged() }
    return number
  }
}
