import Load
import Platform
import Report
import Statistics

@testable import Checks

/// Simulated traffic of a watch: requests at a rate, each answered by what a site model says; no clock.
struct WatchTraffic {
  /// What one request met.
  struct Answer {
    var backend: String? = "a"
    var generation: String?
    var failure: FailureKind?
    var status: Int? = 200
    /// From being sent to its end.
    var takes: Nanoseconds = 2_000_000

    static func lost(_ failure: FailureKind = .refused, takes: Nanoseconds = 1_000_000) -> Answer {
      Answer(backend: nil, failure: failure, status: nil, takes: takes)
    }
  }

  var rate = 20.0
  var detector = WatchDetector()
  private(set) var seen: [Sighting] = []
  private var count = 0
  private var connections: UInt32 = 0

  init(rate: Double = 20, backups: Set<String> = [], namesVersions: Bool = false) {
    self.rate = rate
    detector = WatchDetector(backups: backups, namesVersions: namesVersions)
  }

  /// When the next request is due, in seconds.
  var now: Double { Double(count) / rate }

  /// Sends traffic for so long; every other request has a connection of its own.
  mutating func run(seconds: Double, _ answer: (Double, inout SplitMix64) -> Answer) {
    var random = SplitMix64(seed: UInt64(count) &+ 42)
    let end = now + seconds
    var batch: [WatchedRequest] = []
    var open: Nanoseconds = 0
    while now < end - 1e-9 {
      let due = Nanoseconds(now * 1e9)
      let isFresh = count % 2 == 0
      if isFresh { connections += 1 }
      let given = answer(now, &random)
      batch.append(
        WatchedRequest(
          RequestRecord(
            due: due, sent: due + 100_000, done: due + 100_000 + given.takes, connection: isFresh ? connections : 0,
            status: given.status, failure: given.failure), backend: given.backend, generation: given.generation))
      count += 1
      open = Nanoseconds(now * 1e9)
      if batch.count == 64 { flush(&batch, open: open) }
    }
    flush(&batch, open: open)
  }

  private mutating func flush(_ batch: inout [WatchedRequest], open: Nanoseconds) {
    // As they end.
    batch.sort { $0.record.done < $1.record.done }
    seen += detector.take(batch, open: open).flatMap(\.seen)
    batch = []
  }

  mutating func finish() -> [Sighting] {
    let (steps, rest) = detector.finish()
    return seen + steps.flatMap(\.seen) + rest
  }
}

extension SplitMix64 {
  /// One of several names, by chance.
  mutating func pick(_ names: [String]) -> String { names[Int(next() % UInt64(names.count))] }
}
