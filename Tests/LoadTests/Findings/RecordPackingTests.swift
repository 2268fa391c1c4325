import Platform
import Testing

@testable import Load

@Suite struct RecordPackingTests {
  private let records = [
    RequestRecord(due: 1_000, sent: 1_500, done: 2_000_000, connection: 0, backend: 0, generation: 2, status: 200),
    // Never sent: its time of sending is before it was due.
    RequestRecord(due: 5_000_000_000, sent: 0, done: 5_000_000_001, connection: .max, failure: .refused),
    RequestRecord(
      due: 0, sent: 7, done: 300_000_000_000, connection: 41, backend: 511, status: 999, failure: .status,
      isRetry: true, isUpstreamRetried: true),
    RequestRecord(due: 1, sent: 2, done: 3, connection: 1, status: 200, template: 1),
    RequestRecord(due: 1, sent: 2, done: 3, connection: 1, failure: .reset, isRetry: true, template: .max),
  ]

  @Test("Requests come back from their packed form as they were, in some ten bytes each")
  func roundTrip() throws {
    let packed = RecordPacking.pack(records)
    #expect(try RecordPacking.unpack(packed, backends: 512, generations: 3) == records)
    #expect(RecordPacking.pack([]) == "")
    let many = (0..<1000).map { index in
      let due = Nanoseconds(index) * 1_000_000
      return RequestRecord(due: due, sent: due + 20_000, done: due + 900_000, connection: 7, backend: 1, status: 200)
    }
    #expect(RecordPacking.pack(many).utf8.count < 25 * many.count)
    #expect(try RecordPacking.unpack(RecordPacking.pack(many), backends: 2, generations: 0) == many)
  }

  @Test("What is cut off, refers to nobody or is no base64 is refused")
  func damage() {
    let packed = RecordPacking.pack(records)
    for text in [String(packed.dropLast(4)), packed + "!", "AAAA", String(repeating: "/", count: 40)] {
      #expect(throws: RecordPacking.Damaged.self) {
        try RecordPacking.unpack(text, backends: 512, generations: 3)
      }
    }
    #expect(throws: RecordPacking.Damaged.self) { try RecordPacking.unpack(packed, backends: 511, generations: 3) }
    #expect(throws: RecordPacking.Damaged.self) { try RecordPacking.unpack(packed, backends: 512, generations: 2) }
  }

  @Test("More rows than a run keeps are refused, however few bytes they take")
  func many() throws {
    let packed = RecordPacking.pack(records)
    #expect(try RecordPacking.unpack(packed, backends: 512, generations: 3, most: 5) == records)
    #expect(throws: RecordPacking.Damaged.self) {
      try RecordPacking.unpack(packed, backends: 512, generations: 3, most: 4)
    }
    let dues = RecordPacking.pack(dues: [1, 2, 3])
    #expect(try RecordPacking.unpack(dues: dues, most: 3) == [1, 2, 3])
    #expect(throws: RecordPacking.Damaged.self) { try RecordPacking.unpack(dues: dues, most: 2) }
  }

  @Test("Due times without an outcome survive a part, and damaged ones are refused")
  func dues() throws {
    let dues: [Nanoseconds] = [0, 5, 5, 10_000_000_000, 9_999_999_999, 1 << 50]
    #expect(try RecordPacking.unpack(dues: RecordPacking.pack(dues: dues)) == dues)
    #expect(throws: RecordPacking.Damaged.self) { try RecordPacking.unpack(dues: "gA==") }
  }
}
