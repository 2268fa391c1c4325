import HTTP
import Load
import Platform
import Report
import Statistics

@testable import Checks

/// Findings whose every figure is known, to be judged by a check without any traffic.
enum GoldenFindings {
  static let second: Nanoseconds = 1_000_000_000
  static let began: Int64 = 1_795_589_128_000_000_000

  static func settings() throws -> CheckSettings {
    var settings = CheckSettings(target: try Target("http://alvin.xyz/"), templates: [try RequestTemplate(path: "/")])
    settings.backendHeader = "X-Backend"
    settings.command = ["lbcheck"]
    return settings
  }

  /// Evenly spaced requests, each with the outcome of its number.
  static func requests(
    seconds: Int, rate: Int = 100, connections: Int = 10, _ outcome: (Int) -> RequestRecord.Outcome
  ) -> [RequestRecord] {
    (0..<seconds * rate).map { index in
      let due = Nanoseconds(index) * second / Nanoseconds(rate)
      let outcome = outcome(index)
      return RequestRecord(
        due: due, sent: due + 20_000, done: due + outcome.latency, connection: UInt32(index % connections),
        backend: outcome.backend,
        generation: outcome.generation, status: outcome.status, failure: outcome.failure)
    }
  }

  static func findings(_ stages: [CheckFindings.Stage]) -> CheckFindings {
    var findings = CheckFindings(startedAt: 1_795_589_127)
    findings.durationSeconds = 12
    findings.addresses = ["127.0.0.1:8080"]
    findings.backendHeader = "X-Backend"
    findings.stages = stages
    return findings
  }

  static func stage(_ name: StageName, _ records: [RequestRecord], _ names: [String], generations: [Generation] = [])
    -> CheckFindings.Stage
  {
    CheckFindings.Stage(
      name: name, measured: Measurements(records, names, generations), started: began, processorTime: second / 10)
  }
}

extension ReportDocument {
  /// The settings that the program would list, as far as a page shows them.
  mutating func list(_ settings: CheckSettings) {
    var listed = [
      Setting("connections", .number(Double(settings.connections))),
      Setting("freshConnections", .number(settings.freshShare)), Setting("workers", .number(Double(settings.workers))),
    ]
    if case .constant(let rate) = settings.pacer { listed.append(Setting("rate", .number(rate), unit: "1/s")) }
    self.settings = listed + (self.settings ?? [])
  }
}

extension RequestRecord {
  struct Outcome {
    var latency: Nanoseconds = 2_000_000
    var backend: Int?
    var generation: Int?
    var status: Int? = 200
    var failure: FailureKind?
  }
}

extension Measurements {
  /// What workers would have counted of requests.
  init(_ requests: [RequestRecord], _ names: [String], _ generations: [Generation]) {
    self.init()
    backends = names.map { Backend(name: $0) }
    self.generations = generations
    records = requests
    counters.connectionsOpened = 10
    sent = [requests.count]
    var first: [UInt32: Int] = [:]
    var mixed: Set<UInt32> = []
    for request in requests {
      if let status = request.status { statuses[status, default: 0] += 1 }
      if let backend = request.backend { backends[backend].requests += 1 }
      lateness.record(request.sent - request.due)
      duration = max(duration, request.done)
      if let failure = request.failure {
        failures[failure, default: 0] += 1
        continue
      }
      counters.succeeded += 1
      latency.record(request.done - request.due)
      latencies.append(request.done - request.due)
      serviceTime.record(request.done - request.sent)
      if let backend = request.backend {
        backends[backend].succeeded += 1
        if first[request.connection] == nil { backends[backend].connections += 1 }
        if first.updateValue(first[request.connection] ?? backend, forKey: request.connection) ?? backend != backend {
          mixed.insert(request.connection)
        }
        backends[backend].latency.record(request.done - request.due)
      }
    }
    counters.mixedConnections = mixed.count
  }
}
