import Glibc
import Statistics
import Testing

@Suite struct WarmUpTests {
  private static let falling = [20.0, 15, 12, 9, 7, 6, 5, 4, 5, 4, 5, 5, 4, 5, 4, 5, 4, 5, 5, 4]
  private static let steady = (0..<50).map { Double($0 * 7 % 11) }
  private static let warming = (0..<10).map { Double(100 - 8 * $0) } + steady.prefix(40)

  /// The cuts by the definition, in rational arithmetic.
  @Test(
    "The cut is where the definition puts it",
    arguments: [(falling, 1, 6), (warming, 1, 11), (warming, 2, 10), (warming, 5, 10), (steady, 1, 1), (steady, 5, 0)])
  func definition(values: [Double], batch: Int, count: Int) {
    #expect(WarmUp(values, batch: batch)?.count == count)
  }

  @Test("Where no steady state was seen, or too little of anything, there is no cut")
  func none() {
    #expect(WarmUp((0..<60).map(Double.init), batch: 1) == nil)
    #expect(WarmUp((0..<60).map(Double.init)) == nil)
    // The last quarter is alike, and all before is another state.
    #expect(WarmUp([9, 8].cycled(40) + [1, 2].cycled(14), batch: 1) == nil)
    #expect(WarmUp([1, 2].cycled(49)) == nil)
    #expect(WarmUp([], batch: 1) == nil)
    #expect(WarmUp([1, 2].cycled(50), batch: 0) == nil)
  }

  @Test("A large mean hides no warm-up")
  func precision() {
    #expect(WarmUp(Self.warming.map { $0 + 1e12 }, batch: 1) == WarmUp(Self.warming, batch: 1))
  }

  @Test("A warm-up that fades is found to within a few of its time constants, in nearly all sequences")
  func fading() {
    var random = SplitMix64(seed: 2)
    var found = 0
    for _ in 0..<100 {
      let values = (0..<1_000).map { 10 * pow(0.95, Double($0)) + random.normal() }
      if let count = WarmUp(values)?.count, 30...200 ~= count { found += 1 }
    }
    #expect(found >= 90)
  }
}

extension [Double] {
  fileprivate func cycled(_ size: Int) -> [Double] { (0..<size).map { self[$0 % count] } }
}
