import Support
import Testing

@testable import Statistics

@Suite struct HistogramSeedTests {
  @Test("150 seeds: encoded histograms come back, and changed ones are refused or are histograms of their own")
  func seeds() {
    var accepted = 0
    let seeds = FuzzSeeds(150, of: "HistogramSeedTests")
    let failures = seeds.failures { random in
      var histogram = Histogram()
      for _ in 0..<random.number(0...20) {
        let value = random.next() >> UInt64(random.number(20...64))
        histogram.record(value, count: random.next() >> UInt64(random.number(6...64)))
      }
      let bytes = histogram.encodedV2Compressed()
      guard try Histogram(decodingV2Compressed: bytes).recordedBuckets == histogram.recordedBuckets else {
        return "another histogram from \(bytes)"
      }
      let changed = try change(bytes, &random)
      do throws(Histogram.DecodingError) {
        let decoded = try Histogram(decodingV2Compressed: changed)
        accepted += 1
        // The encoder folds runs that were written otherwise, so bytes may differ, but never what they say.
        let again = try Histogram(decodingV2Compressed: decoded.encodedV2Compressed())
        guard again == decoded, decoded.recordedBuckets.reduce(0, { $0 + $1.count }) == decoded.count else {
          return "decoded to what cannot be encoded: \(changed)"
        }
      } catch {}
      return nil
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    if seeds.count >= 150 { #expect((15...135).contains(accepted), "\(accepted) accepted") }
  }

  /// Changes the payload and mostly makes its checksum right again, or changes the whole.
  private func change(_ bytes: [UInt8], _ random: inout SeededGenerator) throws -> [UInt8] {
    let isInside = !random.once(in: 4)
    var changed = isInside ? try ZlibStream.stored(in: bytes[8...]) : bytes
    for _ in 0..<random.number(1...3) {
      let place = random.number(0...changed.count - 1)
      switch random.number(0...3) {
      case 0: changed[place] = random.pick([0, 1, 0x7F, 0x80, 0xFF])
      case 1: changed[place] ^= 1 << UInt8(random.number(0...7))
      case 2: changed.insert(random.pick([0, 1, 0x80, 0xFF]), at: place)
      default: if changed.count > 1 { changed.remove(at: place) }
      }
    }
    guard isInside else { return changed }
    // The payload's length stands in its second word.
    if changed.count >= 40, !random.once(in: 4) {
      changed.replaceSubrange(4..<8, with: bigEndian(changed.count - 40))
    }
    let stream = ZlibStream.storing(changed)
    return Array(bytes[..<4]) + bigEndian(stream.count) + stream
  }

  private func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
