import Deployment
import HTTP
import Load
import Platform
import Report
import Statistics
import Support

@testable import Checks

/// Findings as a check may have them, with something in every field, made by chance.
struct SeededFindings {
  private var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  private mutating func count() -> Int { random.once(in: 3) ? 0 : random.number(1...1_000) }

  private mutating func time() -> Nanoseconds { Nanoseconds(random.number(0...10_000_000_000)) }

  private mutating func histogram(_ count: Int) -> Histogram {
    var histogram = Histogram()
    // From a nanosecond to beyond the range, the logarithm evenly spread.
    for _ in 0..<count { histogram.record(UInt64(1) << UInt64(random.number(0...38)) + UInt64(random.number(0...900))) }
    return histogram
  }

  mutating func measurements() -> Measurements {
    var measured = Measurements()
    let succeeded = random.number(0...30)
    measured.counters = Counters()
    measured.succeeded = succeeded
    measured.unsent = count()
    measured.abandoned = count()
    measured.retried = count()
    measured.upstreamRetried = count()
    measured.unattributed = count()
    measured.untrackedGenerations = count()
    measured.connectionsOpened = count()
    measured.waitedForConnection = count()
    measured.failedAcrossPauses = count()
    measured.postponed = count()
    measured.bytesSent = count() * 1_000_000_000
    measured.bytesReceived = count() * 1_000_000_000
    measured.sent = [count(), count()]
    measured.statuses = [200: count(), 502: count()]
    measured.failures = [.reset: count(), .status: count()]
    measured.leniencies = [.bareLineFeed: count()]
    measured.nobody = [.cache: count(), .status(503): count(), .redirect: count(), .noHeader: count()]
    measured.locations = ["/a": count(), "http://b/": count()]
    measured.latency = histogram(succeeded)
    measured.serviceTime = histogram(succeeded)
    measured.lateness = histogram(random.number(0...30))
    measured.connect = histogram(random.number(0...9))
    measured.handshake = histogram(random.number(0...9))
    measured.firstByte = histogram(succeeded)
    for name in ["a", "b", "10.0.0.1:80"].prefix(random.number(0...3)) {
      var backend = Measurements.Backend(name: name)
      backend.requests = count()
      backend.succeeded = min(backend.requests, count())
      backend.failedTries = count()
      backend.latency = histogram(random.number(0...10))
      measured.backends.append(backend)
      measured.generations.append(Generation(backend: measured.backends.count - 1, name: "\(random.number(0...9))"))
    }
    let backends = measured.backends.count
    for _ in 0..<random.number(0...20) {
      var point = TrafficSeries.Point()
      let latency = histogram(1)
      point.requests = random.number(1...9)
      point.failed = point.requests - 1
      point.slowest = latency.max!
      point.latency.add(1, toBucket: random.number(0...CoarseHistogram.bucketLimit - 1))
      if backends > 0 { point.answers = Array(repeating: 0, count: random.number(0...backends - 1)) + [1] }
      // Some beyond an hour, where an interval is a minute.
      measured.series.add(point, due: time() * (random.once(in: 50) ? 1_000 : 1))
    }
    measured.records = (0..<random.number(0...20)).map { _ in
      let due = time()
      let place = backends == 0 || random.once(in: 3) ? nil : random.number(0...backends - 1)
      return RequestRecord(
        due: due, sent: due + time(), done: due + 20_000_000_000 + time(), connection: UInt32(random.number(0...9)),
        backend: place, generation: place, status: random.once(in: 2) ? 200 : nil,
        failure: random.once(in: 4) ? random.pick(FailureKind.allCases) : nil, isRetry: random.once(in: 5),
        isUpstreamRetried: random.once(in: 5))
    }.sorted { $0.done < $1.done }
    measured.openDues = (0..<random.number(0...min(3, measured.unsent))).map { _ in time() }.sorted()
    measured.faults = random.once(in: 2) ? [] : ["a fault", "\u{1B}[31m"]
    measured.tls = TLSHandshakes(full: count(), resumed: count(), kinds: ["1.3, TLS_AES_256_GCM_SHA384"])
    let start = time()
    measured.pauses =
      random.once(in: 2) ? [] : [GeneratorPause(.suspended, start: start, end: start + 5, length: time())]
    measured.waitedForSink = time()
    measured.startLateness = time()
    measured.duration = time()
    measured.wasStopped = random.once(in: 4)
    measured.error = random.pick([
      nil, nil, .plan("a"), .unresolved(host: "a", reason: "b"), .generatorLimit("c"), .noThread("d"), .noTLS("e"),
      .tooManyBackends(header: "X", limit: 64),
    ])
    return measured
  }

