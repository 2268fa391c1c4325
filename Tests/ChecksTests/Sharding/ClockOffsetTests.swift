import Testing

@testable import Checks

@Suite struct ClockOffsetTests {
  @Test("The offset is found between ways of equal length, and the shortest way counts")
  func shortest() throws {
    // This clock is 1,000 ahead of the other; the first exchange's ways take 10 each, the second's 300 and 20.
    let even = ClockOffset.Exchange(asked: 5_000, received: 4_010, answered: 4_050, returned: 5_060)
    let uneven = ClockOffset.Exchange(asked: 6_000, received: 5_300, answered: 5_310, returned: 6_330)
    #expect(ClockOffset([even]) == ClockOffset(offset: 1_000, uncertainty: 10))
    #expect(ClockOffset([uneven, even, uneven]) == ClockOffset(offset: 1_000, uncertainty: 10))
  }

  @Test("Whatever the ways, the true offset is within the uncertainty")
  func uncertainty() throws {
    for (out, back) in [(0, 0), (1, 400), (400, 1), (3, 3), (250_000, 10)] as [(Int64, Int64)] {
      for offset in [-7_000_000, 0, 12_345] as [Int64] {
        let asked: Int64 = 1_000_000_000
        let received = asked - offset + out
        let answered = received + 77
        let found = try #require(
          ClockOffset([
            ClockOffset.Exchange(
              asked: asked, received: received, answered: answered, returned: answered + offset + back)
          ]))
        #expect(abs(found.offset - offset) <= found.uncertainty)
        #expect(found.uncertainty == (out + back + 1) / 2)
      }
    }
  }

  @Test("A clock is corrected only where it is surely off")
  func correction() {
    #expect(ClockOffset(offset: 900, uncertainty: 1_000).correction == 0)
    #expect(ClockOffset(offset: -1_000, uncertainty: 1_000).correction == 0)
    #expect(ClockOffset(offset: -1_001, uncertainty: 1_000).correction == -1_001)
    #expect(CommonStart(time: 10, clock: ClockOffset(offset: 5, uncertainty: 1)).localTime == 15)
    #expect(CommonStart(time: 10, clock: ClockOffset(offset: 5, uncertainty: 6)).localTime == 10)
    #expect(CommonStart(time: 10).localTime == 10)
  }

  @Test("Without an exchange, or with one that took less than no time, nothing is known")
  func nothing() {
    #expect(ClockOffset([]) == nil)
    #expect(ClockOffset([ClockOffset.Exchange(asked: 10, received: 0, answered: 50, returned: 20)]) == nil)
  }
}
