import HTTP
import Load
import Report
import Statistics
import Support
import Testing

@testable import Checks

@Suite struct PartLimitsTests {
  private static let huge = 4_611_686_018_427_387_904
  private static let long = String(repeating: "a", count: 70_000)

  private struct Hostile: @unchecked Sendable {
    let path: String
    let value: Any?
    /// What the refusal names, where it is not the path.
    let named: String?
    let reason: String

    init(_ path: String, _ value: Any?, named: String? = nil, reason: String = "has no valid value") {
      (self.path, self.value, self.named, self.reason) = (path, value, named, reason)
    }
  }

  /// What a part says that no run can have made.
  private static let hostile: [Hostile] = [
    Hostile("stages.0.measured.counters.succeeded", huge), Hostile("stages.0.measured.counters.unsent", huge),
    Hostile("stages.0.measured.counters.retried", -1), Hostile("stages.0.measured.counters.connectionsOpened", Int.max),
    Hostile("stages.0.measured.counters.postponed", Int.min),
    Hostile("stages.0.measured.statuses.200", Int.max), Hostile("stages.0.measured.statuses.2", 1),
    Hostile("stages.0.measured.failures.reset", Int.max), Hostile("stages.0.measured.failures.bad", 1),
    Hostile("stages.0.measured.leniencies.bareLineFeed", Int.max), Hostile("stages.0.measured.nobody.cache", Int.max),
    Hostile("stages.0.measured.nobody.502", -1), Hostile("stages.0.measured.locations./a", Int.max),
    Hostile("stages.0.measured.locations", [long: 1], named: "stages[0].measured.locations." + long),
    Hostile("stages.0.started", Int.min), Hostile("stages.0.started", Int.max),
    Hostile("stages.0.measured.startLateness", UInt64.max), Hostile("stages.0.measured.duration", UInt64.max),
    Hostile("stages.0.measured.waitedForSink", UInt64.max), Hostile("stages.0.processorTime", UInt64.max),
    Hostile("stages.0.measured.latency.max", UInt64.max),
    Hostile("stages.0.measured.latency.sum", "1", named: "stages[0].measured.latency.counts"),
    Hostile("stages.0.measured.latency.sum", "x"),
    Hostile("stages.0.measured.lateness.counts", "AAAA"), Hostile("stages.0.measured.records", "A"),
    Hostile("stages.0.measured.openDues", "gA=="),
    // One that is due, while no request has no outcome.
    Hostile(
      "stages.0.measured.openDues", "AA==",
      reason: "contradicts itself: the number of its due times is 1 and has to be at most unsent + abandoned, 0"),
    Hostile(
      "stages.0.measured.counters.succeeded", 11, named: "stages[0].measured.statuses",
      reason: "contradicts itself: the sum of statuses is 10 and has to equal "
        + "succeeded + failures.status + failures.body, 11"),
    Hostile(
      "stages.0.measured.failures", [String: Int](), named: "stages[0].measured.lateness",
      reason: "contradicts itself: its count is 11 and has to equal succeeded + the sum of failures + abandoned, 10"),
    Hostile(
      "stages.0.measured.lateness", ["min": 1], named: "stages[0].measured.lateness.min", reason: "belongs to no counts"
    ),
    Hostile("stages.0.measured.sent", [Int.max, 1]),
    Hostile("stages.0.measured.backends.0.requests", Int.max),
    Hostile("stages.0.measured.backends.0.name", "a", named: "stages[0].measured.backends"),
    Hostile(
      "stages.0.measured.generations", [["backend": 2, "name": "x"]], named: "stages[0].measured.generations"),
    Hostile("stages.0.measured.generations", [["backend": 0, "name": long]]),
    Hostile("stages.0.measured.tls.full", Int.max),
    Hostile(
      "stages.0.measured.pauses", [pause(end: 2, caughtUp: UInt64.max)], named: "stages[0].measured.pauses[0].caughtUp"),
    Hostile("stages.0.measured.pauses", [pause(end: 0, caughtUp: 1)], named: "stages[0].measured.pauses[0].end"),
    Hostile("stages.0.measured.series.interval", 7), Hostile("stages.0.measured.series.interval", 0),
    Hostile("stages.0.measured.series.points", "A"),
    // One request, none failed, no latency.
    Hostile("stages.0.measured.series.points", "AQAAAAA="),
    // A backend beyond those that there are.
    Hostile("stages.0.measured.series.points", "AQEAAAMAAAE=", named: "stages[0].measured.series"),
    Hostile("stages.0.measured.counters.bytesSent", Int.max), Hostile("stages.0.measured.serviceTime.max", UInt64.max),
    Hostile("start.clock.offset", Int.max), Hostile("start.clock.uncertainty", -1), Hostile("start.time", Int.max),
    Hostile("durationSeconds", -1), Hostile("startedAt", 1e18),
    Hostile("samples", -1),
    Hostile(
      "preparation.failures", ["reset": 2], named: "preparation.judged",
      reason: "contradicts itself: judged is 0 and has to equal succeeded + the sum of failures, 2"),
    Hostile("preparation.failedTries.b", -1),
    Hostile("preparation.sent.requests", 7, named: "preparation.sent"),
    Hostile("choice", choice(keys: ["the weather"]), named: "choice.keys"),
    Hostile("actions", actions(start: 2, end: 1), named: "actions.phases[0].end"),
    Hostile("actions", actions(start: 0, end: UInt64.max), named: "actions.phases[0].end"),
  ]

