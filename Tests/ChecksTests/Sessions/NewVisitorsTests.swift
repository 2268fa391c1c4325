import Report
import Support
import Testing

@testable import Checks

@Suite struct NewVisitorsTests {
  private func verdict(_ counts: [String: Int], _ weights: [String: Int] = [:], tolerance: Double = 0.02) -> Verdict {
    let expected = weights.sorted { $0.key < $1.key }.map {
      ExpectedBackend(name: $0.key, role: .primary(weight: $0.value))
    }
    return NewVisitors(counts, met: counts.keys.sorted(), expected: expected, tolerance: tolerance).assertion.verdict
  }

  @Test("Even shares pass, also as chance leaves them")
  func even() {
    #expect(verdict(["a": 67, "b": 67, "c": 66]) == .pass)
    #expect(verdict(["a": 80, "b": 55, "c": 65]) == .pass)
    #expect(verdict(["a": 100, "b": 50, "c": 50], ["a": 2, "b": 1, "c": 1]) == .pass)
  }

  @Test("A backend that takes all new visitors, none, or twice its share does not")
  func uneven() {
    #expect(verdict(["a": 200], ["a": 1, "b": 1, "c": 1]) == .fail)
    #expect(verdict(["a": 100, "b": 100], ["a": 1, "b": 1, "c": 1]) == .fail)
    #expect(verdict(["a": 134, "b": 33, "c": 33]) == .fail)
    #expect(verdict(["a": 67, "b": 67, "c": 66], ["a": 2, "b": 1, "c": 1]) == .fail)
    #expect(verdict(["a": 100, "x": 100], ["a": 1, "b": 1]) == .fail)
  }

  @Test("Too few visitors show neither")
  func few() {
    #expect(verdict(["a": 4, "b": 3, "c": 3]) == .inconclusive)
    #expect(verdict(["a": 199, "b": 1], ["a": 199, "b": 1]) == .inconclusive)
    #expect(verdict(["a": 3980, "b": 20], ["a": 199, "b": 1]) == .pass)
    #expect(verdict([:]) == .inconclusive && verdict(["a": 200]) == .inconclusive)
  }

  @Test("A difference within the tolerance is none, however sure")
  func tolerance() {
    #expect(verdict(["a": 53_000, "b": 47_000]) == .fail)
    #expect(verdict(["a": 53_000, "b": 47_000], tolerance: 0.04) == .pass)
  }

  @Test("Of 200 fair balancers that draw at most one fails, and one whose share is doubled fails each time")
  func errors() {
    var (alarms, misses) = (0, 0)
    for seed in 0..<200 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      func draw(_ weights: [Int]) -> [String: Int] {
        var counts: [String: Int] = [:]
        let total = weights.reduce(0, +)
        for _ in 0..<200 {
          var rest = random.number(0...(total - 1))
          for (number, weight) in weights.enumerated() {
            if rest < weight {
              counts["\(number)", default: 0] += 1
              break
            }
            rest -= weight
          }
        }
        return counts
      }
      if verdict(draw([1, 1, 1, 1])) == .fail { alarms += 1 }
      // Half of the visitors where a quarter is meant.
      if verdict(draw([3, 1, 1, 1])) != .fail { misses += 1 }
    }
    #expect(alarms <= 1 && misses <= 2, "\(alarms) alarms, \(misses) misses")
  }
}
