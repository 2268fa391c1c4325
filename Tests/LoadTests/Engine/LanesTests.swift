import Support
import Testing

@testable import Load

/// Which slot of a connection each lane has.
@Suite struct LanesTests {
  @Test("A lane has its own slot until that drains, then a spare one, and those that have ended come in again")
  func replacing() {
    var lanes = Lanes(count: 3, spares: 2)
    #expect((0..<3).map { lanes.slot(of: $0) } == [0, 1, 2] && lanes.used == 3)
    let (third, isThirdNew) = lanes.replaceSlot(of: 1)
    let (fourth, isFourthNew) = lanes.replaceSlot(of: 1)
    #expect(third == 3 && fourth == 4 && isThirdNew && isFourthNew && lanes.used == 5)
    // Its first slot ends first.
    lanes.free(1)
    let (again, isNew) = lanes.replaceSlot(of: 2)
    #expect(again == 1 && !isNew && lanes.slot(of: 2) == 1 && lanes.used == 5)
  }

  @Test("No two lanes ever have one slot, and none of those that drain, in any order")
  func anyOrder() {
    let failures = FuzzSeeds(500, of: "LanesTests").failures { random in
      let (count, spares) = (random.number(1...4), random.number(1...5))
      var lanes = Lanes(count: count, spares: spares)
      var draining: [Int] = []
      for step in 0..<50 {
        if draining.count < spares, random.once(in: 2) {
          let lane = random.number(0...count - 1)
          draining.append(lanes.slot(of: lane))
          _ = lanes.replaceSlot(of: lane)
        } else if !draining.isEmpty {
          lanes.free(draining.remove(at: random.number(0...draining.count - 1)))
        }
        let held = (0..<count).map { lanes.slot(of: $0) } + draining
        guard Set(held).count == held.count else { return "step \(step): \(held)" }
        guard held.allSatisfy({ (0..<lanes.used).contains($0) }), lanes.used <= count + spares else {
          return "step \(step): \(held) of \(lanes.used)"
        }
      }
      return nil
    }
    #expect(failures.isEmpty, "\(failures)")
  }
}
