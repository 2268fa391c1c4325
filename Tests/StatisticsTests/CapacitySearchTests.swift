import Statistics
import Testing

@Suite struct CapacitySearchTests {
  /// Searches a target that holds up to a ceiling, and returns what was tried.
  private func search(
    ceiling: Double, start: Double = 100, precision: Double = 0.05, highest: Double = 1e6
  ) -> (CapacitySearch, tried: [Double]) {
    var search = CapacitySearch(start: start, precision: precision, highest: highest)
    var tried: [Double] = []
    while let rate = search.next, tried.count < 100 {
      tried.append(rate)
      search.record(rate, holds: rate <= ceiling)
    }
    return (search, tried)
  }

  @Test("Doubles up to the first rate that fails, then closes in", arguments: [100.0, 137, 500, 99_999])
  func climbs(ceiling: Double) throws {
    let (search, tried) = search(ceiling: ceiling)
    let held = try #require(search.highestHeld)
    let failed = try #require(search.lowestFailed)
    #expect(held <= ceiling && failed > ceiling && failed <= held * 1.05)
    #expect(tried.count < 20)
    #expect(Array(tried.prefix(2)) == [100, 200])
  }

  @Test("A start that fails is followed downwards")
  func descends() throws {
    let (search, tried) = search(ceiling: 9)
    #expect(Array(tried.prefix(3)) == [100, 50, 25])
    #expect((8.5...9).contains(try #require(search.highestHeld)))
  }

  @Test("What never holds is given up")
  func never() {
    let (search, tried) = search(ceiling: 0)
    #expect(search.highestHeld == nil && tried.count == 13)
  }

  @Test("The highest allowed rate is tried itself, and then it is a lower bound")
  func bounded() {
    let (search, tried) = search(ceiling: 1e9, highest: 700)
    #expect(tried == [100, 200, 400, 700])
    #expect(search.reachedHighest && search.highestHeld == 700)
  }

  @Test("A start above the highest allowed rate begins there")
  func startAbove() {
    #expect(search(ceiling: 1e9, start: 5000, highest: 700).tried == [700])
  }

  @Test("A rate that held and fails when confirmed is no longer held")
  func revoked() {
    var search = CapacitySearch(start: 100, precision: 0.05, highest: 1000)
    search.record(100, holds: true)
    search.record(100, holds: false)
    #expect(search.highestHeld == nil && search.lowestFailed == 100)
    #expect(search.next == 50)
  }

  @Test("With lower rates that held, a failed confirmation goes back to those")
  func revokedAbove() {
    var search = CapacitySearch(start: 100, precision: 0.05, highest: 1000)
    search.record(100, holds: true)
    search.record(200, holds: true)
    search.record(200, holds: false)
    #expect(search.highestHeld == 100 && search.lowestFailed == 200)
  }
}
