import Report
import Testing

@testable import Checks

@Suite struct RecoveryTests {
  private func verdict(_ attempts: [Recovery.Attempt]) -> Verdict {
    var recovery = Recovery()
    for attempt in attempts { recovery.note(attempt) }
    return recovery.verdict
  }

  @Test("Three answers are wanted, with no failure among them")
  func answers() {
    #expect(verdict([.failed, .answered, .answered, .answered]) == .pass)
    #expect(verdict([.answered, .answered, .failed, .answered, .answered]) == .fail)
    #expect(verdict([]) == .fail)
  }

  @Test("What this machine could not ask neither undoes answers nor is the target's failure")
  func notAsked() {
    #expect(verdict([.answered, .notAsked, .answered, .notAsked, .answered]) == .pass)
    #expect(verdict([.notAsked, .notAsked]) == .inconclusive)
    #expect(verdict([.notAsked, .answered, .notAsked]) == .inconclusive)
    #expect(verdict([.notAsked, .failed]) == .fail)
    #expect(verdict([.failed, .answered, .notAsked]) == .inconclusive)
  }
}
