import Checks
import Platform
import Report
import Statistics
import Testing

@testable import Load
@testable import lbcheck

@Suite struct LiveBoardTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// A run of one worker whose requests the test makes.
  private struct Traffic {
    let counters = LiveCounters()
    let feed: LiveFeed
    private let clock: ManualClock

    init(start: Nanoseconds, _ names: [String]) {
      clock = ManualClock(now: start)
      let gate = WorkerGate(workers: 1, at: start, clock: .manual(clock))
      gate.pass()
      feed = LiveFeed([counters], gate, requests: nil)
      for name in names { counters.name(name) }
    }

    func succeed(_ count: Int, milliseconds: UInt64, backend: Int, generation: Int = -1, at now: Nanoseconds = 0) {
      var histogram = Histogram()
      let latency = milliseconds * 1_000_000
      let bucket = histogram.record(latency)
      for _ in 0..<count {
        counters.success(
          due: 0, latency: latency, bucket: bucket, backend: backend, generation: generation, at: now)
      }
    }
  }

  @Test("A frame has the last second's figures beside those of the whole")
  func seconds() {
    let board = LiveBoard()
    let start = 100 * Self.second
    board.begin("load", target: "http://a/")
    board.take(.stage(CheckStage("load", lasts: 10 * Self.second, followed: 0)), at: start)
    let traffic = Traffic(start: start, ["a", "b"])
    board.take(.traffic(traffic.feed), at: start)
    traffic.succeed(100, milliseconds: 10, backend: 0)
    _ = board.frame(at: start + Self.second)
    traffic.succeed(50, milliseconds: 100, backend: 1)
    for _ in 0..<3 { traffic.counters.failure(due: 0, .reset, backend: -1) }
    traffic.counters.failure(due: 0, .status, backend: 1)
    let frame = board.frame(at: start + 2 * Self.second)
    #expect(frame.requests == 154 && frame.failed == 4 && frame.failures == ["reset": 3, "status": 1])
    #expect(frame.point.rate == 54 && frame.point.failed == 4)
    #expect(frame.point.latency.p50.map { (100...102).contains($0) } == true)
    #expect(frame.latency.p50.map { (10...10.2).contains($0) } == true)
    #expect(frame.backends.map(\.name) == ["a", "b"] && frame.backends.map(\.requests) == [100, 51])
    #expect(frame.backends.map(\.failed) == [0, 1] && frame.backends[0].share == 100.0 / 151)
    #expect(frame.backends[1].latency.p99.map { (100...102).contains($0) } == true)
    #expect(frame.elapsed == 2 && frame.left == 8 && frame.share == 0.2)
    #expect(board.points.map(\.at) == [1, 2])
    // Whoever comes in between takes nothing from the next second.
    #expect(board.frame(at: start + 2 * Self.second + 1, isPoint: false).point.rate == 0)
    traffic.succeed(30, milliseconds: 10, backend: 0)
    #expect(board.frame(at: start + 3 * Self.second).point.rate == 30)
  }

  @Test("Figures of one run after another add up, each generation at the time of the check, and each phase by itself")
  func runs() {
    let board = LiveBoard()
    let start = 100 * Self.second
    let first = Traffic(start: start, ["a"])
    board.take(.stage(CheckStage("baseline", CheckStage.Place(1, of: 2))), at: start)
    board.take(.traffic(first.feed), at: start)
    first.counters.name(Generation(backend: 0, name: "g1"))
    first.succeed(7, milliseconds: 1, backend: 0, generation: 0, at: Self.second)
    board.take(.stage(CheckStage("reload", CheckStage.Place(2, of: 2))), at: start + 5 * Self.second)
    let second = Traffic(start: start + 6 * Self.second, ["b", "a"])
    board.take(.traffic(second.feed), at: start + 6 * Self.second)
    second.counters.name(Generation(backend: 1, name: "g2"))
    second.succeed(2, milliseconds: 1, backend: 1, generation: 0, at: Self.second)
    second.succeed(1, milliseconds: 1, backend: 1, generation: 0, at: 2 * Self.second)
    second.counters.failure(due: 0, .closed, backend: -1)
    let frame = board.frame(at: start + 9 * Self.second)
    #expect(frame.requests == 11 && frame.backends.map(\.name) == ["a", "b"])
    #expect(frame.backends.map(\.requests) == [10, 0])
    #expect(
      frame.lives == [
        LiveFrame.Life(backend: "a", generation: "g1", first: 1, last: 1, answers: 7),
        LiveFrame.Life(backend: "a", generation: "g2", first: 7, last: 8, answers: 3),
      ])
    #expect(
      frame.stages == [
        LiveFrame.Stage(name: "baseline (1 of 2)", at: 0, requests: 7, failed: 0, isOver: true),
        LiveFrame.Stage(name: "reload (2 of 2)", at: 5, requests: 4, failed: 1, isOver: false),
      ])
  }

  @Test("What is judged and seen is shown, the end ends the time, and names that look like credentials are masked")
  func ending() {
    let board = LiveBoard { $0.replacing("secret", with: "…") }
    board.begin("watch", target: "http://secret@a/")
    board.take(.judged(EarlyVerdict("deploy 1", .fail, "secret failed")), at: Self.second)
    let traffic = Traffic(start: Self.second, ["secret-1"])
    board.take(.traffic(traffic.feed), at: Self.second)
    traffic.succeed(1, milliseconds: 1, backend: 0)
    board.end(LiveFrame.Ending(summary: "It secret.", verdict: "fail", hasReport: true), at: 3 * Self.second)
    let frame = board.frame(at: 60 * Self.second)
    #expect(frame.judged == [LiveFrame.Judged(name: "deploy 1", verdict: "fail", detail: "… failed")])
    #expect(frame.target == "http://…@a/" && frame.backends.map(\.name) == ["…-1"])
    #expect(frame.ending == LiveFrame.Ending(summary: "It ….", verdict: "fail", hasReport: true))
    #expect(frame.elapsed == 2 && frame.left == nil && frame.share == 1 && board.isOver)
  }

  @Test("Assertions are shown as they stand: a request that was lost in a phase is lost for good, in no other phase")
  func soFar() {
    let board = LiveBoard { $0.replacing("app-x", with: "…") }
    let start = 100 * Self.second
    board.begin("reload-test", target: "http://a/")
    let demands = [
      EarlyAssertion(.lostNoRequest(.reload), .noFailureInPhase("reload")),
      EarlyAssertion(.lostNoRequest(.restart), .noFailureInPhase("restart")),
      EarlyAssertion(.sharing(.noOtherBackend), .noBackendBut(["app-1"])),
      EarlyAssertion(.standing(.siteUpAtTheEnd), .atTheEnd),
    ]
    board.take(.demands(demands), at: start)
    let traffic = Traffic(start: start + Self.second, ["app-1", "app-x"])
    board.take(.traffic(traffic.feed), at: start + Self.second)
    func states(_ at: Nanoseconds) -> [String] { board.frame(at: start + at * Self.second).soFar.map(\.state) }
    board.take(.phase("baseline", since: 0), at: start + 2 * Self.second)
    traffic.succeed(9, milliseconds: 1, backend: 0)
    traffic.counters.failure(due: Self.second / 2, .reset, backend: -1)
    #expect(states(3) == ["decided at the end", "decided at the end", "holds so far", "decided at the end"])
    board.take(.stage(CheckStage("reload")), at: start + 4 * Self.second)
    // Due while the reload's action begins: of which phase it is, is not known yet.
    traffic.counters.failure(due: 3 * Self.second, .reset, backend: -1)
    #expect(states(4)[0] == "decided at the end")
    board.take(.phase("reload", since: 3 * Self.second + 1), at: start + 5 * Self.second)
    #expect(states(5) == ["holds so far", "decided at the end", "holds so far", "decided at the end"])
    traffic.counters.failure(due: 4 * Self.second, .reset, backend: -1)
    #expect(states(6)[0] == "already failed")
    board.take(.stage(CheckStage("restart")), at: start + 7 * Self.second)
    traffic.succeed(1, milliseconds: 1, backend: 1)
    board.take(.phase("restart", since: 6 * Self.second), at: start + 8 * Self.second)
    let frame = board.frame(at: start + 9 * Self.second)
    // What failed comes first.
    #expect(
      frame.soFar.prefix(3) == [
        LiveFrame.SoFar(
          sentence: "No request lost during the reload", name: "reloadLostNoRequest", state: "already failed",
          why: "a request that was due in it failed"),
        LiveFrame.SoFar(
          sentence: "No unexpected backend answered", name: "noOtherBackend", state: "already failed",
          why: "answered: …"),
        LiveFrame.SoFar(
          sentence: "No request lost during the restart", name: "restartLostNoRequest", state: "holds so far",
          why: "none that was due in it failed yet"),
      ])
    board.end(LiveFrame.Ending(summary: "It failed.", verdict: "fail", hasReport: true), at: start + 10 * Self.second)
    #expect(states(11).isEmpty)
  }

  @Test("What held in a phase still does when the phase is over")
  func held() {
    let board = LiveBoard()
    board.take(.demands([EarlyAssertion(.lostNoRequest(.reload), .noFailureInPhase("reload"))]), at: Self.second)
    board.take(.traffic(Traffic(start: Self.second, []).feed), at: Self.second)
    #expect(board.frame(at: Self.second).soFar.map(\.state) == ["decided at the end"])
    board.take(.phase("reload", since: 5), at: Self.second)
    board.take(.stage(CheckStage("restart")), at: 2 * Self.second)
    #expect(board.frame(at: 3 * Self.second).soFar.map(\.state) == ["holds so far"])
    board.take(.demands([EarlyAssertion(.lostNoRequest(.reload), .noFailureInPhase("reload"))]), at: 4 * Self.second)
    #expect(board.frame(at: 5 * Self.second).soFar.map(\.state) == ["decided at the end"])
  }

  @Test("Where no page looked in between, the end of a stage does")
  func unseen() {
    let board = LiveBoard()
    board.take(.demands([EarlyAssertion(.lostNoRequest(.reload), .noFailureInPhase("reload"))]), at: Self.second)
    let traffic = Traffic(start: Self.second, [])
    board.take(.traffic(traffic.feed), at: Self.second)
    board.take(.phase("reload", since: 5), at: Self.second)
    traffic.counters.failure(due: 5, .reset, backend: -1)
    board.take(.stage(CheckStage("restart")), at: 2 * Self.second)
    traffic.counters.failure(due: 9, .reset, backend: -1)
    #expect(board.frame(at: 3 * Self.second).soFar.map(\.state) == ["already failed"])
  }

  @Test("However long it goes on, what is kept and sent is bounded")
  func bounds() {
    let board = LiveBoard()
    for number in 0..<2_000 {
      let now = Nanoseconds(number + 1) * Self.second
      board.take(.stage(CheckStage("stage \(number)")), at: now)
      board.take(.judged(EarlyVerdict("round \(number)", .pass)), at: now)
      _ = board.frame(at: now)
    }
    let frame = board.frame(at: 3_000 * Self.second)
    #expect(board.points.count == LiveBoard.mostPoints)
    #expect(frame.stages.count == LiveBoard.mostRows && frame.stages.last?.name == "stage 1999")
    #expect(frame.judged.count == LiveBoard.mostRows)
  }
}
