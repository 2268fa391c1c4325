import HTTP
import Load
import Report
import Testing

@testable import Checks

@Suite struct PartLimitsTests {
  private static let huge = 4_611_686_018_427_387_904

  /// What a part says that no run can have made, and the field that its refusal names.
  private static let hostile: [(field: String, change: @Sendable (inout PartDocument) -> Void)] = [
    ("load.counts.succeeded", { $0.looks[0].counts.succeeded = huge }),
    ("load.counts.unsent", { $0.looks[0].counts.unsent = huge }),
    ("load.counts.retried", { $0.looks[0].counts.retried = -1 }),
    ("load.counts.connectionsOpened", { $0.looks[0].counts.connectionsOpened = .max }),
    ("load.counts.postponed", { $0.looks[0].counts.postponed = .min }),
    ("load.statuses.200", { $0.looks[0].statuses["200"] = .max }),
    ("load.failures.reset", { $0.looks[0].failures["reset"] = .max }),
    ("load.leniencies.bareLineFeed", { $0.looks[0].leniencies = [Leniency.allCases[0].name: .max] }),
    ("load.nobody.cache", { $0.looks[0].nobody = ["cache": .max] }),
    ("load.nobody.502", { $0.looks[0].nobody = ["502": -1] }),
    ("load.locations", { $0.looks[0].locations = ["/a": .max] }),
    (
      "load.locations",
      { part in
        part.looks[0].locations = Dictionary(uniqueKeysWithValues: (0..<100_000).map { ("/\($0)", 1) })
      }
    ),
    ("load.startedNanoseconds", { $0.looks[0].startedNanoseconds = .min }),
    ("load.startedNanoseconds", { $0.looks[0].startedNanoseconds = .max }),
    ("load.startLatenessNanoseconds", { $0.looks[0].startLatenessNanoseconds = .max }),
    ("load.durationNanoseconds", { $0.looks[0].durationNanoseconds = .max }),
    ("load.processorNanoseconds", { $0.looks[0].processorNanoseconds = .max }),
    ("load.latency", { $0.looks[0].latency.max = .max }),
    ("load.backends.requests", { $0.looks[0].backends[0].requests = .max }),
    ("load.backends", { $0.looks[0].backends[1].name = $0.looks[0].backends[0].name }),
    (
      "load.backends",
      { part in
        let one = PartBackend(name: "", requests: 0, succeeded: 0, triedInVain: 0, latency: PartHistogram())
        for number in 0..<100_000 {
          part.looks[0].backends.append(one)
          part.looks[0].backends[part.looks[0].backends.count - 1].name = "\(number)"
        }
      }
    ),
    ("load.timeline", { $0.looks[0].timeline?.requests[0] = .max }),
    (
      "load.timeline",
      { part in
        let points = 90_000
        part.looks[0].timeline = TimelineSection(
          intervalSeconds: 1, requests: Array(repeating: 0, count: points), failed: Array(repeating: 0, count: points),
          slowest: Array(repeating: 0, count: points))
      }
    ),
    ("load.locations", { $0.looks[0].locations = [String(repeating: "a", count: 100_000): 1] }),
    ("load.backends", { $0.looks[0].backends[0].name = String(repeating: "a", count: 100_000) }),
    (
      "load.generations",
      { $0.looks[0].generations = [PartGeneration(backend: 0, name: String(repeating: "a", count: 100_000))] }
    ),
    ("load.tls.full", { $0.looks[0].tls = PartHandshakes(full: .max, resumed: 1, kinds: []) }),
    (
      "load.pauses",
      { $0.looks[0].pauses = [PartPause(cause: "stopped", start: 1, end: 2, length: 3, caughtUp: .max)] }
    ),
    ("looks", { $0.looks += $0.looks }),
    ("clock.offsetSeconds", { $0.clock = PartClock(offsetSeconds: 1e20, uncertaintySeconds: 0) }),
    ("clock.uncertaintySeconds", { $0.clock = PartClock(offsetSeconds: 0, uncertaintySeconds: -1) }),
    ("durationSeconds", { $0.durationSeconds = -1 }),
    ("commonStartNanoseconds", { $0.commonStartNanoseconds = .max }),
    (
      "actions.phases.reload",
      { part in
        part.actions = PartActions(
          manager: "pm2", phases: [PartPhase(name: "reload", startNanoseconds: 2, endNanoseconds: 1)])
      }
    ),
    (
      "actions.phases.reload",
      { part in
        part.actions = PartActions(
          manager: "pm2", phases: [PartPhase(name: "reload", startNanoseconds: 0, endNanoseconds: .max)])
      }
    ),
  ]

  private static let long = String(repeating: "a", count: 70_000)

