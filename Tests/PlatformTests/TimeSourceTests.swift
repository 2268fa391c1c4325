import Platform
import Testing

@Suite struct TimeSourceTests {
  @Test("A manual clock stands still until it is moved, and sleeping moves it")
  func manual() {
    let clock = ManualClock(now: 5)
    let source = TimeSource.manual(clock)
    #expect(source.now() == 5 && source.now() == 5)
    clock.advance(by: 10)
    source.sleep(3_600_000_000_000)
    #expect(source.now() == 3_600_000_000_015)
  }

  @Test("The system's clock goes on, and sleeping until a time takes until then")
  func system() {
    let begun = TimeSource.system.now()
    MonotonicClock.sleep(until: begun + 2_000_000)
    #expect(TimeSource.system.now() >= begun + 2_000_000)
  }

  @Test(
    "A duration in nanoseconds is never negative, and 30 years at most",
    arguments: [
      (.zero, 0), (.milliseconds(1500), 1_500_000_000), (.seconds(-1), 0),
      (.seconds(1 << 40), 1_000_000_000_000_000_000),
    ] as [(Duration, Nanoseconds)])
  func duration(duration: Duration, nanoseconds: Nanoseconds) { #expect(duration.nanoseconds == nanoseconds) }
}
