import Load
import Platform
import Report
import Testing

@testable import Checks

@Suite("Deploys among the events of a watch")
struct DeployRecorderTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// Requests at 20/s from one second to another; what was seen with the first of each second.
  private static func run(
    _ recorder: inout DeployRecorder, seconds: Range<Int>, takes: Nanoseconds = 1_000_000,
    generation: (Double) -> String = { _ in "1" }, failing: (Double) -> Bool = { _ in false },
    seen: (Int) -> [Sighting] = { _ in [] }, goesOn: (Double) -> Bool = { _ in false }
  ) -> [SeenDeploy] {
    var over: [SeenDeploy] = []
    for index in seconds.lowerBound * 20..<seconds.upperBound * 20 {
      let time = Double(index) / 20
      let due = Nanoseconds(index) * second / 20
      let request = WatchedRequest(
        RequestRecord(
          due: due, sent: due, done: due + takes, connection: 0, status: failing(time) ? nil : 200,
          failure: failing(time) ? .reset : nil), backend: "a", generation: generation(time))
      let step = WatchDetector.Step(request: request, seen: index % 20 == 0 ? seen(index / 20) : [])
      if let deploy = recorder.take(step, goesOn: goesOn(time)) { over.append(deploy) }
    }
    return over
  }

  private static func change(_ at: Int, on day: Int) -> [Sighting] {
    at == day ? [Sighting(Nanoseconds(at) * second, .newBackend("b"))] : []
  }

  @Test("Without an event there is no deploy, and what is kept stays bounded")
  func none() {
    var recorder = DeployRecorder(mostBefore: 200)
    #expect(Self.run(&recorder, seconds: 0..<3600).isEmpty)
    let rest = recorder.finish()
    #expect(rest == nil)
    #expect(recorder.kept < 2_000)
  }

  @Test("A loss just before the first event that is told belongs to the deploy")
  func toldLate() throws {
    var recorder = DeployRecorder()
    let over = Self.run(&recorder, seconds: 0..<100, failing: { $0 == 59.5 }) { second in
      Self.change(second, on: 60)
        + (second == 61
          ? [Sighting(59_500_000_000, .failures(seconds: 0, failed: 1, kinds: ["reset": 1]))] : [])
    }
    let deploy = try #require(over.first)
    #expect(over.count == 1 && deploy.spans[1].start == 59_500_000_000 && deploy.spans[0].end == 59_500_000_000)
    #expect(
      Self.verdict(.lostNoRequest(.deploy), in: JudgedDeploy(deploy, mostGap: nil, namesVersions: false, began: nil))
        == .fail)
  }

  @Test("A backup that answers alone in a deploy is a failure; one that is declared and silent is none")
  func carried() throws {
    for from in [62, 100] {
      var recorder = DeployRecorder()
      var over: [SeenDeploy] = []
      for index in 0..<2_000 {
        let (time, due) = (Double(index) / 20, Nanoseconds(index) * Self.second / 20)
        let isCarried = time >= Double(from) && time < 70
        let request = WatchedRequest(
          RequestRecord(due: due, sent: due, done: due + 1_000_000, connection: 0, status: 200),
          backend: isCarried ? "spare" : "a")
        let seen = index % 20 == 0 ? Self.change(index / 20, on: 61) : []
        if let deploy = recorder.take(WatchDetector.Step(request: request, seen: seen), goesOn: isCarried) {
          over.append(deploy)
        }
      }
      let judged = JudgedDeploy(
        try #require(over.first), mostGap: nil, namesVersions: false, backups: ["spare"], began: nil)
      #expect(Self.verdict(.sharing(.backupSilent), in: judged) == (from == 62 ? .fail : nil))
    }
  }

  @Test("A deploy goes from its first event to ten quiet seconds after its last, with the time before it")
  func one() throws {
    var recorder = DeployRecorder()
    let over = Self.run(&recorder, seconds: 0..<100) { _ in
      "1"
    } seen: {
      Self.change($0, on: 60) + Self.change($0, on: 63)
    }
    let deploy = try #require(over.first)
    #expect(over.count == 1 && deploy.isOver && deploy.number == 1 && deploy.unkept == 0)
    #expect(deploy.spans.map(\.name) == ["before deploy 1", "deploy 1"])
    #expect(deploy.spans[0].start == 30 * Self.second)
    #expect(deploy.spans[1].start == 60 * Self.second && deploy.spans[1].end == 73 * Self.second)
    #expect(deploy.measured.records.count == 43 * 20)
    #expect(!recorder.isUnderWay)
  }

  @Test("Requests in flight when it began are part of it")
  func inFlight() throws {
    var recorder = DeployRecorder()
    let over = Self.run(&recorder, seconds: 0..<100, takes: 500_000_000) { _ in
      "1"
    } seen: {
      Self.change($0, on: 60)
    }
    #expect(try #require(over.first).spans[1].start == 59_500_000_000)
  }

  @Test("An outage that goes on keeps it open, whatever the quiet")
  func open() throws {
    var recorder = DeployRecorder()
    let over = Self.run(
      &recorder, seconds: 0..<100, failing: { $0 >= 60 && $0 < 85 },
      seen: { $0 == 60 ? [Sighting(60 * Self.second, .outageBegan)] : [] }, goesOn: { $0 >= 60 && $0 < 85 })
    let deploy = try #require(over.first)
    #expect(deploy.spans[1].end > 94 * Self.second && deploy.spans[1].end <= 95 * Self.second)
  }

  @Test("Two deploys share no request, and the second begins its time before where the first ended")
  func two() throws {
    var recorder = DeployRecorder()
    let over = Self.run(&recorder, seconds: 0..<100) { _ in
      "1"
    } seen: {
      Self.change($0, on: 60) + Self.change($0, on: 75)
    }
    #expect(over.map(\.number) == [1, 2])
    #expect(try #require(over.last).spans[0].start == 70 * Self.second)
    #expect(over.map(\.measured.records.count) == [40 * 20, 15 * 20])
  }

  @Test("A deploy in the last second is not over")
  func cut() throws {
    var recorder = DeployRecorder()
    _ = Self.run(&recorder, seconds: 0..<61) { _ in
      "1"
    } seen: {
      Self.change($0, on: 60)
    }
    let rest = recorder.finish()
    let deploy = try #require(rest)
    #expect(!deploy.isOver)
    let judged = JudgedDeploy(deploy, mostGap: nil, namesVersions: false, began: nil)
    #expect(judged.verdict == .inconclusive)
  }

  @Test("Of a deploy without end only the first requests are kept, and it does not pass")
  func endless() throws {
    var recorder = DeployRecorder(mostBefore: 600, mostDuring: 1_000)
    _ = Self.run(&recorder, seconds: 0..<400) { _ in
      "1"
    } seen: {
      $0 >= 60 ? [Sighting(Nanoseconds($0) * Self.second, .newBackend("b"))] : []
    }
    #expect(recorder.kept <= 1_610)
    let rest = recorder.finish()
    let deploy = try #require(rest)
    #expect(deploy.unkept > 5_000)
    #expect(JudgedDeploy(deploy, mostGap: nil, namesVersions: false, began: nil).verdict == .inconclusive)
  }

  @Test("Names that go on changing are forgotten with their requests")
  func names() {
    var recorder = DeployRecorder(mostBefore: 200)
    _ = Self.run(&recorder, seconds: 0..<6_000, generation: { "\($0)" })
    #expect(recorder.kept < 7_000)
  }

  private static func judged(
    generation: (Double) -> String = { $0 < 60 ? "1" : "2" }, failing: (Double) -> Bool = { _ in false },
    namesVersions: Bool = false, mostGap: Nanoseconds? = nil
  ) throws -> JudgedDeploy {
    var recorder = DeployRecorder()
    let over = run(&recorder, seconds: 0..<100, generation: generation, failing: failing) { change($0, on: 60) }
    return JudgedDeploy(try #require(over.first), mostGap: mostGap, namesVersions: namesVersions, began: nil)
  }

  private static func verdict(_ kind: AssertionKind, in deploy: JudgedDeploy) -> Verdict? {
    deploy.assertions.first { $0.kind == kind }?.verdict
  }

  @Test("A deploy that replaces the only generation and loses nothing passes")
  func clean() throws {
    let deploy = try Self.judged()
    #expect(deploy.verdict == .pass && deploy.notJudged == [])
    #expect(deploy.assertions.count == 3)
    #expect(deploy.phases.map(\.name) == ["before deploy 1", "deploy 1"])
  }

  @Test("A request that is lost fails it, and so does a time without answers")
  func lossy() throws {
    let one = try Self.judged(failing: { $0 == 61 })
    #expect(Self.verdict(.lostNoRequest(.deploy), in: one) == .fail)
    #expect(Self.verdict(.leftNoGap(.deploy), in: one) == .pass)
    let many = try Self.judged(failing: { $0 >= 61 && $0 < 63 })
    #expect(Self.verdict(.leftNoGap(.deploy), in: many) == .fail)
    let allowed = try Self.judged(failing: { $0 >= 61 && $0 < 63 }, mostGap: 3 * Self.second)
    #expect(Self.verdict(.leftNoGap(.deploy), in: allowed) == .pass)
  }

  @Test("An old generation that answers on beside the new one is stale; one worker of several is not")
  func stale() throws {
    func turns(_ names: [String]) -> (Double) -> String { { names[Int($0 * 20) % names.count] } }
    let stale = try Self.judged(generation: { $0 < 60 ? "1" : turns(["1", "2"])($0) })
    #expect(Self.verdict(.generations(.noStaleGeneration), in: stale) == .fail)
    let recycled = try Self.judged(generation: { turns($0 < 60 ? ["1", "2", "3"] : ["1", "2", "4"])($0) })
    #expect(Self.verdict(.generations(.noStaleGeneration), in: recycled) == .pass)
    let versions = try Self.judged(
      generation: { turns($0 < 60 ? ["v1", "v1"] : ["v1", "v2"])($0) }, namesVersions: true)
    #expect(Self.verdict(.generations(.noStaleGeneration), in: versions) == .fail)
  }

  @Test("Where no generation changed, none is judged")
  func unchanged() throws {
    let deploy = try Self.judged(generation: { _ in "1" })
    #expect(Self.verdict(.generations(.noStaleGeneration), in: deploy) == nil)
  }
}
