import Statistics
import Testing

@testable import Checks

@Suite struct VisitorReturnsTests {
  /// Visitors of a balancer that loses some, who are dealt out anew.
  private func returns(losing share: Double, over shares: [Double], seed: Int) -> VisitorReturns {
    var random = SplitMix64(seed: UInt64(seed))
    func draw() -> Int {
      var rest = Double(random.next() >> 11) / Double(1 << 53)
      for (number, share) in shares.enumerated() {
        if rest < share { return number }
        rest -= share
      }
      return shares.count - 1
    }
    var staged = StagedVisitors(100, requestsPerVisit: 1, backends: shares.indices.map { "\($0)" })
    var homes = (0..<100).map { _ in draw() }
    staged.come(1 + (KeyProbe.returnsNeeded(shares) + 99) / 100) { visitor, _, turn in
      if turn >= 100, Double(random.next() >> 11) / Double(1 << 53) < share { homes[visitor] = draw() }
      return .by(homes[visitor])
    }
    return VisitorReturns(staged.findings)
  }

  @Test(
    "A balancer that loses one in a hundred is found in 99 of 100 runs, and one that loses none never",
    arguments: [[0.5, 0.5], Array(repeating: 1.0 / 3, count: 3), Array(repeating: 0.05, count: 20), [0.8, 0.1, 0.1]])
  func power(shares: [Double]) {
    #expect((0..<200).count { returns(losing: 0.01, over: shares, seed: $0).moved > 0 } >= 198)
    #expect((0..<20).allSatisfy { returns(losing: 0, over: shares, seed: $0).moved == 0 })
  }

  @Test("One who is kept in the first request of a connection and lost in the next has moved")
  func within() {
    var staged = StagedVisitors(3, requestsPerVisit: 2)
    staged.come(3) { visitor, request, _ in .by(request == 0 ? visitor : (visitor + 1) % 3) }
    let returns = VisitorReturns(staged.findings)
    #expect(returns.kept == 0 && returns.moved == 6)
    var kept = StagedVisitors(3, requestsPerVisit: 2)
    kept.come(3) { visitor, _, _ in .by(visitor) }
    #expect(VisitorReturns(kept.findings).kept == 6)
  }

  @Test("A visitor who is not answered, or whose backend answers nobody any more, says nothing")
  func unclear() {
    var staged = StagedVisitors(3, requestsPerVisit: 1)
    staged.come { visitor, _, _ in visitor == 0 ? nil : .by(visitor) }
    staged.come { visitor, _, _ in visitor == 2 ? .by(1) : .by(visitor) }
    staged.come { visitor, _, _ in visitor == 1 ? nil : .by(0) }
    let returns = VisitorReturns(staged.findings)
    // Backend 1 answered in the second visit and not in the third, and backend 2 only in the first.
    #expect(returns.kept == 2 && returns.moved == 0 && returns.unclear == 4)
    staged.come { _, _, _ in .by(1) }
    // Who was with 1 still is; the others' backend answers nobody now.
    #expect(VisitorReturns(staged.findings).moved == 1)
  }
}
