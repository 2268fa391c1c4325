import Checks
import Platform
import Report
import Testing

@testable import Load
@testable import lbcheck

@Suite struct ProgressLineTests {
  private static let second: Nanoseconds = 1_000_000_000

  private static func snapshot(
    after seconds: Double, _ succeeded: Int, failed: Int = 0, backends: [(name: String, requests: Int)] = []
  ) -> LiveSnapshot {
    LiveSnapshot(
      start: 1, elapsed: Nanoseconds(seconds * 1e9), succeeded: succeeded, failed: failed, p50: 1_250_000,
      p99: 31_000_000, slowest: 40_000_000, backends: backends, recent: nil)
  }

  private static let timed: ProgressLine = {
    var line = ProgressLine(
      stage: CheckStage("reload", CheckStage.Place(2, of: 3), lasts: 5 * second, followed: 5 * second),
      elapsed: 7 * second, stageElapsed: 2 * second)
    (line.snapshot, line.requests) = (
      snapshot(after: 7, 3_497, failed: 3, backends: [("a:1", 1_000), ("b:2", 2_497)]), nil
    )
    return line
  }()
  /// Bounded by a number of requests.
  private static let counted = ProgressLine(
    stage: CheckStage("load", followed: 0), elapsed: 3 * second, stageElapsed: 2 * second,
    snapshot: snapshot(after: 2, 500), requests: 2_000)
  /// Of which only an upper limit is known.
  private static let bounded = ProgressLine(
    stage: CheckStage("climb at 500/s", lasts: 3 * second), expected: ExpectedTime(most: 300 * second),
    elapsed: 150 * second, stageElapsed: second)
  private static let unknown = ProgressLine(stage: CheckStage("watch"), elapsed: 3_725 * second)
  private static let rounds: ProgressLine = {
    var line = timed
    line.stage?.part = CheckStage.Part(CheckStage.Place(2, of: 10))
    line.stage?.followed = nil
    return line
  }()
  private static let runs: ProgressLine = {
    var line = counted
    line.stage?.part = CheckStage.Part(word: "run", CheckStage.Place(2, of: 5))
    return line
  }()
  private static let long = ProgressLine(
    stage: CheckStage("stop \(String(repeating: "後端", count: 40))", CheckStage.Place(1, of: 2), lasts: second))

  @Test(
    "A line shows elapsed and remaining time, a bar and the stage of several, and leaves out what a narrow terminal has no room for",
    arguments: [
      (
        timed, 120,
        "████░░░░░░  2/3 reload  0:07, 0:08 left  3500  500/s  p50 1.25 ms  p99 31 ms  3 failed  a:1 28%  b:2 71%"
      ),
      (timed, 79, "████░░░░░░  2/3 reload  0:07, 0:08 left  3500  500/s  p99 31 ms  3 failed"),
      (timed, 59, "████░░░░░░  2/3 reload  0:07, 0:08 left  500/s  3 failed"),
      (timed, 39, "2/3 reload  0:07, 0:08 left  3 failed"),
      (timed, 20, "2/3 reload"),
      (
        counted, 100, "███░░░░░░░  load  0:03, 0:06 left  500 of 2000  250/s  p50 1.25 ms  p99 31 ms"
      ),
      (counted, 39, "███░░░░░░░  load  0:03, 0:06 left"),
      (bounded, 60, "█████░░░░░  climb at 500/s  2:30, at most 2:30 left"),
      (unknown, 60, "watch  1:02:05"),
      (rounds, 79, "round 2/10  2/3 reload  0:07  3500  500/s  p50 1.25 ms  p99 31 ms  3 failed"),
      (rounds, 39, "round 2/10  2/3 reload  0:07  3 failed"),
    ] as [(ProgressLine, Int, String)])
  func drawing(line: ProgressLine, width: Int, expected: String) {
    #expect(line.drawn(width: width) == expected)
  }

  @Test("No line takes more columns than it may")
  func widths() {
    for line in [Self.timed, Self.counted, Self.bounded, Self.unknown, Self.rounds, Self.long, ProgressLine()] {
      for width in 19...200 {
        let drawn = line.drawn(width: width)
        #expect(!drawn.isEmpty && Escaping.columns(drawn) <= width, "\(width): \(drawn)")
      }
    }
  }

  @Test("What is left of a stage never becomes negative, and a bar never more than full")
  func overdue() {
    var line = Self.timed
    (line.stageElapsed, line.elapsed) = (60 * Self.second, 66 * Self.second)
    #expect(line.remaining == 5 * Self.second)
    line.stage?.followed = 0
    #expect(line.remaining == 0 && line.share == 1)
    line = Self.counted
    line.snapshot = Self.snapshot(after: 2, 2_100)
    #expect(line.remaining == 0)
    line.stage?.followed = nil
    #expect(line.share == 1)
    line = Self.bounded
    line.elapsed = 301 * Self.second
    #expect(line.share == 1 && line.drawn(width: 80).hasSuffix("5:01, at most 0:00 left"))
  }

  @Test(
    "A log names the stage of several without a bar",
    arguments: [
      (timed, "reload (2 of 3)  3500  500/s  p50 1.25 ms  p99 31 ms  3 failed  a:1 28%  b:2 71%"),
      (rounds, "round 2 of 10: reload (2 of 3)  3500  500/s  p50 1.25 ms  p99 31 ms  3 failed  a:1 28%  b:2 71%"),
      (counted, "load  500 of 2000  250/s  p50 1.25 ms  p99 31 ms"),
      (runs, "run 2 of 5: load  500 of 2000  250/s  p50 1.25 ms  p99 31 ms"),
    ] as [(ProgressLine, String)])
  func log(line: ProgressLine, expected: String) {
    #expect(line.plain == expected)
  }

  @Test(
    "How long a check takes is said as far as it is known",
    arguments: [
      (ExpectedTime(least: 10 * second), "Takes 10 s."),
      (ExpectedTime(least: 15 * second, most: 1_905 * second), "Takes at least 15 s, and at most 31 min 45 s."),
      (ExpectedTime(most: 300 * second), "Takes at most 5 min."),
      (ExpectedTime(requests: 2_400), "Takes as long as 2,400 requests take."),
      (ExpectedTime(requests: 1), "Takes as long as 1 request takes."),
      (ExpectedTime(least: 2 * second, requests: 400), "Takes at least 2 s, and as long as 400 requests take."),
      (ExpectedTime(least: 0, requests: 400), "Takes as long as 400 requests take."),
      (ExpectedTime(least: second, most: .max), "Takes 1 s."),
      (ExpectedTime(), "Goes on until Ctrl-C."),
    ] as [(ExpectedTime, String)])
  func length(time: ExpectedTime, expected: String) {
    #expect(ProgressLine.text(time) == expected)
  }
}
