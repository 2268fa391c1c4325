import Deployment
import FoundationEssentials
import Load
import Platform
import Report
import Support
import Synchronization
import Testing

@testable import Checks

@Suite("What a watch keeps and writes")
struct WatchRecorderTests {
  private static func chunk(_ seconds: Range<Int>, rate: Int = 20, failing: Range<Int> = 0..<0) -> RecordChunk {
    let records = (seconds.lowerBound * rate..<seconds.upperBound * rate).map { index in
      let due = Nanoseconds(index) * 1_000_000_000 / Nanoseconds(rate)
      let fails = failing.contains(index / rate)
      return RequestRecord(
        due: due, sent: due, done: due + 1_000_000, connection: UInt32(index), backend: fails ? nil : index % 2,
        status: fails ? nil : 200, failure: fails ? .refused : nil)
    }
    return RecordChunk(
      records: records, backends: ["a", "b"], generations: [],
      open: Nanoseconds(seconds.upperBound) * 1_000_000_000)
  }

  private static func recorder(_ outlets: WatchRecorder.Outlets = WatchRecorder.Outlets()) -> WatchRecorder {
    WatchRecorder(backups: [], namesVersions: false, mostGap: nil, outlets: outlets)
  }

  @Test("Totals, events and deploys are those of the requests")
  func whole() {
    let recorder = Self.recorder()
    recorder.begin()
    recorder.take(Self.chunk(0..<60, failing: 30..<32))
    let during = recorder.soFar
    #expect(recorder.measured.completed == 1200 && recorder.measured.failed == 40)
    #expect(recorder.measured.backends.map(\.succeeded) == [580, 580])
    #expect(during.eventCount == 2 && during.isUnderWay == false)
    let seen = recorder.finish()
    #expect(seen.eventCount == 2 && seen.deployCount == 1)
    #expect(seen.deploys.map(\.verdict) == [.fail])
    #expect(seen.deploys.first?.phase?.traffic.requests.failed == 40)
    #expect(!seen.isDown && !seen.isUnderWay)
  }

  @Test("An outage at the end is a deploy that is not over, and the site is down")
  func down() {
    let recorder = Self.recorder()
    recorder.begin()
    recorder.take(Self.chunk(0..<60, failing: 55..<60))
    let seen = recorder.finish()
    #expect(seen.isDown)
    #expect(seen.deploys.first?.verdict == .fail)
    #expect(seen.deploys.first?.phase?.traffic.requests.failed == 100)
  }

  @Test("A thousand deploys keep the failed ones, and no more than fifty")
  func manyDeploys() {
    let recorder = Self.recorder()
    recorder.begin()
    for round in 0..<200 {
      let start = round * 30
      recorder.take(Self.chunk(start..<start + 30, rate: 4, failing: round % 20 == 19 ? start + 5..<start + 7 : 0..<0))
      recorder.note(.addressesChanged(from: ["a"], to: ["b"]), at: Nanoseconds(start + 29) * 1_000_000_000)
    }
    let seen = recorder.finish()
    #expect(seen.deploys.count == WatchRecorder.mostDeploys)
    #expect(seen.deploys.count { $0.verdict == .fail } == 10)
    #expect(seen.deployCount > 150)
  }

  @Test("No more events are kept than a report has, and all are counted")
  func manyEvents() {
    let recorder = Self.recorder()
    recorder.begin()
    for number in 0..<3_000 { recorder.note(.newBackend("\(number)"), at: Nanoseconds(number)) }
    let seen = recorder.soFar
    #expect(seen.events.count == WatchSection.mostEvents && seen.eventCount == 3_000)
    #expect(seen.events.last?.kind == .newBackend("2999"))
  }

  @Test("Events and minutes are in the files as soon as they are known, one line each")
  func journal() throws {
    let folder = try TemporaryFolder()
    let further = try AppendedFile("\(folder.path)/further.jsonl")
    further.append("earlier\n")
    let journal = try WatchJournal(folder: folder.path, further: further)
    let recorder = Self.recorder(
      WatchRecorder.Outlets(event: { journal.add($0) }, minute: { journal.add($0) }))
    recorder.begin()
    recorder.take(Self.chunk(0..<150, failing: 30..<32))
    let events = try String(contentsOfFile: "\(folder.path)/events.jsonl", encoding: .utf8).split(separator: "\n")
    let read = try events.map { try JSONDecoder().decode(WatchEvent.self, from: Data($0.utf8)) }
    #expect(
      read.map(\.kind) == [.outageBegan, .outageOver(seconds: 2, failed: 40, kinds: ["refused": 40])])
    let series = try String(contentsOfFile: "\(folder.path)/series.csv", encoding: .utf8).split(separator: "\n")
    #expect(series.map { $0.prefix(10) } == ["minute,req", "0,1200,40,", "1,1200,0,1"])
    #expect(try String(contentsOfFile: further.path, encoding: .utf8).split(separator: "\n").count == 3)
    _ = recorder.finish()
    #expect(try String(contentsOfFile: "\(folder.path)/series.csv", encoding: .utf8).split(separator: "\n").count == 4)
    #expect(journal.close() == [])
  }

  @Test("A file that takes nothing more is named at the end")
  func fullDisk() throws {
    let folder = try TemporaryFolder()
    let journal = try WatchJournal(folder: folder.path, further: try AppendedFile("/dev/full"))
    journal.add(WatchEvent(seconds: 1, at: "2026-01-01T00:00:01Z", .outageBegan))
    #expect(journal.close().count == 1)
    #expect(journal.close().first?.contains("/dev/full") == true)
  }

  @Test(
    "A command gets each event on its standard input, in order; one that fails or hangs is told and holds nobody up")
  func command() throws {
    let folder = try TemporaryFolder()
    let works = try EventCommand(ManagerCommand(["sh", "-c", "cat >> \(folder.path)/got"]))
    for number in 0..<5 { works.put("event \(number)\n") }
    #expect(works.close() == [])
    #expect(
      try String(contentsOfFile: "\(folder.path)/got", encoding: .utf8) == (0..<5).map { "event \($0)\n" }.joined())
    let fails = try EventCommand(ManagerCommand(["sh", "-c", "exit 3"]))
    fails.put("event\n")
    #expect(fails.close().first?.contains("exit status 3") == true)
    let hangs = try EventCommand(ManagerCommand(["sleep", "60"]), timeout: .milliseconds(200))
    let before = MonotonicClock.now()
    for number in 0..<EventCommand.mostWaiting * 2 { hangs.put("event \(number)\n") }
    #expect(MonotonicClock.now() - before < 2_000_000_000)
    let problems = hangs.close()
    #expect(problems.contains { $0.contains("was ended") } && problems.contains { $0.contains("dropped") })
  }
}
