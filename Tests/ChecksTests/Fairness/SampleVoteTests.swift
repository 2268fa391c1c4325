import Report
import Testing

@testable import Checks

@Suite struct SampleVoteTests {
  /// Draws samples as a check does until they decide: `e` is even, in another letter's that backend got too few.
  private func drawn(_ order: String, most: Int = SampleVote.most) -> (samples: Int, verdict: Verdict) {
    var (samples, slow) = (0, [] as [String])
    for kind in order {
      samples += 1
      if kind != "e" { slow.append(String(kind)) }
      let vote = SampleVote(samples: samples, slow: slow, most: most)
      guard vote.isOpen else {
        // The last sample's own verdict.
        let own = Assertion(.sharing(.policy), verdict: kind == "e" ? .pass : .fail, expected: "", actual: "")
        return (samples, vote.decided(own).verdict)
      }
    }
    return (samples, .inconclusive)
  }

  @Test(
    "The first even sample decides alone, one after an uneven one only if most are even",
    arguments: [
      ("eeeeeee", 1, Verdict.pass), ("aeeeeee", 3, .pass), ("abeeeee", 5, .pass), ("aeaeeee", 5, .pass),
      ("abceeee", 7, .pass), ("abcaeee", 4, .fail), ("abcabca", 4, .fail), ("aebecea", 7, .fail), ("aebecae", 6, .fail),
      ("aaaeeee", 3, .fail), ("aaeaeee", 4, .fail),
    ])
  func most(_ order: String, _ samples: Int, _ verdict: Verdict) {
    let seen = drawn(order)
    #expect(seen.samples == samples && seen.verdict == verdict, "\(seen)")
  }

  @Test("Interrupted before most of them are even, an even one leaves it open")
  func interrupted() {
    let passing = Assertion(.sharing(.policy), verdict: .pass, expected: "", actual: "")
    let open = SampleVote(samples: 2, slow: ["a"], most: SampleVote.most).decided(passing)
    #expect(open.verdict == .inconclusive && open.reason?.hasPrefix("In 1 of 2 samples who took longer") == true)
  }

  @Test("Where the load is expected to count, two of three have to be even")
  func load() {
    #expect(drawn("aee", most: SampleVote.mostOfLoad) == (3, .pass))
    #expect(drawn("ab", most: SampleVote.mostOfLoad) == (2, .fail))
    #expect(drawn("aeb", most: SampleVote.mostOfLoad) == (3, .fail))
  }
}
