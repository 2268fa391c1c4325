import Platform
import Support
import Testing

@Suite struct ArrivalClockTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// A pair of clocks a minute after the start, and what reads them.
  private func pair() -> (clock: ManualClock, arrivals: ArrivalClock) {
    let clock = ManualClock(now: Self.second)
    let arrivals = ArrivalClock(.manual(clock))
    clock.advance(by: 60 * Self.second)
    return (clock, arrivals)
  }

  @Test("A stamp is told by the monotonic clock; none, and one from the future, tell nothing")
  func conversion() {
    var (clock, arrivals) = pair()
    let cases: [(stamp: Int64, time: Nanoseconds?)] = [
      (clock.wall - 5_000_000, clock.now - 5_000_000), (clock.wall, clock.now), (clock.wall - 1, clock.now - 1),
      // Two readings of one moment may differ a little.
      (clock.wall + 900, clock.now), (clock.wall + 1_100, nil), (clock.wall + 3_600_000_000_000, nil),
      (0, nil), (-1, nil), (1, nil), (.max, nil),
    ]
    for (stamp, time) in cases { #expect(arrivals.time(of: stamp, readAt: clock.now) == time, "\(stamp)") }
  }

  @Test("No answer comes before its request was sent")
  func causality() {
    let (clock, arrivals) = pair()
    #expect(arrivals.isPossible(clock.now, after: clock.now))
    #expect(arrivals.isPossible(clock.now + 1, after: clock.now))
    #expect(!arrivals.isPossible(clock.now - 1, after: clock.now))
  }

  @Test(
    "What was on its way when the wall clock was set has no time, and what was sent since has the right one",
    arguments: [3_600_000_000_000, 5_000_000, 2_000, -2_000, -5_000_000, -3_600_000_000_000])
  func step(of step: Int64) {
    var (clock, arrivals) = pair()
    let sent = clock.now
    clock.advance(by: 1_000_000)
    let stamp = clock.wall
    clock.advance(by: 1_000_000)
    clock.setWall(by: step)
    if let time = arrivals.time(of: stamp, readAt: clock.now) { #expect(!arrivals.isPossible(time, after: sent)) }
    // It stays so: others that were sent before are read later.
    clock.advance(by: 1_000_000)
    if let time = arrivals.time(of: clock.wall, readAt: clock.now) { #expect(!arrivals.isPossible(time, after: sent)) }
    let next = clock.now
    clock.advance(by: 1_000_000)
    let arrived = clock.now
    let later = clock.wall
    clock.advance(by: 1_000_000)
    #expect(arrivals.time(of: later, readAt: clock.now) == arrived)
    #expect(arrivals.isPossible(arrived, after: next))
  }

  @Test("A thread that was held up between two readings does not take that for a step")
  func heldUp() {
    var (clock, arrivals) = pair()
    let sent = clock.now
    clock.advance(by: 7_000_000)
    // The monotonic clock was read 2 ms before the other one.
    let time = arrivals.time(of: clock.wall - 5_000_000, readAt: clock.now - 2_000_000)
    #expect(time == clock.now - 5_000_000)
    #expect(arrivals.isPossible(clock.now - 5_000_000, after: sent))
  }

  @Test("Whatever steps there are, a time that is told is right")
  func manySteps() {
    var random = SeededGenerator(seed: 20)
    var (clock, arrivals) = pair()
    var (told, untold, wrong) = (0, 0, 0)
    // Requests in flight: when they were sent, and when their answers came, by both clocks.
    var flights: [(sent: Nanoseconds, arrived: Nanoseconds, stamp: Int64)] = []
    for _ in 0..<20_000 {
      switch Int.random(in: 0..<100, using: &random) {
      case 0: clock.setWall(by: Int64.random(in: -10_000_000...10_000_000, using: &random))
      case 1...45:
        let sent = clock.now
        clock.advance(by: UInt64.random(in: 1_000...2_000_000, using: &random))
        flights.append((sent, clock.now, clock.wall))
      case 46...60: clock.advance(by: UInt64.random(in: 1...500_000, using: &random))
      default:
        guard !flights.isEmpty else { continue }
        let flight = flights.remove(at: Int.random(in: flights.indices, using: &random))
        guard let time = arrivals.time(of: flight.stamp, readAt: clock.now),
          arrivals.isPossible(time, after: flight.sent)
        else {
          untold += 1
          continue
        }
        told += 1
        if time.distance(to: flight.arrived).magnitude > 2_000 { wrong += 1 }
      }
    }
    #expect(wrong == 0 && told > 500 && untold > 500, "\(told) told, \(untold) not, \(wrong) wrong")
  }

  @Test("By the system's clocks a moment is the same by both")
  func system() {
    var arrivals = ArrivalClock(.system)
    for _ in 0..<1_000 {
      let before = MonotonicClock.now()
      let stamp = WallClock.now()
      let after = MonotonicClock.now()
      guard let time = arrivals.time(of: stamp, readAt: MonotonicClock.now()) else {
        Issue.record("a reading of the wall clock tells no time")
        return
      }
      #expect(time + 1_000 >= before && time <= after + 1_000)
    }
  }
}
