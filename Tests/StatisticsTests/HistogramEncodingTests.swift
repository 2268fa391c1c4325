import Statistics
import Testing

@Suite struct HistogramEncodingTests {
  private func sample() -> Histogram {
    var histogram = Histogram()
    for value in 0..<1_000 as Range<UInt64> { histogram.record(value * value * 37) }
    histogram.record(250_000_000_000, count: 1_000_000)
    return histogram
  }

  @Test("What is encoded is decoded with the same counts and percentiles")
  func roundTrip() throws {
    let histogram = sample()
    let decoded = try Histogram(base64V2: histogram.base64V2(valueToUnitRatio: 1e-6))
    #expect(decoded.recordedBuckets == histogram.recordedBuckets)
    #expect(decoded.count == histogram.count)
    #expect(decoded.encodedV2Compressed() == histogram.encodedV2Compressed())
    for percentile in [0, 0.01, 0.05, 50] {
      let exact = Double(try #require(histogram.value(atPercentile: percentile)))
      #expect(abs(Double(try #require(decoded.value(atPercentile: percentile))) - exact) <= exact / 1_000)
    }
  }

  /// `HdrHistogram.decode(text)` of PyPI's hdrhistogram 0.10.8 reads from this text: ratio 1e-06, highest value
  /// 300000000000, 3 figures, total count 6, and (lowest, count) (1000, 1) (2048, 2) (1249280, 2) (79953920, 1);
  /// 25 % are at most 2049 and all of them at most 80019455.
  @Test("The text is the one that an independent implementation decodes to the same counts")
  func judgedByPython() throws {
    let text = """
      HISTFAAAAEB4AQE1AMr/HISTEwAAAA0AAAAAAAAAAwAAAAAAAAABAAAARdlkuAA+sMb3oLXtjc8PAq0QBIWTAQT9XwL24A0o
      """
    var histogram = Histogram()
    for value: UInt64 in [1_000, 2_048, 2_049, 1_250_000, 1_250_000, 80_000_000] { histogram.record(value) }
    #expect(histogram.base64V2(valueToUnitRatio: 1e-6) == text)

    let decoded = try Histogram(base64V2: text)
    #expect(decoded.recordedBuckets.map(\.lowest) == [1_000, 2_048, 1_249_280, 79_953_920])
    #expect(decoded.recordedBuckets.map(\.count) == [1, 2, 2, 1])
    #expect(decoded.value(atPercentile: 25) == 2_049)
    #expect(decoded.value(atPercentile: 100) == 80_019_455)
  }

  @Test("Content of more than one stored block survives")
  func manyBlocks() throws {
    var generator = SplitMix64(seed: 7)
    var histogram = Histogram()
    var value: UInt64 = 1
    while value < Histogram.highestTrackableValue {
      histogram.record(value, count: generator.next() >> 34)
      value += value / 1_024 + 1
    }
    let bytes = histogram.encodedV2Compressed()
    #expect(bytes.count > 0xffff)
    #expect(try Histogram(decodingV2Compressed: bytes).recordedBuckets == histogram.recordedBuckets)
  }

  @Test("An empty histogram and one of huge counts come back")
  func extremes() throws {
    #expect(try Histogram(base64V2: Histogram().base64V2()) == Histogram())
    var histogram = Histogram()
    histogram.record(0, count: UInt64(Int64.max))
    #expect(try Histogram(base64V2: histogram.base64V2()) == histogram)
  }

  @Test("Saturated values are no longer distinguished after decoding, but are still counted")
  func saturated() throws {
    var histogram = Histogram()
    histogram.record(.max)
    let decoded = try Histogram(base64V2: histogram.base64V2())
    #expect(decoded.count == 1)
    #expect(decoded.saturated == 0)
  }

  @Test("Changed content with a right checksum is refused or read, never trapped on")
  func hostileContent() {
    var histogram = Histogram()
    for value: UInt64 in [3, 70_000, 250_000_000_000] { histogram.record(value, count: 1 << 40) }
    let bytes = histogram.encodedV2Compressed()
    // 8 bytes of header, 2 of zlib, 5 of block, and at the end 4 of checksum.
    for position in 15..<bytes.count - 4 {
      for value in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
        var changed = bytes
        changed[position] = value
        let (low, high) = changed[15..<bytes.count - 4].reduce((1, 0)) { sums, byte in
          let low = (sums.0 + Int(byte)) % 65_521
          return (low, (sums.1 + low) % 65_521)
        }
        changed.replaceSubrange(
          (bytes.count - 4)..., with: [high >> 8, high & 0xff, low >> 8, low & 0xff].map(UInt8.init))
        _ = try? Histogram(decodingV2Compressed: changed)
      }
    }
  }

  @Test("Bytes that are cut or changed anywhere are refused or read, never trapped on")
  func hostile() throws {
    let bytes = sample().encodedV2Compressed()
    for length in 0..<bytes.count {
      #expect(throws: Histogram.DecodingError.self) {
        try Histogram(decodingV2Compressed: Array(bytes.prefix(length)))
      }
    }
    for position in bytes.indices {
      for flip in [0x01, 0x80, 0xff] as [UInt8] {
        var changed = bytes
        changed[position] ^= flip
        _ = try? Histogram(decodingV2Compressed: changed)
      }
    }
    #expect(throws: Histogram.DecodingError.notBase64) { try Histogram(base64V2: "%") }
    #expect(throws: Histogram.DecodingError.unknownCookie(0x3132_3334)) {
      try Histogram(decodingV2Compressed: Array("1234".utf8))
    }
    // As other implementations write it: 0x93 begins a block with a Huffman code.
    #expect(throws: Histogram.DecodingError.unsupportedCompression) {
      try Histogram(decodingV2Compressed: [0x1c, 0x84, 0x93, 0x14, 0, 0, 0, 3, 0x78, 0x9c, 0x93])
    }
  }

  @Test("With what the format leaves out, a histogram comes back as it was")
  func exact() throws {
    var random = SplitMix64(seed: 5)
    for limit in [100, 5_000_000, 299_999_999_999, 900_000_000_000] as [UInt64] {
      var histogram = Histogram()
      for _ in 0..<500 { histogram.record(UInt64.random(in: 0...limit, using: &random)) }
      let again = try Histogram(
        base64V2: histogram.base64V2(), min: histogram.min!, max: histogram.max!, sum: histogram.exactSum,
        saturated: histogram.saturated)
      #expect(again == histogram)
      #expect(again.mean == histogram.mean)
      #expect(throws: Histogram.DecodingError.invalidCounts) {
        try Histogram(
          base64V2: histogram.base64V2(), min: histogram.min!, max: histogram.max!,
          sum: UInt128(histogram.max!) * 501, saturated: histogram.saturated)
      }
      #expect(throws: Histogram.DecodingError.invalidCounts) {
        try Histogram(
          base64V2: histogram.base64V2(), min: histogram.min!, max: histogram.max! / 4, sum: histogram.exactSum,
          saturated: histogram.saturated)
      }
    }
  }
}
