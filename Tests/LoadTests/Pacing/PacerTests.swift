import Testing

@testable import Load

@Suite struct PacerTests {
  /// All due times of a pace in seconds, until it ends or `limit` is reached.
  private func times(_ pacer: Pacer, offset: Int = 0, stride: Int = 1, before limit: Double) -> [Double] {
    var schedule = Schedule(pacer, offset: offset, stride: stride)
    var times: [Double] = []
    while let due = schedule.next(), Double(due) / 1e9 < limit { times.append(Double(due) / 1e9) }
    return times
  }

  @Test("A constant rate is due at even distances")
  func constant() {
    let times = times(.constant(rate: 4), before: 1)
    #expect(times == [0, 0.25, 0.5, 0.75])
  }

  @Test(
    "A ramp makes as many requests as the area under its rate",
    arguments: [(0.0, 100.0), (100, 0), (50, 150), (80, 80)])
  func ramp(from: Double, to: Double) {
    let times = times(.ramp(from: from, to: to, seconds: 10), before: 10)
    #expect(abs(Double(times.count) - (from + to) / 2 * 10) <= 1)
    #expect(times == times.sorted())
    // The rate in each whole second is that of the line, within one request.
    for second in 0..<10 {
      let expected = from + (to - from) * (Double(second) + 0.5) / 10
      let count = times.count { $0 >= Double(second) && $0 < Double(second + 1) }
      #expect(abs(Double(count) - expected) <= 1)
    }
  }

  @Test("After a ramp its last rate goes on, and a ramp to zero ends")
  func afterRamp() {
    #expect(times(.ramp(from: 0, to: 10, seconds: 1), before: 3).count { $0 >= 2 } == 10)
    var schedule = Schedule(.ramp(from: 10, to: 0, seconds: 1), offset: 0, stride: 1)
    var count = 0
    while schedule.next() != nil { count += 1 }
    #expect(count == 5)
  }

  @Test("Steps follow one another and end")
  func steps() {
    let pacer = Pacer.steps([.init(rate: 10, seconds: 1), .init(rate: 2, seconds: 2), .init(rate: 100, seconds: 0.1)])
    let times = times(pacer, before: .infinity)
    #expect(times.count { $0 < 1 } == 10)
    #expect(times.count { $0 >= 1 && $0 < 3 } == 4)
    #expect(times.count { $0 >= 3 } == 10)
    #expect(pacer.length == 3.1)
  }

  @Test("Poisson gaps are exponential: mean and variance fit, and the same seed gives the same times")
  func poisson() {
    let times = times(.poisson(rate: 1000, seed: 7), before: 100)
    let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
    let mean = gaps.reduce(0, +) / Double(gaps.count)
    let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
    // 100,000 gaps: five standard errors of the mean are 1.6 %, of the variance 4.5 %.
    #expect(abs(mean - 0.001) < 0.000_016)
    #expect(abs(variance - 1e-6) < 4.5e-8)
    #expect(times == self.times(.poisson(rate: 1000, seed: 7), before: 100))
    #expect(times != self.times(.poisson(rate: 1000, seed: 8), before: 100))
  }

  @Test("Several workers' schedules make the one schedule", arguments: [1, 2, 3, 7])
  func shares(workers: Int) {
    let paces: [Pacer] = [
      .constant(rate: 97), .ramp(from: 5, to: 50, seconds: 2), .poisson(rate: 80, seed: 3),
      .steps([.init(rate: 10, seconds: 1), .init(rate: 30, seconds: 1)]),
    ]
    for pacer in paces {
      let parts = (0..<workers).flatMap { times(pacer, offset: $0, stride: workers, before: 3) }
      #expect(parts.sorted() == times(pacer, before: 3))
    }
  }

  @Test("The mean rate is the requests over the time")
  func meanRate() {
    #expect(Pacer.constant(rate: 5).meanRate(over: 2) == 5)
    #expect(Pacer.ramp(from: 0, to: 10, seconds: 10).meanRate(over: 10) == 5)
    #expect(Pacer.ramp(from: 0, to: 10, seconds: 10).meanRate(over: 20) == 7.5)
    #expect(Pacer.steps([.init(rate: 10, seconds: 1), .init(rate: 2, seconds: 2)]).meanRate(over: 2) == 6)
    #expect(Pacer.closedLoop.meanRate(over: 1) == nil)
  }

  @Test(
    "Paces out of range are refused",
    arguments: [
      Pacer.constant(rate: 0), .constant(rate: -1), .constant(rate: .nan), .constant(rate: .infinity),
      .constant(rate: 1e8), .ramp(from: 0, to: 0, seconds: 1), .ramp(from: 1, to: 2, seconds: 0),
      .ramp(from: -1, to: 2, seconds: 1), .steps([]), .steps([.init(rate: 1, seconds: 0)]), .poisson(rate: 0, seed: 1),
    ])
  func invalid(pacer: Pacer) {
    #expect(throws: LoadError.self) { try pacer.validate() }
  }
}
