import Platform
import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct PhaseAnalysisTests {
  private static let millisecond: Nanoseconds = 1_000_000

  /// A request every 10 ms from `start`, each answered after 2 ms by one generation, but for those that fail.
  private func records(
    from start: Nanoseconds, count: Int, generation: Int, failing: ClosedRange<Int>? = nil, retrying: Int? = nil
  ) -> [RequestRecord] {
    (0..<count).map { index in
      let due = start + Nanoseconds(index) * 10 * Self.millisecond
      let fails = failing?.contains(index) ?? false
      return RequestRecord(
        due: due, sent: due, done: due + 2 * Self.millisecond, connection: 0, backend: fails ? nil : 0,
        generation: fails ? nil : generation, status: fails ? nil : 200, failure: fails ? .refused : nil,
        isRetry: index == retrying, isUpstreamRetried: false)
    }
  }

  private func measured(_ records: [RequestRecord]) -> Measurements {
    var measured = Measurements()
    measured.backends = [Measurements.Backend(name: "a")]
    measured.generations = [Generation(backend: 0, name: "old"), Generation(backend: 0, name: "new")]
    measured.records = records
    return measured
  }

  private func span(_ start: Nanoseconds, _ end: Nanoseconds, action: Bool = true) -> PhaseSpan {
    PhaseSpan(
      name: "reload", start: start * Self.millisecond, end: end * Self.millisecond,
      action: action ? ActionSection(command: ["x"], startSeconds: 0, durationSeconds: 0) : nil)
  }

  private func analyse(_ spans: [PhaseSpan], _ measured: Measurements, began: Int64? = nil) -> [PhaseSection] {
    PhaseAnalysis.all(spans, of: measured, staleAfter: 0.2, began: began).map(\.section)
  }

  @Test("Each phase tells the time of day at which it began")
  func startedAt() {
    let sections = analyse([span(0, 500), span(500, 1000)], measured([]), began: 1_795_675_528_000_000_000)
    #expect(sections.map(\.startedAt) == ["2026-11-26T06:45:28Z", "2026-11-26T06:45:28.500Z"])
  }

  @Test("Requests without an outcome count as unsent in the phase in which they were due")
  func unsent() {
    var measured = measured(records(from: 0, count: 50, generation: 0))
    measured.openDues = [100, 490, 500, 700, 2000].map { $0 * Self.millisecond }
    let sections = analyse([span(0, 500), span(500, 1000)], measured)
    #expect(sections.map(\.traffic.requests.unsent) == [2, 3])
    #expect(sections.map(\.traffic.requests.scheduled) == [52, 3])
  }

  @Test("Failures become an outage with its length, its kinds and the gap around it")
  func outage() throws {
    let records = records(from: 0, count: 100, generation: 0, failing: 20...29)
    let section = try #require(analyse([span(0, 1000)], measured(records)).first)
    #expect(section.traffic.requests.scheduled == 100 && section.traffic.requests.failed == 10)
    #expect(section.traffic.failures == ["refused": 10])
    #expect(section.outages.count == 1)
    #expect(section.outages[0].startSeconds == 0.2 && section.outages[0].failed == 10)
    #expect(abs(section.outages[0].durationSeconds - 0.1) < 1e-9)
    #expect(section.outages[0].kinds == ["refused": 10])
    // From the success at 192 ms to the one at 302 ms.
    #expect(abs(section.longestGapSeconds - 0.11) < 1e-9)
    #expect(section.traffic.latency.map { abs($0.p99 - 2) < 0.01 } == true)
  }

  @Test("A request that an action cuts counts in the action's phase, though it was due before")
  func cutInFlight() {
    var records = records(from: 0, count: 50, generation: 0)
    records.append(
      RequestRecord(
        due: 450 * Self.millisecond, sent: 450 * Self.millisecond, done: 520 * Self.millisecond, connection: 1,
        backend: nil, generation: nil, status: nil, failure: .closed, isRetry: false, isUpstreamRetried: false))
    let action = ActionSection(command: ["x"], startSeconds: 0.5, durationSeconds: 0.05)
    let reload = PhaseSpan(
      name: "reload", start: 500 * Self.millisecond, end: 1000 * Self.millisecond, action: action)
    let sections = analyse([span(0, 500, action: false), reload], measured(records))
    #expect(sections[0].traffic.requests.failed == 0 && sections[0].cut == nil)
    #expect(sections[1].traffic.requests.failed == 1 && sections[1].cut == ["closed": 1])
    #expect(sections[1].failureMarks == [FailureMark(seconds: 0.5, kind: "closed", count: 1)])
    #expect(sections[1].outages.map(\.startSeconds) == [0.5])
  }

  @Test(
    "Of what an action cut, the race of keep-alive is distinguished: no byte came, on a connection that had carried another"
  )
  func cutOnKept() {
    let millisecond = Self.millisecond
    func cut(_ failure: FailureKind, on connection: UInt32, status: Int? = nil) -> RequestRecord {
      RequestRecord(
        due: 490 * millisecond, sent: 490 * millisecond, done: 520 * millisecond, connection: connection,
        status: status, failure: failure)
    }
    // Connection 0 has carried all before; 7 carried one that ended only later, and 8 none.
    var records = records(from: 0, count: 49, generation: 0)
    records.append(
      RequestRecord(
        due: 600 * millisecond, sent: 600 * millisecond, done: 610 * millisecond, connection: 7, backend: 0,
        status: 200))
    let action = ActionSection(command: ["x"], startSeconds: 0.5, durationSeconds: 0.05)
    let reload = PhaseSpan(name: "reload", start: 500 * millisecond, end: 1000 * millisecond, action: action)
    func section(_ more: RequestRecord...) -> PhaseSection {
      analyse([span(0, 500, action: false), reload], measured(records + more))[1]
    }
    #expect(section(cut(.closed, on: 0)).cutOnKept == 1 && section(cut(.closed, on: 0)).cutInFlight == 0)
    #expect(section(cut(.reset, on: 0)).cutOnKept == 1)
    #expect(section(cut(.truncated, on: 0)).cutOnKept == nil && section(cut(.truncated, on: 0)).cutInFlight == 1)
    #expect(section(cut(.status, on: 0, status: 502)).cutInFlight == 1)
    #expect(section(cut(.closed, on: 8)).cutInFlight == 1 && section(cut(.closed, on: 7)).cutInFlight == 1)
    let mixed = section(cut(.closed, on: 0), cut(.truncated, on: 0), cut(.reset, on: 8))
    #expect(mixed.cut == ["closed": 1, "truncated": 1, "reset": 1])
    #expect(mixed.cutOnKept == 1 && mixed.cutInFlight == 2)
  }

  @Test("Tries are counted in a phase only where a list could show one")
  func tries() {
    var measured = measured(records(from: 0, count: 10, generation: 0))
    #expect(analyse([span(0, 1000)], measured).map(\.traffic.requests.upstreamRetried) == [nil])
    measured.backends = [Measurements.Backend(name: "10.0.0.1:80")]
    #expect(analyse([span(0, 1000)], measured).map(\.traffic.requests.upstreamRetried) == [0])
  }

  @Test("Requests belong to the phase in which they were due")
  func phases() {
    let records = records(from: 0, count: 100, generation: 0, retrying: 60)
    let sections = analyse([span(0, 500), span(500, 1000)], measured(records))
    let (first, second) = (sections[0], sections[1])
    #expect(first.traffic.requests.scheduled == 50 && second.traffic.requests.scheduled == 50)
    #expect(first.traffic.requests.retried == 0 && second.traffic.requests.retried == 1)
    #expect(first.outages.isEmpty)
  }

  @Test("An earlier generation that still answers at the end is stale; one that has gone is not")
  func stale() {
    func after(_ records: [RequestRecord], action: Bool = true) -> PhaseSection {
      let before = self.records(from: 0, count: 100, generation: 0)
      let late = records.map { record in
        RequestRecord(
          due: record.due + 1000 * Self.millisecond, sent: record.sent + 1000 * Self.millisecond,
          done: record.done + 1000 * Self.millisecond, connection: 0, backend: 0, generation: record.generation,
          status: 200)
      }
      return analyse([span(0, 1000, action: false), span(1000, 2000, action: action)], measured(before + late))[1]
    }
    let gone =
      records(from: 0, count: 20, generation: 0) + records(from: 200 * Self.millisecond, count: 80, generation: 1)
    let replaced = after(gone)
    #expect(replaced.staleGenerations.isEmpty)
    #expect(replaced.generations.map(\.generation) == ["new", "old"])
    #expect(replaced.generations.map(\.requests) == [80, 20])
    let lingering = records(from: 0, count: 100, generation: 0) + records(from: 0, count: 100, generation: 1)
    #expect(after(lingering).staleGenerations == ["a old"])
    #expect(after(lingering, action: false).staleGenerations.isEmpty)
  }

  @Test("A generation that first answered once the next action had begun is that action's, and not from before it")
  func answeredAfterAction() {
    let before = records(from: 0, count: 100, generation: 0)
    let after = records(from: 1000 * Self.millisecond, count: 100, generation: 1)
    // Due in the baseline; the balancer passed it on to the next server.
    let passedOn = RequestRecord(
      due: 990 * Self.millisecond, sent: 990 * Self.millisecond, done: 1050 * Self.millisecond, connection: 0,
      backend: 0, generation: 1, status: 200)
    let spans = [span(0, 1000, action: false), span(1000, 2000)]
    let sections = analyse(spans, measured(before + [passedOn] + after))
    #expect(sections[0].generations.map(\.generation) == ["old"] && sections[0].traffic.requests.succeeded == 101)
    #expect(sections[1].generations.map(\.generation) == ["new"] && sections[1].staleGenerations.isEmpty)
    // What was there before is stale, also if it took long.
    var slow = passedOn
    slow.generation = 0
    let lingering = records(from: 1000 * Self.millisecond, count: 100, generation: 0)
    #expect(analyse(spans, measured(before + [slow] + lingering))[1].staleGenerations == ["a old"])
  }

  @Test("A phase without requests has no figures and one long gap")
  func empty() throws {
    let section = try #require(analyse([span(0, 1000)], measured([])).first)
    #expect(section.traffic.latency == nil && section.outages.isEmpty && section.longestGapSeconds == 1)
  }
}
