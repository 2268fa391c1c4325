import Platform
import Testing

@testable import Checks
@testable import Load

@Suite struct FailoverTimesTests {
  private static let millisecond: Nanoseconds = 1_000_000

  /// Every 10 ms one of the named backends answers, in turn.
  private func measured(_ turns: [(until: Nanoseconds, backends: [Int])]) -> Measurements {
    var measured = Measurements()
    measured.backends = ["a", "b", "c"].map { Measurements.Backend(name: $0) }
    var due: Nanoseconds = 0
    for turn in turns {
      var index = 0
      while due < turn.until * Self.millisecond {
        measured.records.append(
          RequestRecord(
            due: due, sent: due, done: due + Self.millisecond, connection: 0,
            backend: turn.backends[index % turn.backends.count],
            generation: nil, status: 200, failure: nil, isRetry: false, isUpstreamRetried: index == 0))
        due += 10 * Self.millisecond
        index += 1
      }
    }
    return measured
  }

  private let spans = [(0, 1000), (1000, 2000), (2000, 3000)].map { start, end in
    PhaseSpan(name: "", start: start * millisecond, end: end * millisecond, action: nil)
  }

  @Test("A backend that goes and comes back: when it last answered, who took over, when it was chosen again")
  func takeover() {
    let seen = measured([(1000, [0, 1, 2]), (1100, [0, 1, 2]), (2250, [1, 2, 1, 2, 1]), (3000, [0, 1, 2])])
    let times = FailoverTimes(stopped: "a", measured: seen, spans: spans)
    #expect(times.answeredBefore && times.isSilentInTheEnd && times.othersAnswered)
    #expect(abs((times.lastAnswer ?? 0) - 0.091) < 1e-9)
    #expect(abs((times.backAfter ?? 0) - 0.251) < 1e-9)
    #expect(times.retried == 2)
    // Of 96 answers by others b gave 3 + 54 and c 3 + 36.
    #expect(times.spread == "b 59%, c 41%")
  }

  @Test("A backend that never stops answering, or never comes back")
  func neither() {
    let constant = FailoverTimes(stopped: "a", measured: measured([(3000, [0, 1])]), spans: spans)
    #expect(!constant.isSilentInTheEnd)
    let lost = FailoverTimes(stopped: "a", measured: measured([(1000, [0, 1]), (3000, [1])]), spans: spans)
    #expect(lost.isSilentInTheEnd && lost.backAfter == nil)
    let absent = FailoverTimes(stopped: "c", measured: measured([(3000, [0, 1])]), spans: spans)
    #expect(!absent.answeredBefore)
    let cut = FailoverTimes(stopped: "a", measured: measured([(1000, [0])]), spans: [spans[0]])
    #expect(cut.answeredBefore && cut.backAfter == nil && !cut.othersAnswered)
  }
}
