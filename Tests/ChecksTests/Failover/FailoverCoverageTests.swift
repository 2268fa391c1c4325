import Report
import Testing

@testable import Checks

@Suite struct FailoverCoverageTests {
  /// Three primaries, each stopped and started in turn; `answered` adds to or replaces who answers in a phase.
  private func coverage(
    stopping stopped: [String] = ["a", "b", "c"], backups: [String] = [], met: [String] = ["a", "b", "c"],
    listed: Int? = nil, tried: Set<String> = [], _ answered: (_ phase: Int, _ usual: Set<String>) -> Set<String>
  ) -> FailoverCoverage {
    let primaries = ["a", "b", "c"]
    let away: [Set<String>] =
      [[]] + stopped.flatMap { [[$0], []] } + (backups.isEmpty ? [] : [Set(primaries), ["b", "c"], []])
    return FailoverCoverage(
      primaries: primaries, backups: backups, stopped: stopped, takesAll: true, met: met, listed: listed,
      answered: away.enumerated().map { answered($0, Set(primaries).subtracting($1)) }, away: away, failedTries: tried)
  }

  @Test("Those that were met, each stopped once, are all")
  func all() {
    let all = coverage { $1 }
    #expect(all.assertion?.verdict == .pass && all.inWords == "each of 3 backends in turn")
    #expect(all.assertion?.actual == "3 of 3")
  }

  @Test(
    "A backend that only the traffic shows, in whatever phase, is one that was not stopped", arguments: [0, 1, 4, 6])
  func rare(in phase: Int) throws {
    let rare = coverage { $0 == phase ? $1.union(["rare"]) : $1 }
    let assertion = try #require(rare.assertion)
    #expect(assertion.verdict == .inconclusive && assertion.expected == "each of 4 backends is stopped once")
    #expect(assertion.actual == "3 of 4; not named as a backend: rare")
    #expect(rare.inWords == "each of 3 of 4 backends in turn")
  }

  @Test("So are one that was met before, one whose tries fail, and one that the manager lists")
  func others() {
    #expect(coverage(met: ["a", "b", "c", "d"]) { $1 }.assertion?.actual.hasPrefix("3 of 4") == true)
    #expect(coverage(tried: ["dead"]) { $1 }.assertion?.actual == "3 of 4; not named as a backend: dead")
    #expect(coverage(tried: ["b"]) { $1 }.assertion?.verdict == .pass)
    #expect(coverage(listed: 4) { $1 }.assertion?.verdict == .inconclusive)
  }

  @Test("Names that replace those of what was stopped, as those of pods, are no further backends; more of them are")
  func pods() {
    /// Each comes back under another name, once more than it was stopped where `extra` says so.
    func pods(extra: Bool) -> FailoverCoverage {
      coverage { phase, usual in
        let replaced = Set(["a", "b", "c"].prefix(phase / 2))
        return usual.subtracting(replaced).union(replaced.map { $0 + "2" }).union(extra && phase == 3 ? ["d"] : [])
      }
    }
    #expect(pods(extra: false).count == 3 && pods(extra: false).assertion?.verdict == .pass)
    #expect(pods(extra: true).count == 4 && pods(extra: true).assertion?.verdict == .inconclusive)
  }

  @Test("Backups do not count, named or not, as long as they answer only without primaries")
  func backups() {
    let named = coverage(backups: ["spare"]) { $0 == 7 ? ["spare"] : $1 }
    #expect(named.count == 3)
    let unnamed = coverage(backups: ["spare"]) { $0 == 7 ? ["spare", "other"] : $1 }
    #expect(unnamed.count == 3)
    let early = coverage(backups: ["spare"]) { $0 == 7 ? ["spare"] : $0 == 8 ? $1.union(["other"]) : $1 }
    #expect(early.count == 4)
  }

  @Test("One alone is said of how many, and nothing is demanded")
  func single() {
    let one = FailoverCoverage(
      primaries: ["a", "b"], backups: [], stopped: ["a"], takesAll: false, answered: [["a", "b", "c"], ["b"], ["a"]],
      away: [[], ["a"], []])
    #expect(one.assertion == nil && one.inWords == "a (1 of 3 backends)")
    let none = FailoverCoverage(
      primaries: ["a", "b"], backups: [], stopped: [], takesAll: true, answered: [["a", "b"]], away: [[]])
    #expect(none.assertion?.actual == "0 of 2" && none.inWords == "none of 2 backends")
  }
}
