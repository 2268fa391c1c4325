import Platform
import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct TakeoverWindowTests {
  private static let millisecond: Nanoseconds = 1_000_000

  /// Every 10 ms a request, answered until each time by a backend (`nil` by nobody) or failing; the stop of `a` is asked at 1 s and
  /// done at 1.1 s.
  private func window(
    _ turns: [(until: Nanoseconds, backend: Int?, failure: FailureKind?)], share: Double? = 0.95,
    within: Nanoseconds = 1000, end: Nanoseconds = 3000, every: Nanoseconds = 10, stopped: [String] = ["a"]
  ) -> TakeoverWindow? {
    var measured = Measurements()
    measured.backends = ["a", "b", "c"].map { Measurements.Backend(name: $0) }
    var due: Nanoseconds = 1000
    for turn in turns {
      while due < turn.until {
        measured.records.append(
          RequestRecord(
            due: due * Self.millisecond, sent: due * Self.millisecond, done: (due + 1) * Self.millisecond,
            connection: 0,
            backend: turn.backend, generation: nil, status: 200, failure: turn.failure, isRetry: false,
            isUpstreamRetried: false))
        due += every
      }
    }
    var demand = TakeoverDemand()
    (demand.share, demand.within) = (share, within * Self.millisecond)
    let action = ActionSection(command: ["x"], startSeconds: 1, durationSeconds: 0.1)
    let span = PhaseSpan(
      name: "stop a", start: 1000 * Self.millisecond, end: end * Self.millisecond, action: action)
    return TakeoverWindow(demand, measured, span, from: stopped)
  }

  @Test("What others answer of the requests due in the time after the stop's command decides")
  func share() {
    // What was due while the command ran counts for nothing.
    #expect(window([(1100, 0, nil), (3000, 1, nil)])?.verdict == .pass)
    // 5 of 100 are still answered by the stopped one, then 6.
    #expect(window([(1150, 0, nil), (3000, 1, nil)])?.verdict == .pass)
    let tooMany = window([(1160, 0, nil), (3000, 1, nil)])
    #expect(tooMany?.verdict == .fail && tooMany?.actual == "94 of 100, 94.00%")
    // After the time it is too late, whatever their share of the rest.
    #expect(window([(2100, 0, nil), (3000, 1, nil)])?.verdict == .fail)
    // What the stopped one answers after it is others' to judge.
    #expect(window([(2100, 1, nil), (3000, 0, nil)])?.verdict == .pass)
  }

  @Test("Requests that failed, or that no backend answered, were not carried by others")
  func notCarried() {
    #expect(window([(1160, 1, .reset), (3000, 1, nil)])?.verdict == .fail)
    #expect(window([(1160, nil, nil), (3000, 1, nil)])?.verdict == .fail)
    #expect(window([(3000, 1, nil)], stopped: ["a", "b"])?.verdict == .fail)
    #expect(window([(3000, 2, nil)], stopped: ["a", "b"])?.verdict == .pass)
  }

  @Test("What was not watched to its end, or by too few requests, is open")
  func open() {
    #expect(window([(3000, 1, nil)], end: 2090)?.verdict == .inconclusive)
    #expect(window([(3000, 1, nil)], end: 2100)?.verdict == .pass)
    let sparse = window([(3000, 1, nil)], every: 50)
    #expect(sparse?.verdict == .inconclusive && sparse?.doubt == "Too few requests (20): raise --rate.")
  }

  @Test("Without a demanded share there is nothing to judge")
  func none() { #expect(window([(3000, 1, nil)], share: nil) == nil) }
}
