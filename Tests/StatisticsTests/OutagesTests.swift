import Statistics
import Testing

@Suite struct OutagesTests {
  /// Requests every 10 ms for a second; a character each: `x` failed.
  private func observations(_ text: String) -> [Outage.Observation] {
    text.enumerated().map { Outage.Observation(due: Double($0) / 100, failed: $1 == "x") }
  }

  @Test("A stretch of failures is one outage, from the first failed to the next that succeeds")
  func one() {
    let outages = Outage.find(in: observations("..xxx....."), until: 0.1)
    #expect(outages == [Outage(start: 0.02, end: 0.05, failed: 3)])
    #expect(abs(outages[0].duration - 0.03) < 1e-9)
    #expect(Outage.find(in: observations("....").reversed(), until: 1).isEmpty)
    #expect(Outage.find(in: [], until: 1).isEmpty)
  }

  @Test("Every other request failing is one outage; failures far apart are several")
  func joined() {
    #expect(Outage.find(in: observations(".x.x.x.x.."), until: 0.1) == [Outage(start: 0.01, end: 0.08, failed: 4)])
    let apart = Outage.find(in: observations("x" + String(repeating: ".", count: 20) + "x."), until: 0.3)
    #expect(apart.map(\.failed) == [1, 1])
    #expect(apart.map(\.start) == [0, 0.21])
    // However far apart: without a success in between it is one.
    let silent = [Outage.Observation(due: 0, failed: true), Outage.Observation(due: 5, failed: true)]
    #expect(Outage.find(in: silent, until: 6) == [Outage(start: 0, end: 6, failed: 2)])
  }

  @Test("An outage that does not end lasts until the end of observation")
  func lasting() {
    #expect(Outage.find(in: observations("..xx").shuffled(), until: 7) == [Outage(start: 0.02, end: 7, failed: 2)])
  }

  @Test("The longest gap counts the edges, too")
  func gap() {
    func gap(_ successes: [Double]) -> Double {
      Outage.longestGap(between: 10, and: 20, successes: successes, until: 40)
    }
    #expect(gap([]) == 10)
    #expect(gap([9.9, 11, 15, 19, 20]) == 4)
    #expect(gap([10, 14, 15, 16, 17, 18, 19, 20]) == 4)
  }

  @Test("A gap across a boundary counts whole on the side that has most of it")
  func gapAcross() {
    let successes = [1.0, 5, 9.5, 13, 14, 18, 31, 32]
    func gap(_ start: Double, _ end: Double) -> Double {
      Outage.longestGap(between: start, and: end, successes: successes, until: 40)
    }
    // 9.5 to 13 is the second's, whose action may have made it.
    #expect(gap(0, 10) == 4.5)
    #expect(gap(10, 17) == 4)
    #expect(gap(10, 15.9) == 3.5)
    // 18 to 31.
    #expect(gap(15, 20) == 4)
    #expect(gap(20, 30) == 13)
    #expect(gap(30, 40) == 8)
    #expect(gap(15, 24.5) == 13)
  }
}
