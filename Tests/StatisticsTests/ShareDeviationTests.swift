import Statistics
import Testing

@Suite struct ShareDeviationTests {
  @Test("Equal counts are perfectly fair")
  func equal() throws {
    let deviation = try #require(ShareDeviation(counts: [10, 10, 10, 10]))
    #expect(deviation.shares == [0.25, 0.25, 0.25, 0.25])
    #expect(deviation.maxDeviation == 0)
    #expect(deviation.jainIndex == 1)
  }

  @Test("Everything at one of n backends has the index 1/n")
  func oneTakesAll() throws {
    let deviation = try #require(ShareDeviation(counts: [0, 100, 0, 0]))
    #expect(deviation.maxDeviation == 0.75)
    #expect(deviation.jainIndex == 0.25)
  }

  @Test("Counts in proportion to their weights are perfectly fair")
  func weighted() throws {
    let deviation = try #require(ShareDeviation(counts: [500, 100, 100], expectedShares: [5, 1, 1]))
    #expect(deviation.maxDeviation < 1e-15)
    #expect(abs(deviation.jainIndex - 1) < 1e-15)
    // x = 0.4/0.5, 0.6/0.5: (0.8 + 1.2)² / (2 · (0.64 + 1.44)).
    let uneven = try #require(ShareDeviation(counts: [40, 60]))
    #expect(abs(uneven.jainIndex - 4 / 4.16) < 1e-12)
    #expect(abs(uneven.maxDeviation - 0.1) < 1e-12)
  }

  @Test("Traffic to a backend that expects none shows as deviation")
  func unexpected() throws {
    let deviation = try #require(ShareDeviation(counts: [40, 40, 20], expectedShares: [1, 1, 0]))
    #expect(abs(deviation.maxDeviation - 0.2) < 1e-12)
    #expect(deviation.jainIndex == 1)
    #expect(try #require(ShareDeviation(counts: [0, 7], expectedShares: [1, 0])).jainIndex == 0)
  }

  @Test("Three thousand requests over three backends show a deviation of 2.4 points")
  func detectable() throws {
    // (1.959964 + 0.841621) · √(2/9 / 3000).
    let deviation = try #require(ShareDeviation.detectableDeviation(requests: 3_000, expectedShare: 1.0 / 3))
    #expect(abs(deviation - 0.0241121) < 1e-6)
    #expect(ShareDeviation.detectableDeviation(requests: 10, expectedShare: 0) == 0)
    #expect(ShareDeviation.detectableDeviation(requests: 0, expectedShare: 0.5) == nil)
    #expect(ShareDeviation.detectableDeviation(requests: 10, expectedShare: 1.5) == nil)
    #expect(ShareDeviation.detectableDeviation(requests: 10, expectedShare: .nan) == nil)
  }

  @Test("What cannot be compared gives nothing")
  func hostile() {
    #expect(ShareDeviation(counts: []) == nil)
    #expect(ShareDeviation(counts: [0, 0]) == nil)
    #expect(ShareDeviation(counts: [1, -1]) == nil)
    #expect(ShareDeviation(counts: [1, 1], expectedShares: [1]) == nil)
    #expect(ShareDeviation(counts: [1, 1], expectedShares: [-1, 2]) == nil)
    #expect(ShareDeviation(counts: [.max, .max])?.maxDeviation == 0)
    #expect(ShareDeviation(counts: [1], expectedShares: [.leastNonzeroMagnitude])?.jainIndex == 1)
  }
}