  private static func pause(end: Int, caughtUp: UInt64) -> [String: Any] {
    ["cause": "stopped", "start": 1, "end": end, "length": 3, "caughtUp": caughtUp]
  }

  private static func actions(start: Int, end: UInt64) -> [String: Any] {
    ["manager": "pm2", "remarks": [], "lists": [], "phases": [["name": "reload", "start": start, "end": end]]]
  }

  private static func choice(keys: [String] = [], backends: [String] = []) -> [String: Any] {
    ["keys": keys, "values": [String: Int](), "isComplete": true, "backends": backends, "inert": [String]()]
  }

  /// Lists and words that are too large, and how much of each is read.
  private static let large: [(Hostile, most: Int)] = [
    (Hostile("notes", (0..<257).map { "\($0)" }), 256), (Hostile("notes", [long]), 65_536),
    (Hostile("addresses", (0..<300).map { "\($0)" }), 256),
    (Hostile("/parameters", [["name": long, "values": []]]), 65_536),
    (Hostile("/parameters", [["name": "--rate", "values": [long]]]), 65_536),
    (Hostile("/shard.host", long, named: "shard"), 65_536), (Hostile("/target", long), 65_536),
    (Hostile("stages.0.cutShort", long), 65_536),
    (Hostile("stages.0.measured.faults", [long]), 65_536), (Hostile("stages.0.measured.tls.kinds", [long]), 65_536),
    (Hostile("stages.0.measured.error", ["plan": ["_0": long]]), 65_536),
    (Hostile("stages.0.measured.backends.0.name", long), 65_536),
    (
      Hostile("stages.0.measured.locations", Dictionary(uniqueKeysWithValues: (0..<100_000).map { ("/\($0)", 1) })),
      4_096
    ),
    (
      Hostile(
        "stages.0.measured.backends",
        (0..<2_000).map {
          [
            "name": "\($0)", "requests": 0, "succeeded": 0, "connections": 0, "failedTries": 0,
            "latency": [String: Int](),
          ] as [String: Any]
        }), 1_024
    ),
    (Hostile("choice", choice(backends: [long]), named: "choice.backends"), 65_536),
    (Hostile("choice", choice(keys: ["header " + long]), named: "choice.keys"), 65_536),
    (Hostile("cookie", ["cookie": long], named: "cookie.cookie"), 65_536),
    (
      Hostile(
        "actions", ["manager": "pm2", "remarks": [long], "lists": [], "phases": []], named: "actions.remarks"), 65_536
    ),
  ]

  private static func field(_ hostile: Hostile) -> String {
    let isInHead = hostile.path.hasPrefix("/")
    let path =
      hostile.named
      ?? hostile.path.split(separator: ".").reduce(into: "") { name, part in
        let part = part.hasPrefix("/") ? (isInHead ? part.dropFirst() : part) : part
        name +=
          Int(part) != nil && !name.hasSuffix("nobody") && !name.hasSuffix("statuses")
          ? "[\(part)]" : (name.isEmpty ? "" : ".") + part
      }
    return Escaping.terminal(isInHead ? path : "findings." + path, width: 80)
  }

