import Report
import Testing

@testable import Checks

@Suite struct SampleVoteTests {
  /// Draws samples as a check does until they decide: `e` is even, `u` uneven.
  private func drawn(_ order: String, most: Int = SampleVote.most) -> (samples: Int, verdict: Verdict) {
    var (samples, uneven) = (0, 0)
    for kind in order {
      samples += 1
      if kind == "u" { uneven += 1 }
      let vote = SampleVote(samples: samples, uneven: uneven, most: most)
      guard vote.isOpen else {
        // The last sample's own verdict.
        let own = Assertion(.sharing(.policy), verdict: kind == "u" ? .fail : .pass, expected: "", actual: "")
        return (samples, vote.decided(own).verdict)
      }
    }
    return (samples, .inconclusive)
  }

  @Test(
    "The first even sample decides alone, one after an uneven one only if most are even",
    arguments: [
      ("eeeeeee", 1, Verdict.pass), ("ueeeeee", 3, .pass), ("uueeeee", 5, .pass), ("ueueeee", 5, .pass),
      ("uuueeee", 7, .pass), ("uuuueee", 4, .fail), ("uuuuuuu", 4, .fail), ("ueueueu", 7, .fail), ("ueueuue", 6, .fail),
    ])
  func most(_ order: String, _ samples: Int, _ verdict: Verdict) {
    let seen = drawn(order)
    #expect(seen.samples == samples && seen.verdict == verdict, "\(seen)")
  }

  @Test("Interrupted before most of them are even, an even one leaves it open")
  func interrupted() {
    let passing = Assertion(.sharing(.policy), verdict: .pass, expected: "", actual: "")
    let open = SampleVote(samples: 2, uneven: 1, most: SampleVote.most).decided(passing)
    #expect(open.verdict == .inconclusive && open.reason?.hasPrefix("In 1 of 2 samples who took longer") == true)
  }

  @Test("Where the load is expected to count, two of three have to be even")
  func load() {
    #expect(drawn("uee", most: SampleVote.mostOfLoad) == (3, .pass))
    #expect(drawn("uu", most: SampleVote.mostOfLoad) == (2, .fail))
    #expect(drawn("ueu", most: SampleVote.mostOfLoad) == (3, .fail))
  }
}
