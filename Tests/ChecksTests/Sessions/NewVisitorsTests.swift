import Report
import Support
import Testing

@testable import Checks

@Suite struct NewVisitorsTests {
  private func spread(
    _ counts: [String: Int], _ weights: [String: Int] = [:], tolerance: Double = 0.02, isHashed: Bool = false
  ) -> NewVisitors {
    let expected = weights.sorted { $0.key < $1.key }.map {
      ExpectedBackend(name: $0.key, role: .primary(weight: $0.value))
    }
    return NewVisitors(
      counts, met: counts.keys.sorted(), expected: expected, KeyShareLimit(tolerance: tolerance, isHashed: isHashed))
  }

  private func verdict(_ counts: [String: Int], _ weights: [String: Int] = [:], tolerance: Double = 0.02) -> Verdict {
    spread(counts, weights, tolerance: tolerance).assertion.verdict
  }

  @Test("Even shares pass, also as chance leaves them")
  func even() {
    #expect(verdict(["a": 1334, "b": 1333, "c": 1333]) == .pass)
    #expect(verdict(["a": 1380, "b": 1290, "c": 1330]) == .pass)
    #expect(verdict(["a": 2000, "b": 1000, "c": 1000], ["a": 2, "b": 1, "c": 1]) == .pass)
  }

  @Test("A backend that takes all new visitors, none, or twice its share does not")
  func uneven() {
    #expect(verdict(["a": 200], ["a": 1, "b": 1, "c": 1]) == .fail)
    #expect(verdict(["a": 100, "b": 100], ["a": 1, "b": 1, "c": 1]) == .fail)
    #expect(verdict(["a": 134, "b": 33, "c": 33]) == .fail)
    #expect(verdict(["a": 1340, "b": 1330, "c": 1330], ["a": 2, "b": 1, "c": 1]) == .fail)
    #expect(verdict(["a": 100, "x": 100], ["a": 1, "b": 1]) == .fail)
  }

  @Test("Too few visitors show neither, and how many do is said")
  func few() {
    #expect(verdict(["a": 4, "b": 3, "c": 3]) == .inconclusive)
    // Shares of 45, 30 and 25 may look like this.
    let open = spread(["a": 80, "b": 65, "c": 55]).assertion
    #expect(open.verdict == .inconclusive)
    #expect(open.detail?.hasSuffix(": a, b, c. About 3,941 do (--newcomers).") == true, "\(open.detail ?? "")")
    #expect(verdict(["a": 199, "b": 1], ["a": 199, "b": 1]) == .inconclusive)
    #expect(verdict(["a": 14_925, "b": 75], ["a": 199, "b": 1]) == .pass)
    #expect(verdict(["a": 14_850, "b": 150], ["a": 199, "b": 1]) == .fail)
    #expect(verdict([:]) == .inconclusive && verdict(["a": 200]) == .inconclusive)
  }

  @Test("A difference within the tolerance is none, and twice the tolerance is no pass")
  func tolerance() {
    #expect(verdict(["a": 53_000, "b": 47_000]) == .fail)
    #expect(verdict(["a": 53_000, "b": 47_000], tolerance: 0.04) == .pass)
    #expect(verdict(["a": 2_130, "b": 1_870]) == .inconclusive)
    // No hash is even.
    #expect(spread(["a": 2_240, "b": 1_760], isHashed: true).assertion.verdict == .pass)
  }

  @Test(
    "Of fair balancers that draw none fails and nearly all pass, and shares of 45, 30 and 25, or off by six points, never do"
  )
  func errors() {
    var (alarms, passes, misses) = (0, 0, 0)
    let needed = NewVisitors.visitorsNeeded(
      toShare: [1.0 / 3], KeyShareLimit(tolerance: 0.02, isHashed: false))
    for seed in 0..<200 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      func draw(_ weights: [Int]) -> [String: Int] {
        var counts: [String: Int] = [:]
        let total = weights.reduce(0, +)
        for _ in 0..<needed {
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
      let fair = verdict(draw([1, 1, 1]))
      if fair == .fail { alarms += 1 }
      if fair == .pass { passes += 1 }
      if verdict(draw([45, 30, 25])) != .fail { misses += 1 }
      if verdict(draw([118, 91, 91])) == .pass { misses += 1 }
    }
    #expect(alarms == 0 && passes >= 196 && misses <= 2, "\(alarms) alarms, \(passes) passes, \(misses) misses")
  }
}
