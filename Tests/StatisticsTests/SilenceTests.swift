import Statistics
import Testing

@Suite struct SilenceTests {
  /// When a backend answers that chance draws each millisecond with a share, but for a stretch.
  private func times(_ seed: UInt64, share: Double, away: Range<UInt64> = 0..<0) -> [UInt64] {
    var generator = SplitMix64(seed: seed)
    return (0..<5_000 as Range<UInt64>).filter { generator.unit() <= share && !away.contains($0) }
  }

  @Test("A drained backend's silence is found with its times, at the ends too; chance has none in 300 runs")
  func silences() {
    for away in [1_600..<3_100, 0..<900, 4_000..<5_000] as [Range<UInt64>] {
      let found = Silence.all(among: times(1, share: 0.3, away: away), in: 0..<5_000)
      #expect(found.count == 1)
      #expect(found.allSatisfy { $0.start <= away.lowerBound && $0.end >= away.upperBound - 1 })
      #expect(found.allSatisfy { $0.start + 40 >= away.lowerBound && $0.end <= away.upperBound + 40 })
    }
    for seed in 0..<300 as Range<UInt64> {
      #expect(Silence.all(among: times(seed, share: seed % 2 == 0 ? 0.3 : 0.02), in: 0..<5_000).isEmpty)
    }
  }

  @Test("Two silences are two, and one after which nothing came is one")
  func several() {
    let times = times(5, share: 0.3).filter { !(500..<1_000).contains($0) && $0 < 3_000 }
    #expect(Silence.all(among: times, in: 0..<5_000).count == 2)
    #expect(Silence.all(among: [], in: 0..<5_000).isEmpty)
    #expect(Silence.all(among: [1, 2], in: 5..<5).isEmpty)
  }
}
