import Foundation
import Testing

@testable import Statistics

@Suite struct LatencySequenceCodingTests {
  private static func sequence(of values: [UInt64]) -> LatencySequence {
    var sequence = LatencySequence()
    for value in values { sequence.append(value) }
    return sequence
  }

  @Test("What is written is read as it was", arguments: [[], [0], [1, 2_000_000, 3, 300_000_000_000, .max]])
  func coding(values: [UInt64]) throws {
    let sequence = Self.sequence(of: values)
    let read = try JSONDecoder().decode(LatencySequence.self, from: try JSONEncoder().encode(sequence))
    #expect(read == sequence && read.count == values.count)
  }

  @Test("A file holds one of several neighbours of a long sequence, over its whole length")
  func long() throws {
    let sequence = Self.sequence(of: (0..<200_000).map { $0 * 1_000 })
    let text = try JSONEncoder().encode(sequence)
    #expect(text.count < 4 * LatencySequence.filedLimit)
    let read = try JSONDecoder().decode(LatencySequence.self, from: text)
    #expect(read == sequence.filed && read.stride == 4 && read.count == 50_000)
    let all = Set(sequence.buckets)
    #expect(read.buckets.allSatisfy(all.contains))
    #expect(try #require(read.buckets.last) >= sequence.buckets[sequence.count - 4])
  }

  @Test(
    "What no sequence has written is refused",
    arguments: [
      #"{"stride": 1}"#, #"{"values": "AAA="}"#, #"{"stride": 3, "values": "AAA="}"#,
      #"{"stride": 0, "values": "AAA="}"#, #"{"stride": -4, "values": "AAA="}"#, #"{"stride": 1, "values": "AA=="}"#,
      #"{"stride": 1, "values": ""}"#,
      #"{"stride": 1, "values": "?"}"#, #"{"stride": 1, "values": "//8="}"#,
      #"{"stride": 1, "values": "\#(String(repeating: "AAAA", count: 65_536))"}"#,
    ])
  func damaged(text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(LatencySequence.self, from: Data(text.utf8)) }
  }

  @Test("A histogram holds the sequence of its own values, and no other")
  func held() {
    let values = (0..<1_000).map { UInt64($0 * 7_919 % 1_000) * 10_000 }
    var (histogram, long) = (Histogram(), Histogram())
    for value in values { histogram.record(value) }
    #expect(histogram.holds(Self.sequence(of: values)))
    #expect(histogram.holds(LatencySequence()))
    #expect(!histogram.holds(Self.sequence(of: values.dropLast() + [values[0] + 20_000_000])))
    #expect(!histogram.holds(Self.sequence(of: Array(values.dropLast()))))
    #expect(!histogram.holds(LatencySequence(interleaving: [Self.sequence(of: values)], limit: 500)))
    let many = (0..<200_000).map { UInt64($0) * 1_000 }
    for value in many { long.record(value) }
    #expect(long.holds(Self.sequence(of: many).filed))
    #expect(!long.holds(Self.sequence(of: many.map { $0 + 10_000_000_000 }).filed))
  }
}
