import Report
import Statistics
import Testing

@Suite struct HistogramTextWriterTests {
  @Test("Levels are five to each halving of the distance to 100 %, and the foot sums up")
  func levels() {
    var histogram = Histogram()
    for millisecond in 1...10 as ClosedRange<UInt64> { histogram.record(millisecond * 1_000_000) }
    let text = HistogramTextWriter().write(histogram)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "       Value     Percentile TotalCount 1/(1-Percentile)")
    #expect(lines[1].isEmpty)
    #expect(lines[2] == "       1.000 0.000000000000          1           1.00")
    #expect(lines[3] == "       1.000 0.100000000000          1           1.11")
    #expect(lines[7] == "       5.001 0.500000000000          5           2.00")
    #expect(lines[8] == "       6.001 0.550000000000          6           2.22")
    #expect(lines.suffix(5).first == "      10.002 1.000000000000         10")
    #expect(lines.suffix(4).first == "#[Mean    =        5.500, StdDeviation   =        2.872]")
    #expect(lines.suffix(3).first == "#[Max     =       10.002, Total count    =           10]")
    #expect(lines.suffix(2).first == "#[Buckets =           29, SubBuckets     =         2048]")
    #expect(text.hasSuffix("]\n"))
  }

  @Test("Levels rise, counts never fall, and the last line is all values", arguments: [1, 2, 3, 1000, 100_003])
  func rising(count: UInt64) {
    var histogram = Histogram()
    for number in 0..<count { histogram.record(number &* 7_919 % 299_999_999_999) }
    let lines = HistogramTextWriter().write(histogram).split(separator: "\n").dropFirst().filter { !$0.hasPrefix("#") }
    let figures = lines.map { $0.split(separator: " ").compactMap { Double($0) } }
    for (one, next) in zip(figures, figures.dropFirst()) {
      #expect(one[0] <= next[0] && one[1] < next[1] && one[2] <= next[2])
    }
    #expect(figures.last?[1] == 1 && figures.last?[2] == Double(count))
    #expect(figures.dropLast().allSatisfy { $0.count == 4 } && figures.last?.count == 3)
  }

  @Test("An empty histogram has a head and a foot only")
  func empty() {
    let lines = HistogramTextWriter().write(Histogram()).split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[1] == "#[Mean    =        0.000, StdDeviation   =        0.000]")
  }
}
