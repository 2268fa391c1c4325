import Checks
import Foundation
import Load
import Report
import Statistics
import Support
import Testing

extension Integration {
  /// More parts than there are machines to make them on.
  @Suite struct ManyPartsTests {
    private static let count = 1_000
    private static let requests = 200
    private static let recordings = 25
    private static let began: Int64 = 1_795_589_128_000_000_000
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    @Test("A thousand parts make the counts and percentiles of all their samples")
    func thousand() throws {
      var random = SystemRandomNumberGenerator()
      var samples: [UInt64] = []
      var answered = [0, 0, 0]
      try FileManager.default.createDirectory(
        atPath: tool.folder.path + "/parts", withIntermediateDirectories: true)
      // Parts share a few recordings, since it is merging that is tried.
      let recordings = (0..<Self.recordings).map { _ in
        Recording(
          (0..<Self.requests).map { _ in
            // From a tenth of a millisecond to ten seconds, the logarithm evenly spread.
            UInt64(exp(Double.random(in: log(1e5)...log(1e10), using: &random)))
          })
      }
      let version = try tool.run(["--version"]).output.split(separator: " ").last?.dropLast() ?? ""
      let texts = try recordings.enumerated().map {
        try JSONWriter().write(part(turn: $0, $1, version: String(version)))
      }
      for number in 1...Self.count {
        let recording = recordings[number % Self.recordings]
        samples += recording.samples
        for index in 0..<3 { answered[index] += recording.answered[index] }
        // Only the number and the beginning tell parts of the same recording apart.
        let text = texts[number % Self.recordings].replacing("\"number\" : 1,", with: "\"number\" : \(number),")
          .replacing("\"started\" : \(Self.began)", with: "\"started\" : \(Self.began + Int64(number))")
        let name = PartShard(number: number, count: Self.count).file
        try Data(text.utf8).write(to: URL(fileURLWithPath: tool.folder.path + "/parts/" + name))
      }
      let outcome = try tool.run(["merge", "parts", "--json", "--quiet", "--out", "whole"])
      let report = try #require(outcome.report, "\(outcome.messages)")
      #expect(outcome.status == 0, "\(outcome.output.prefix(2_000))")
      #expect(report["traffic"]["requests"]["succeeded"].integer == Self.count * Self.requests)
      #expect(report["traffic"]["statuses"]["200"].integer == Self.count * Self.requests)
      #expect(report["backends"].list.map { $0["requests"].integer } == answered)
      #expect(report["shards"]["parts"].list.count == Self.count)

      samples.sort()
      let latency = report["traffic"]["latency"]
      for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)] {
        // The nearest rank; a bucket is never wider than 1/1,024 of its lowest value.
        let exact = Double(samples[Int((share * Double(samples.count)).rounded(.up)) - 1]) / 1e6
        let found = try #require(latency[name].number)
        #expect(abs(found - exact) <= exact / 1_024, "\(name): \(found) for \(exact)")
      }
      #expect(latency["min"].number == Double(samples[0]) / 1e6)
      #expect(latency["max"].number == Double(samples[samples.count - 1]) / 1e6)
      let mean = Double(samples.reduce(0 as UInt128) { $0 + UInt128($1) }) / Double(samples.count) / 1e6
      #expect(abs((latency["mean"].number ?? 0) - mean) <= mean * 1e-12)
      #expect(try tool.problems("whole") == "")
    }

    /// Requests that took so long, shared among three backends.
    private struct Recording {
      let samples: [UInt64]
      let answered: [Int]

      init(_ samples: [UInt64]) {
        self.samples = samples
        answered = (0..<3).map { backend in samples.indices.count { $0 % 3 == backend } }
      }
    }

    /// The first part, with the backends in an order of its own.
    private func part(turn: Int, _ recording: Recording, version: String) -> PartDocument {
      let order = [0, 1, 2].map { ($0 + turn) % 3 }
      let requests = recording.samples.enumerated().map { index, sample in
        RequestRecord(
          due: 0, sent: 0, done: sample, connection: UInt32(index), backend: order.firstIndex(of: index % 3),
          status: 200)
      }
      var measured = Measurements(counting: requests, backends: order.map { "app-\($0 + 1)" })
      measured.records = []
      measured.duration = 10_000_000_000
      var findings = CheckFindings(startedAt: 1_795_589_127)
      findings.durationSeconds = 11
      findings.addresses = ["127.0.0.1:9"]
      findings.backendHeader = "X-Backend"
      findings.start = CommonStart(time: 1_795_589_128_000_000_000)
      findings.stages = [
        CheckFindings.Stage(
          name: .load, measured: measured, started: Self.began, processorTime: 1_000_000)
      ]
      let parameters = [
        PartParameter(name: "--rate", values: ["20000"]), PartParameter(name: "--connections", values: ["1000"]),
      ]
      let target = "http://127.0.0.1:9/"
      var part = PartDocument(
        findings, of: .load, target: target,
        sharding: Sharding(
          Shard(index: 0, count: Self.count)!, source: "--shard",
          digest: PartDocument.digest(check: .load, url: target, count: Self.count, parameters)),
        parameters: parameters)
      part.tool = ToolSection(name: "lbcheck", version: version)
      return part
    }
  }
}
