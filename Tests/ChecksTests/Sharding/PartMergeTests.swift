import HTTP
import Load
import Platform
import Report
import Statistics
import Support
import Testing

@testable import Checks

@Suite struct PartMergeTests {
  private func refusal(_ parts: [(PartDocument, String)], allowMissing: Bool = false) -> [String] {
    var merge = PartMerge()
    for (part, file) in parts { merge.add(part, from: file) }
    do throws(PartMerge.Refusal) {
      _ = try merge.findings(allowMissing: allowMissing)
      return []
    } catch {
      return error.lines
    }
  }

  @Test("A part that is written and read holds all that was measured")
  func roundTrip() throws {
    let findings = Parts(count: 4).findings(3)
    var merge = PartMerge()
    merge.add(try Parts.read(try Parts(count: 4).part(3)), from: "part")
    let read = try merge.findings(allowMissing: true).stages[0]
    let written = findings.stages[0]
    #expect(read.measured.latency == written.measured.latency)
    #expect(read.measured.serviceTime == written.measured.serviceTime)
    #expect(read.measured.lateness == written.measured.lateness)
    #expect(read.measured.records == written.measured.records.sorted { $0.done < $1.done })
    #expect(read.measured.backends.map(\.name) == ["b", "a"])
    #expect(read.measured.backends.map(\.latency) == written.measured.backends.map(\.latency))
    #expect(read.measured.statuses == written.measured.statuses)
    #expect(read.measured.failures == written.measured.failures)
    #expect(read.measured.series == written.measured.series)
  }

  @Test("Counts, histograms and backends are those of all requests together, in whatever order the parts come")
  func sum() throws {
    let parts = Parts(count: 5)
    var whole = Histogram()
    for number in 1...5 { whole.add(parts.findings(number).stages[0].measured.latency) }
    for order in [[1, 2, 3, 4, 5], [4, 2, 5, 1, 3]] {
      var merge = PartMerge()
      for number in order { merge.add(try Parts.read(try parts.part(number)), from: "\(number)") }
      let merged = try merge.findings(allowMissing: false)
      let measured = merged.measured(.load)
      #expect(measured.latency == whole)
      #expect(measured.succeeded == 50)
      #expect(measured.failures == [.refused: 5])
      #expect(measured.statuses == [200: 50])
      #expect(Set(measured.backends.map(\.name)) == ["a", "b"])
      #expect(measured.backends.map(\.succeeded) == [25, 25])
      #expect(measured.records.count == 55)
      // Whatever number it has in its part, a record still means the backend of its name.
      for backend in measured.backends.indices {
        #expect(measured.records.count { $0.backend == backend } == 25)
      }
      #expect(measured.series.points.map(\.requests) == [55])
      #expect(merged.shards?.parts.map(\.number) == [1, 2, 3, 4, 5])
      #expect(merged.shards?.missing == nil)
      // Each began by its own clock, whose offset is its number.
      #expect(merged.shards?.parts.allSatisfy { $0.startedAfter == 0 } == true)
      #expect(merged.shardAssertions.map(\.verdict) == [.pass])
    }
  }

  /// Answers that no backend is credited with, and five redirects.
  private static func unnamed(_ nobody: [NobodyReason: Int]) -> Measurements {
    let failed = (0..<(nobody[.status(502)] ?? 0)).map { _ in 502 }
    let statuses = failed + (0..<(nobody[.cache] ?? 0)).map { _ in 200 } + [301, 301, 301, 301, 301]
    var measured = Measurements(
      counting: statuses.enumerated().map { index, status in
        RequestRecord(
          due: Nanoseconds(index), sent: Nanoseconds(index), done: 1_000, connection: UInt32(index), status: status,
          failure: status == 502 ? .status : nil)
      }, backends: [])
    measured.nobody = nobody
    measured.nobody[.redirect] = 5
    return measured
  }

