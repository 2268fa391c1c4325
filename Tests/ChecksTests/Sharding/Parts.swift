import Foundation
import HTTP
import Load
import Platform
import Report
import Statistics
import Support

@testable import Checks

/// Parts of a load check as shards would write them.
struct Parts {
  let count: Int
  var rate = "100"
  var start: Int64? = 1_795_589_128_000_000_000

  /// What a shard measured: `requests` successes over two backends whose latencies depend on the number, and one failure.
  func findings(_ number: Int, requests: Int = 10, stage: StageName = .load) -> CheckFindings {
    var made = (0..<requests).map { index in
      let (due, value) = (Nanoseconds(index) * 1_000_000, Nanoseconds(number * 1_000_000 + index * 12_345))
      return RequestRecord(
        due: due, sent: due + value / 2, done: due + value, connection: UInt32(index), backend: index % 2, status: 200)
    }
    made.append(
      RequestRecord(due: 0, sent: 0, done: 1_000, connection: UInt32(requests), failure: .refused))
    // No two shards meet the backends in the same order.
    var measured = Measurements(counting: made, backends: number % 2 == 0 ? ["a", "b"] : ["b", "a"])
    measured.duration = 2_000_000_000
    var findings = CheckFindings(startedAt: 1_795_589_127)
    findings.durationSeconds = 2.5
    findings.addresses = ["127.0.0.1:80"]
    findings.backendHeader = "X-Backend"
    findings.stages = [
      CheckFindings.Stage(
        name: stage, measured: measured, started: 1_795_589_128_000_000_000 + Int64(number))
    ]
    findings.start = start.map { CommonStart(time: $0, clock: ClockOffset(offset: Int64(number), uncertainty: 0)) }
    return findings
  }

  func part(_ number: Int, of findings: CheckFindings? = nil, check: CheckKind = .load) throws -> PartDocument {
    let settings = CheckSettings(
      target: try Target("http://127.0.0.1/"), templates: [try RequestTemplate(path: "/")])
    let parameters = [PartParameter(name: "--rate", values: [rate]), PartParameter(name: "--requests", values: [])]
    let sharding = Sharding(
      Shard(index: number - 1, count: count)!, source: "--shard",
      digest: PartDocument.digest(check: check, url: settings.target.url, count: count, parameters))
    return PartDocument(
      findings ?? self.findings(number), of: check, target: settings.target.url, sharding: sharding,
      parameters: parameters)
  }

  /// A part as it is read from its file.
  static func read(_ part: PartDocument) throws -> PartDocument {
    try PartDocument(json: Array(try JSONWriter().write(part).utf8))
  }

  /// Reads a part in whose file another value stands in a field.
  ///
  /// - Parameters:
  ///   - path: such as `stages.0.measured.counters.retried`, in the findings; one that begins with a slash, in the part.
  ///   - value: what `JSONSerialization` takes; `nil` leaves the field out.
  static func read(_ part: PartDocument, setting path: String, to value: Any?) throws -> PartDocument {
    let json = try JSONSerialization.jsonObject(with: Data(try JSONWriter().write(part).utf8))
    let path = path.hasPrefix("/") ? String(path.dropFirst()) : "findings." + path
    let changed = set(value, at: path.split(separator: ".").map(String.init)[...], in: json)
    return try PartDocument(json: Array(JSONSerialization.data(withJSONObject: changed)))
  }

  private static func set(_ value: Any?, at path: ArraySlice<String>, in json: Any) -> Any {
    guard let name = path.first else { return value ?? json }
    if var list = json as? [Any], let index = Int(name) {
      list[index] = set(value, at: path.dropFirst(), in: list[index])
      return list
    }
    var fields = json as? [String: Any] ?? [:]
    if path.count == 1 {
      fields[name] = value
    } else {
      fields[name] = set(value, at: path.dropFirst(), in: fields[name] ?? [:])
    }
    return fields
  }
}
