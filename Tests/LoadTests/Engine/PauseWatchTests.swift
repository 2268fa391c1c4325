import Platform
import Testing

@testable import Load

@Suite struct PauseWatchTests {
  private static let second: Nanoseconds = 1_000_000_000
  private static let millisecond: Nanoseconds = 1_000_000

  private func watch(suspended: Int64? = 0) -> PauseWatch {
    PauseWatch(ClockReading(time: 0, worked: 0, suspended: suspended))
  }

  @Test("A process that did not run for two seconds was paused for them")
  func stopped() {
    var watch = watch()
    let turn = 3 * Self.second
    _ = watch.pause(since: turn, at: ClockReading(time: turn, worked: Self.second, suspended: 0))
    let pause = watch.pause(
      since: turn, at: ClockReading(time: 5 * Self.second, worked: Self.second + 200_000, suspended: 0))
    #expect(
      pause == GeneratorPause(.stopped, start: 3 * Self.second, end: 5 * Self.second, length: 2 * Self.second))
    #expect(
      watch.pause(
        since: 5 * Self.second,
        at: ClockReading(time: 5 * Self.second + 50 * Self.millisecond, worked: Self.second, suspended: 0)) == nil)
  }

  @Test("A virtual machine's noise and the loop's own wait are no pause", arguments: [30, 100, 250, 499])
  func noise(milliseconds: Nanoseconds) {
    var watch = watch()
    #expect(
      watch.pause(since: 0, at: ClockReading(time: milliseconds * Self.millisecond, worked: 0, suspended: 0)) == nil)
  }

  @Test("A long turn in which the thread worked is no pause")
  func busy() {
    var watch = watch()
    #expect(
      watch.pause(since: 0, at: ClockReading(time: 3 * Self.second, worked: 2_700_000_000, suspended: 0)) == nil)
    // Nor is one that shared the processor with others.
    #expect(
      watch.pause(
        since: 3 * Self.second, at: ClockReading(time: 6 * Self.second, worked: 3_600_000_000, suspended: 0)) == nil)
  }

  @Test("A suspended machine shows in CLOCK_BOOTTIME alone")
  func suspended() {
    var watch = watch(suspended: 40_000)
    // As long as the two clocks go together, a fixed distance, of a time namespace too, is none.
    #expect(watch.pause(since: 0, at: ClockReading(time: Self.second / 20, worked: 0, suspended: 900_000)) == nil)
    let pause = watch.pause(
      since: Self.second / 20, at: ClockReading(time: Self.second / 10, worked: 0, suspended: 30_000_900_000))
    #expect(
      pause
        == GeneratorPause(.suspended, start: Self.second / 20, end: Self.second / 10, length: 30 * Self.second))
    #expect(
      watch.pause(
        since: Self.second / 10, at: ClockReading(time: Self.second / 5, worked: 0, suspended: 30_000_900_000)) == nil)
  }

  @Test("Clocks that cannot be read together for a while hide no suspension")
  func unread() {
    var watch = watch(suspended: -5_000_000_000)
    #expect(watch.pause(since: 0, at: ClockReading(time: 50_000_000, worked: 0, suspended: nil)) == nil)
    let pause = watch.pause(since: 50_000_000, at: ClockReading(time: 100_000_000, worked: 0, suspended: 2_000_000_000))
    #expect(pause?.cause == .suspended && pause?.length == 7 * Self.second)
  }

  @Test("This machine's clocks go together")
  func clocks() throws {
    var readings: [Int64] = []
    for _ in 0..<20 { if let reading = MonotonicClock.suspendedTime() { readings.append(reading) } }
    let least = try #require(readings.min())
    #expect(readings.allSatisfy { $0 - least < PauseWatch.suspensionThreshold }, "\(readings)")
  }

  @Test("What several workers saw at a time is one pause")
  func merged() {
    let pauses = [
      GeneratorPause(.stopped, start: 10, end: 20, length: 10, caughtUp: 24),
      GeneratorPause(.stopped, start: 40, end: 50, length: 10),
      GeneratorPause(.stopped, start: 9, end: 19, length: 10),
    ]
    let merged = GeneratorPause.merged(pauses)
    #expect(
      merged == [
        GeneratorPause(.stopped, start: 9, end: 20, length: 10, caughtUp: 24),
        GeneratorPause(.stopped, start: 40, end: 50, length: 10),
      ])
    #expect(GeneratorPause.merged(merged) == merged)
  }

  @Test("A request is covered by a pause in which it was under way, or whose burst it was in")
  func covers() {
    let pause = GeneratorPause(.stopped, start: 10, end: 20, length: 10, caughtUp: 24)
    #expect(pause.covers(due: 5, done: 21) && pause.covers(due: 12, done: 30) && pause.covers(due: 23, done: 25))
    #expect(!pause.covers(due: 5, done: 9) && !pause.covers(due: 24, done: 30))
  }
}
