import Testing

@testable import lbcheck

@Suite struct SignalWatchTests {
  @Test("Two signals at about the same time are one Ctrl-C; a later one ends the program at once")
  func interrupts() {
    var interrupts = Interrupts()
    let times: [(UInt64, Interrupts.Meaning)] = [
      (10_000_000_000, .stop), (10_000_000_000, .same), (10_499_000_000, .same), (10_500_000_000, .endAtOnce),
      (19_000_000_000, .endAtOnce),
    ]
    for (time, meaning) in times { #expect(interrupts.meaning(at: time) == meaning, "at \(time)") }
  }
}