  @Test("What no run can have made is refused with its field", arguments: hostile.indices)
  func refused(_ index: Int) throws {
    let hostile = Self.hostile[index]
    let part = try Parts(count: 2).part(1)
    let refusal = #expect(throws: ReportFormatError.self) {
      try Parts.read(part, setting: hostile.path, to: hostile.value)
    }
    #expect(refusal?.description == "a damaged part: \(Self.field(hostile)) \(hostile.reason)")
  }

  @Test("Lists and words beyond any run's are refused with what is read at most", arguments: large.indices)
  func tooLarge(_ index: Int) throws {
    let (hostile, most) = Self.large[index]
    let part = try Parts(count: 2).part(1)
    let refusal = #expect(throws: ReportFormatError.self) {
      try Parts.read(part, setting: hostile.path, to: hostile.value)
    }
    #expect(
      refusal?.description == "a damaged part: \(Self.field(hostile)) is larger than the \(most) that are read")
  }

  @Test("A field that is missing is named, whichever it is")
  func missing() throws {
    let part = try Parts(count: 2).part(1)
    for path in [
      "stages", "stages.0.measured", "stages.0.measured.counters.retried", "stages.0.measured.records", "preparation",
      "/digest", "/findings",
    ] {
      let refusal = #expect(throws: ReportFormatError.self) { try Parts.read(part, setting: path, to: nil) }
      #expect(
        refusal?.description
          == "a part made by another version of lbcheck, or damaged: \(Self.field(Hostile(path, nil))) is missing")
    }
  }

  @Test("Stages of one name, too many of them, and more distributions in all than are read are refused")
  func stages() throws {
    var part = try Parts(count: 2).part(1)
    let stage = part.findings.stages[0]
    part.findings.stages = [stage, stage]
    #expect(reading(part) == "a damaged part: findings.stages has no valid value")
    func many(_ count: Int, backends: Int) {
      part.findings.stages = (0..<count).map { number in
        let requests = (0..<backends).map {
          RequestRecord(due: 0, sent: 0, done: 1_000, connection: UInt32($0), backend: $0, status: 200)
        }
        var measured = Measurements(counting: requests, backends: (0..<backends).map { "\($0)" })
        measured.records = []
        return CheckFindings.Stage(name: .step(number), measured: measured)
      }
    }
    many(300, backends: 0)
    #expect(reading(part) == "a damaged part: findings.stages is larger than the 256 that are read")
    // Five of its own for each stage, and those of its backends: refused at the first that is too many.
    many(200, backends: 20)
    #expect(reading(part) == "a damaged part: findings.stages[120].measured.latency.counts has no valid value")
  }

  @Test("More requests in all stages than are kept are refused, though each stage has fewer")
  func rows() throws {
    var part = try Parts(count: 2).part(1, check: .capacity)
    let stage = part.findings.stages[0]
    part.findings.stages = (0..<3).map { CheckFindings.Stage(name: .step($0), measured: stage.measured) }
    let json = Array(try JSONWriter().write(part).utf8)
    // Each has eleven.
    let budget = DecodingBudget(histograms: 100, rows: 32)
    let refusal = #expect(throws: ReportFormatError.self) { try PartDocument(json: json, within: budget) }
    #expect(refusal?.description == "a damaged part: findings.stages[2].measured.records has no valid value")
    #expect(try PartDocument(json: json, within: DecodingBudget(histograms: 100, rows: 33)) == part)
  }

  private func reading(_ part: PartDocument) -> String? {
    do {
      _ = try Parts.read(part)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("Parts that are small each and too much together are refused at the one that is too many")
  func together() throws {
    let parts = Parts(count: 3)
    var merge = PartMerge()
    for number in 1...3 {
      var part = try parts.part(number)
      let backend = part.findings.stages[0].measured.backends[0]
      part.findings.stages[0].measured.backends = (0..<600).map { index in
        var other = Measurements.Backend(name: "\(number) \(index)")
        other.latency = backend.latency
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
        "part.json: a damaged part: it is part 1 of \(count)",
        "other.json: a damaged part: it is part \(Int.min) of \(count)",
      ])
  }

  @Test("Parts at the limits are merged without overflow")
  func limits() throws {
    let parts = Parts(count: 3, start: nil)
    var merge = PartMerge()
    for number in 1...3 {
      var part = try parts.part(number)
      part.findings.stages[0].measured.unsent = 1_000_000_000_000
      part.findings.stages[0].measured.postponed = 1_000_000_000_000
      part.findings.stages[0].measured.bytesReceived = 2_000_000_000_000_000
      part.findings.stages[0].processorTime = 8_640_000_000_000_000
      part.findings.stages[0].started = number == 2 ? 0 : 4_000_000_000_000_000_000
      merge.add(try Parts.read(part), from: "\(number)")
    }
    let findings = try merge.findings(allowMissing: false)
    #expect(findings.stages[0].measured.unsent == 3_000_000_000_000)
    #expect(findings.shards?.parts.map(\.startedAfter).max() ?? 0 > 1e12)
  }
}