  @Test("A part under another part's number is refused as its copy")
  func copy() throws {
    let parts = Parts(count: 2)
    var merge = PartMerge()
    merge.add(try parts.part(1), from: "1")
    merge.add(try parts.part(2, of: parts.findings(1)), from: "2")
    #expect {
      try merge.findings(allowMissing: false)
    } throws: {
      ($0 as? PartMerge.Refusal)?.lines.first?.contains("2 is a copy of 1") == true
    }
  }

  @Test("What nobody, redirects and lenient reading came to adds up over the parts")
  func origins() throws {
    let parts = Parts(count: 3)
    var merge = PartMerge()
    for number in 1...3 {
      var findings = parts.findings(number)
      let own: [(nobody: [NobodyReason: Int], location: [String: Int])] = [
        ([.cache: 1, .status(502): 1], ["/a": 1, "/b": 1]), ([.cache: 7], ["/a": 2, "/b": 1]),
        ([.cache: 1, .status(502): 3], ["/b": 5]),
      ]
      let (nobody, locations) = own[number - 1]
      findings.stages[0].measured = Self.unnamed(nobody)
      findings.stages[0].measured.locations = locations
      findings.stages[0].measured.leniencies = [Leniency.allCases[0]: number]
      if number == 1 { findings.stages[0].measured.leniencies[Leniency.allCases[1]] = 4 }
      merge.add(try Parts.read(try parts.part(number, of: findings)), from: "\(number)")
    }
    let measured = try merge.findings(allowMissing: false).measured(.load)
    #expect(measured.nobody == [.cache: 9, .status(502): 4, .redirect: 15])
    #expect(measured.locations == ["/a": 3, "/b": 7])
    #expect(measured.leniencies == [Leniency.allCases[0]: 6, Leniency.allCases[1]: 4])
  }

  @Test("The report of the whole is judged by the same code as one run's")
  func report() throws {
    let parts = Parts(count: 2)
    var merge = PartMerge()
    for number in 1...2 { merge.add(try parts.part(number), from: "\(number)") }
    var settings = CheckSettings(
      target: try Target("http://127.0.0.1/"), templates: [try RequestTemplate(path: "/")])
    settings.pacer = .constant(rate: 100)
    let report = LoadCheck(settings, watch: CheckWatch()).report(on: try merge.findings(allowMissing: false))
    #expect(report.verdict == .fail)
    #expect(report.assertions.first { $0.name == "noRequestFailed" }?.actual == "2 failed: 2 refused")
    #expect(report.traffic?.requests.completed == 22)
    #expect(report.traffic?.rate.offered == 100)
    #expect(report.backends?.map(\.requests) == [10, 10])
    let series = try #require(report.traffic?.series)
    #expect(series.map(\.requests) == [22] && series[0].shares == ["a": 10, "b": 10])
    #expect(report.traffic?.seriesIntervalSeconds == 1)
    #expect(report.methodRows.first { $0.name == "Parts" }?.value.hasPrefix("2 of 2, to begin at 2026-11-25T") == true)
  }

  @Test("What is missing is named, and with leave reported as missing")
  func missing() throws {
    let parts = Parts(count: 12)
    let present = try [1, 3, 9].map { (try parts.part($0), "\($0)") }
    #expect(
      refusal(present) == [
        "9 parts, 2, 4–8, 10–12, of 12 are missing; --allow-missing reports on the others alone"
      ])
    #expect(refusal(present, allowMissing: true) == [])
    var merge = PartMerge()
    for (part, file) in present { merge.add(part, from: file) }
    let findings = try merge.findings(allowMissing: true)
    #expect(findings.measured(.load).succeeded == 30)
    #expect(findings.shards?.missing == [2, 4, 5, 6, 7, 8, 10, 11, 12])
    #expect(findings.shareMade == 0.25)
    #expect(findings.shardAssertions.first?.verdict == .inconclusive)
    #expect(refusal([]) == ["no part to merge"])
  }

  @Test("A damaged part is one error: it is not missing, too")
  func damaged() throws {
    var merge = PartMerge()
    merge.add(try Parts(count: 2).part(1), from: "1")
    merge.refuse("2: a damaged part: it is not valid JSON")
    let refusal = #expect(throws: PartMerge.Refusal.self) { try merge.findings(allowMissing: false) }
    #expect(refusal?.lines == ["2: a damaged part: it is not valid JSON"])
  }

  @Test("Doubled parts are refused by both names, also where others are missing")
  func doubled() throws {
    let parts = Parts(count: 3)
    let lines = refusal([(try parts.part(1), "x/1"), (try parts.part(2), "x/2"), (try parts.part(2), "y/2")])
    #expect(
      lines == [
        "y/2 duplicates x/2: both are part 2 of 3",
        "part 3 of 3 is missing; --allow-missing reports on the others alone",
      ])
  }

  @Test("Foreign parts are refused by name, with what is not the same")
  func foreign() throws {
    let parts = Parts(count: 2)
    let first = (try parts.part(1), "1")
    func refused(_ change: (inout PartDocument) -> Void) throws -> String {
      var part = try parts.part(2)
      change(&part)
      return refusal([first, (part, "2")], allowMissing: true).first ?? "taken"
    }
    #expect(try refused { _ in } == "taken")
    #expect(
      refusal([first, (try Parts(count: 2, rate: "200").part(2), "2")], allowMissing: true) == [
        "2 does not belong: its --rate is 200, that of 1 is 100"
      ])
    #expect(
      refusal([first, (try Parts(count: 4).part(2), "2")], allowMissing: true) == [
        "2 does not belong: its number of parts is 4, that of 1 is 2"
      ])
    #expect(
      try refused { $0.tool.version = "9" }
        == "2 does not belong: it was made by lbcheck 9, not by lbcheck \(ToolSection.lbcheck.version)")
    #expect(
      try refused { $0.target = "http://b/" }
        == "2 does not belong: its target is http://b/, that of 1 is http://127.0.0.1/")
    #expect(try refused { $0.check = .fairness } == "2 does not belong: its check is fairness, that of 1 is load")
    #expect(
      try refused { $0.findings.backendHeader = nil }
        == "2 does not belong: its backend header (--backend-header gives all parts the same) is none, that of 1 is x-backend"
    )
    #expect(
      try refused { $0.findings.start?.run = "other" } == "2 does not belong: its run is other, that of 1 is none")
    #expect(
      try refused { $0.findings.start?.time = 0 }
        == "2 does not belong: its common start is 1970-01-01T00:00:00Z, that of 1 is 2026-11-25T06:45:28Z")
    #expect(
      try refused { $0.parameters.append(.init(name: "--poisson", values: ["true"])) }.contains("--poisson is true"))
  }

  @Test("What the parts sent beside their traffic adds up, and so does what the answers said")
  func preparations() throws {
    var merge = PartMerge()
    for number in 1...3 {
      let ledger = TargetProbeLedger()
      ledger.note(
        .answered(
          ResponseHead(status: 200, fields: [HeaderField(name: "X-Backend", value: "10.0.0.3:80, 10.0.0.1:80")]),
          nil), sent: 1, for: .reachability, method: "GET")
      ledger.note(.failed(.reset), sent: number, for: .headerSearch, method: "GET")
      var findings = Parts(count: 3).findings(number)
      findings.preparation = ledger.findings(header: "X-Backend")
      let json = try JSONWriter().write(try Parts(count: 3).part(number, of: findings))
      merge.add(try PartDocument(json: Array(json.utf8)), from: "\(number)")
    }
    let whole = try merge.findings(allowMissing: false).preparation
    #expect(whole.sent.requests == 9 && whole.sent.methods == ["GET": 9])
    #expect(whole.sent.purposes == [.reachability: 3, .headerSearch: 6])
    #expect(whole.failedTries == ["10.0.0.3:80": 3] && whole.failures == ["reset": 3] && whole.judged == 6)
  }

  @Test("A part that is no part of so many is refused")
  func beyond() throws {
    var part = try Parts(count: 2).part(2)
    part.shard.number = 3
    #expect(
      refusal([(try Parts(count: 2).part(1), "1"), (part, "2")], allowMissing: true)
        == ["2: a damaged part: it is part 3 of 2"])
  }

  @Test("Without a common start times count from the first to begin, and shards far apart do not pass as one")
  func apart() throws {
    let parts = Parts(count: 3, start: nil)
    for order in [[1, 2, 3], [3, 2, 1]] {
      var merge = PartMerge()
      for number in order {
        var findings = parts.findings(number)
        findings.stages[0].started = 1_795_589_128_000_000_000 + Int64(number - 1) * 3_000_000_000
        merge.add(try parts.part(number, of: findings), from: "\(number)")
      }
      let findings = try merge.findings(allowMissing: false)
      let stage = findings.stages[0]
      #expect(stage.measured.duration == 8_000_000_000)
      #expect(stage.measured.records.map(\.due).min() == 0)
      #expect(stage.measured.records.map(\.due).max() == 6_009_000_000)
      #expect(stage.measured.series.points.map(\.requests) == [11, 0, 0, 11, 0, 0, 11])
      #expect(findings.shards?.parts.map(\.startedAfter) == [0, 3_000, 6_000])
      #expect(findings.shardAssertions.map(\.verdict) == [.inconclusive])
    }
  }

  @Test("Parts that guessed different headers of generations say so, and only the first's generations count")
  func guessedHeaders() throws {
    func merged(_ headers: [String?]) throws -> CheckFindings {
      let parts = Parts(count: headers.count)
      var merge = PartMerge()
      for (index, header) in headers.enumerated() {
        var findings = parts.findings(index + 1)
        findings.generationHeader = header
        if let header {
          findings.stages[0].measured.generations = [
            Generation(backend: 0, name: header), Generation(backend: 1, name: header),
          ]
          findings.stages[0].measured.records = findings.stages[0].measured.records.map {
            RequestRecord(
              due: $0.due, sent: $0.sent, done: $0.done, connection: $0.connection, backend: $0.backend,
              generation: $0.backend, status: $0.status, failure: $0.failure)
          }
        }
        merge.add(try Parts.read(try parts.part(index + 1, of: findings)), from: "\(index + 1).json")
      }
      return try merge.findings(allowMissing: false)
    }
    let same = try merged(["X-Pid", "x-pid"])
    #expect(same.notes.isEmpty && same.stages[0].measured.untrackedGenerations == 0)
    let other = try merged(["X-Pid", "X-Version", nil])
    #expect(other.generationHeader == "X-Pid")
    #expect(
      other.notes == [
        "The parts found different headers for generations: 1.json X-Pid, 2.json and 1 more X-Version. "
          + "Only those of the first count; give all parts --generation-header."
      ])
    let measured = other.stages[0].measured
    #expect(measured.generations.allSatisfy { $0.name == "X-Pid" } && measured.generations.count == 2)
    // Replacing is then not decided: these answers' generations are not known.
    #expect(measured.untrackedGenerations == 20)
    #expect(measured.records.count == 33 && measured.records.count { $0.generation != nil } == 10)
    let none = try merged([nil, "X-Version"])
    #expect(none.notes.first?.contains("1.json no header, 2.json X-Version") == true)
    #expect(none.stages[0].measured.generations.isEmpty)
  }
}
