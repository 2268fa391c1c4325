import Testing

@testable import Checks

@Suite struct DrawsTests {
  private func needed(_ isEnough: (Int) -> Bool) -> Int? { (0...10_000).first(where: isEnough) }

  @Test("Draws until a further backend as likely as the others would have been met, but for one in a thousand")
  func all() {
    // The least n with k·(1 − 1/k)ⁿ < 0.001 for one backend more than were met.
    for (met, draws) in [(0, 11), (1, 11), (2, 20), (3, 29), (7, 68), (63, 703)] {
      #expect(needed { Draws.areEnough($0, toMeetAllBut: met) } == draws, "\(met)")
    }
  }

  @Test("A backend with a share of the answers is met by as many as its share takes")
  func share() {
    for (share, draws) in [(1.0, 1), (0.5, 10), (0.1, 66), (0.01, 688)] {
      #expect(needed { Draws.areEnough($0, toMeet: share) } == draws, "\(share)")
    }
    #expect(
      !Draws.areEnough(1_000_000, toMeet: 0) && !Draws.areEnough(0, toMeet: 1) && !Draws.areEnough(5, toMeet: .nan))
  }
}