  /// Lists and words that are too large, the field and how much of it is read.
  private static let large: [(field: String, most: Int, change: @Sendable (inout PartDocument) -> Void)] = [
    (
      "looks", 256,
      { part in
        let look = part.looks[0]
        part.looks = (0..<2_000).map { number in
          var other = look
          other.name = "step \(number)"
          return other
        }
      }
    ),
    (
      "histograms", 3_000,
      { part in
        let look = part.looks[0]
        let backend = look.backends[0]
        part.looks = (0..<200).map { number in
          var other = look
          other.name = "step \(number)"
          other.backends = (0..<20).map { number in
            var other = backend
            other.name = "\(number)"
            return other
          }
          return other
        }
      }
    ),
    ("notes", 256, { $0.notes = (0..<257).map { "\($0)" } }), ("notes", 65_536, { $0.notes = [long] }),
    ("parameters", 65_536, { $0.parameters[0].name = long }),
    ("parameters", 65_536, { $0.parameters[0].values = [long] }),
    ("a name", 65_536, { $0.shard.host = long }), ("a name", 65_536, { $0.target.url = long }),
    ("looks", 65_536, { $0.looks[0].cutShort = long }), ("load.faults", 65_536, { $0.looks[0].faults = [long] }),
    ("load.tls.kinds", 65_536, { $0.looks[0].tls = PartHandshakes(full: 1, resumed: 1, kinds: [long]) }),
    ("choice.backends", 65_536, { $0.choice = PartChoice(backends: [long]) }),
    ("actions.remarks", 65_536, { $0.actions = PartActions(manager: "pm2", remarks: [long]) }),
    ("target.addresses", 256, { $0.target.addresses = (0..<300).map { "\($0)" } }),
  ]

  @Test("Lists and words beyond any run's are refused with what is read at most", arguments: large.indices)
  func tooLarge(_ index: Int) throws {
    let (field, most, change) = Self.large[index]
    var part = try Parts(count: 2).part(1)
    change(&part)
    // As what the first part says is held against the others, both say it.
    var merge = PartMerge()
    merge.add(part, from: "part.json")
    let refusal = #expect(throws: PartMerge.Refusal.self) { try merge.findings(allowMissing: true) }
    #expect(refusal?.lines == ["part.json: a damaged part: \(field) is larger than the \(most) that are read"])
  }

  @Test("Parts that are small each and too much together are refused at the one that is too many")
  func together() throws {
    let parts = Parts(count: 3)
    var merge = PartMerge()
    for number in 1...3 {
      var part = try parts.part(number)
      let backend = part.looks[0].backends[0]
      part.looks[0].backends = (0..<600).map { index in
        var other = backend
        other.name = "\(number) \(index)"
        return other
      }
      merge.add(part, from: "\(number).json")
    }
    let refusal = #expect(throws: PartMerge.Refusal.self) { try merge.findings(allowMissing: false) }
    #expect(
      refusal?.lines == [
        "2.json: one part too many: load.backends of all parts is larger than the 1024 that are read"
      ])
  }

  @Test("What no run can have made is refused with its field", arguments: hostile.indices)
  func refused(_ index: Int) throws {
    let (field, change) = Self.hostile[index]
    var part = try Parts(count: 2).part(1)
    change(&part)
    var merge = PartMerge()
    merge.add(part, from: "part.json")
    let refusal = #expect(throws: PartMerge.Refusal.self) { try merge.findings(allowMissing: true) }
    #expect(refusal?.lines == ["part.json: a damaged part: \(field) has no valid value"])
  }

  @Test("A number of parts that nobody makes is refused at once", arguments: [1_000_000_000, Int.max, 0, -1, Int.min])
  func count(_ count: Int) throws {
    var part = try Parts(count: 2).part(1)
    part.shard.count = count
    var merge = PartMerge()
    merge.add(part, from: "part.json")
    part.shard.number = .min
    merge.add(part, from: "other.json")
    let refusal = #expect(throws: PartMerge.Refusal.self) { try merge.findings(allowMissing: true) }
    #expect(
      refusal?.lines == [
        "part.json: a damaged part: shard 1 of \(count)", "other.json: a damaged part: shard \(Int.min) of \(count)",
      ])
  }

  @Test("Parts at the limits are merged without overflow")
  func limits() throws {
    let parts = Parts(count: 3, start: nil)
    var merge = PartMerge()
    for number in 1...3 {
      var part = try parts.part(number)
      part.looks[0].counts.unsent = 1_000_000_000_000
      part.looks[0].statuses["200"] = 1_000_000_000_000
      part.looks[0].failures["reset"] = 1_000_000_000_000
      part.looks[0].processorNanoseconds = 8_640_000_000_000_000
      part.looks[0].startedNanoseconds = number == 2 ? 0 : 4_000_000_000_000_000_000
      part.clock = PartClock(offsetSeconds: number == 3 ? -1.9e9 : 1.9e9, uncertaintySeconds: 0)
      merge.add(part, from: "\(number)")
    }
    let findings = try merge.findings(allowMissing: false)
    #expect(findings.looks[0].measured.unsent == 3_000_000_000_000)
    #expect(findings.shards?.parts.map(\.startedAfter).max() ?? 0 > 1e12)
  }
}