  private var choice: BackendChoice {
    var choice = BackendChoice()
    choice.keys = [.path, .cookie("user"), .parameter("a b")]
    choice.per = .request
    choice.values = ["a": 7, "c": 9]
    choice.isComplete = true
    choice.backends = ["c"]
    choice.inert = [.clientAddress, .query, .header("X-Tenant")]
    return choice
  }

  mutating func findings(stages: [StageName]) -> CheckFindings {
    var findings = CheckFindings(startedAt: Double(random.number(0...2_000_000_000)) + 0.125)
    findings.durationSeconds = Double(random.number(0...1_000)) / 8
    findings.isInterrupted = random.once(in: 4)
    findings.addresses = ["127.0.0.1:80", "[::1]:80"]
    findings.notes = ["a note", "another “note”\n"]
    let ledger = TargetProbeLedger()
    ledger.note(.failed(.reset), sent: random.number(0...3), for: .headerSearch, method: "GET")
    findings.preparation = ledger.findings(header: nil)
    findings.preparation.answered = random.once(in: 2) ? nil : ["a": count()]
    findings.preparation.failedTries = ["b": count()]
    findings.backendHeader = random.once(in: 2) ? nil : "X-Backend"
    findings.generationHeader = random.once(in: 2) ? nil : "X-Generation"
    findings.stages = stages.map { name in
      CheckFindings.Stage(
        name: name, measured: measurements(), started: Int64(random.number(0...1_000_000)) + 1_795_589_128_000_000_000,
        processorTime: time(), cutShort: random.once(in: 3) ? "it did not hold" : nil)
    }
    findings.choice = random.pick([nil, choice])
    findings.cookie = random.pick([
      nil, CookieAffinity(cookie: "SRV", visitors: count(), returns: count(), backends: ["a", "b"]),
    ])
    findings.samples = random.number(1...2)
    if random.once(in: 2) { findings.actions = actions() }
    findings.start = random.pick([
      nil, CommonStart(time: 1_795_589_128_000_000_000),
      CommonStart(time: 1_795_589_128_000_000_000, clock: ClockOffset(offset: -7, uncertainty: 3), run: "r"),
    ])
    return findings
  }

  private mutating func actions() -> ManagerActions {
    let action = ActionSection(
      command: ["pm2", "reload", "app"], exitStatus: 0, startSeconds: 0.004, durationSeconds: 0.002, claim: "done")
    let instance = ManagedInstance(
      name: "0", slot: random.once(in: 2) ? nil : 0, pid: 7, status: "online", isClusterMode: true,
      settings: InstanceSettings(listenTimeout: 3_000, killTimeout: 1_600, waitsForReady: true, restartsBy: ["cron"]))
    return ManagerActions(
      manager: "pm2",
      phases: [
        PhaseSpan(name: "baseline", start: 0, end: 4_000_000, action: nil, notJudged: "down"),
        PhaseSpan(name: "reload", start: 4_000_000, end: time() + 4_000_000, action: action),
      ], remarks: ["a remark"], lists: [InstanceList(phase: "reload", moment: .before, instances: [instance])],
      answersAfterRepair: random.pick([nil, .pass]), planned: random.pick([nil, ["baseline", "reload"]]),
      siteAtTheEnd: random.pick([nil, .losesRequests]))
  }
}
