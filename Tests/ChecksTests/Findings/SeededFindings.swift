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

  /// A request as a worker may have counted it.
  private mutating func request(_ connection: Int, backends: Int) -> RequestRecord {
    // Some beyond an hour, where an interval of the series is a minute, and some slower than a histogram holds.
    let due = time() * (random.once(in: 50) ? 1_000 : 1)
    let sent = due + time() / 10
    let done = sent + UInt64(1) << UInt64(random.number(0...38)) + UInt64(random.number(0...900))
    let failure = random.once(in: 4) ? random.pick(FailureKind.allCases) : nil
    let status: Int? =
      switch failure {
      case nil, .body: random.pick([200, 200, 301])
      case .call: 200
      case .status: random.pick([404, 502, 503])
      default: nil
      }
    let isAnswered = status != nil || failure == .truncated
    let place = backends == 0 || !isAnswered || random.once(in: 3) ? nil : random.number(0...backends - 1)
    return RequestRecord(
      due: due, sent: sent, done: done, connection: UInt32(connection), backend: place, generation: place,
      status: status, failure: failure, isRetry: random.once(in: 5),
      isUpstreamRetried: place != nil && random.once(in: 5))
  }

  /// - Parameter readsNames: whether a header names backends.
  mutating func measurements(readsNames: Bool = true) -> Measurements {
    let backends = readsNames ? Array(["a", "b", "10.0.0.1:80"].prefix(random.number(0...3))) : []
    let requests = (0..<random.number(0...30)).map { request($0, backends: backends.count) }
    let isOpenLoop = random.once(in: 2)
    var measured = Measurements(counting: requests, backends: backends, isOpenLoop: isOpenLoop)
    if !readsNames { measured.unattributed = 0 }
    let answered = measured.statuses.values.reduce(0, +)
    measured.error = random.pick([
      nil, nil, .plan("a"), .unresolved(host: "a", reason: "b"), .generatorLimit("c"), .noThread("d"), .noTLS("e"),
      .noHTTP2("f"),
      .tooManyBackends(header: "X", limit: 64),
    ])
    measured.wasStopped = random.once(in: 4)
    measured.unsent = count()
    if measured.wasStopped || measured.error != nil { measured.abandoned = random.number(0...9) }
    if isOpenLoop {
      let withdrawn = measured.error == nil ? 0 : random.number(0...min(9, measured.unsent))
      for _ in 0..<(measured.abandoned + withdrawn) { measured.lateness.record(time()) }
      measured.waitedForConnection = random.number(0...Int(measured.lateness.count))
    }
    if random.once(in: 2) {
      for _ in 0..<measured.succeeded {
        if random.once(in: 5) {
          measured.unstamped += 1
        } else {
          measured.readDelay.record(min(time(), measured.duration))
        }
      }
    }
    if measured.abandoned > 0 { measured.sent = [measured.sent.first ?? 0, random.number(0...measured.abandoned)] }
    measured.untrackedGenerations = random.number(0...measured.completed)
    measured.postponed = count()
    measured.bytesSent += count() * 1_000_000_000
    measured.bytesReceived += count() * 1_000_000_000
    if answered > 0 { measured.leniencies = [.bareLineFeed: random.number(1...answered)] }
    measured.leniencies[.strayLineEnd] = count()
    if let redirects = measured.statuses[301] { measured.locations = ["/a": random.number(0...redirects)] }
    for _ in 0..<min(3, Int(measured.connect.count)) { measured.handshake.record(time()) }
    measured.tls = TLSHandshakes(full: Int(measured.handshake.count), kinds: ["1.3, TLS_AES_256_GCM_SHA384"])
    if measured.upstreamRetried > 0 { measured.backends[0].failedTries = measured.upstreamRetried }
    measured.generations = backends.indices.map { Generation(backend: $0, name: "\(random.number(0...9))") }
    let open = min(3, measured.unsent + measured.abandoned)
    measured.openDues = (0..<(measured.records.isEmpty ? open : max(open, measured.abandoned))).map { _ in time() }
      .sorted()
    if random.once(in: 3) { measured.records.removeLast(measured.records.count / 2) }
    measured.faults = random.once(in: 2) ? [] : ["a fault", "\u{1B}[31m"]
    let start = time()
    if random.once(in: 2) {
      measured.pauses = [GeneratorPause(.suspended, start: start, end: start + 5, length: time())]
      measured.failedAcrossPauses = measured.series.points.first?.failed ?? 0
    }
    measured.waitedForSink = time()
    measured.startLateness = time()
    measured.duration += time()
    return measured
  }

  private var choice: BackendChoice {
    var choice = BackendChoice()
    choice.keys = [.path, .cookie("user"), .parameter("a b")]
    choice.per = .request
    choice.values = ["a": 7, "c": 9]
    choice.isComplete = true
    choice.backends = ["a", "c"]
    choice.inert = [.clientAddress, .query, .header("X-Tenant")]
    return choice
  }

  mutating func findings(stages: [StageName]) -> CheckFindings {
    var findings = CheckFindings(startedAt: Double(random.number(0...2_000_000_000)) + 0.125)
    findings.durationSeconds = Double(random.number(0...1_000)) / 8
    findings.addresses = ["127.0.0.1:80", "[::1]:80"]
    findings.notes = ["a note", "another “note”\n"]
    let ledger = TargetProbeLedger()
    ledger.note(.failed(.reset), sent: random.number(0...3), for: .headerSearch, method: "GET")
    ledger.note(.notAsked, sent: 32, for: .stickyProbe, method: "GET")
    let readsNames = random.once(in: 2)
    findings.backendHeader = readsNames ? "X-Backend" : nil
    findings.generationHeader = random.once(in: 2) ? nil : "X-Generation"
    findings.stages = stages.map { name in
      CheckFindings.Stage(
        name: name, measured: measurements(readsNames: readsNames),
        started: Int64(random.number(0...1_000_000)) + 1_795_589_128_000_000_000,
        processorTime: time(), cutShort: random.once(in: 3) ? "it did not hold" : nil)
    }
    for stage in findings.stages {
      guard let purpose: PreparationPurpose = [.serialStage: .serialStage, .freshStage: .freshStage][stage.name] else {
        continue
      }
      ledger.note(.notAsked, sent: stage.measured.sent.reduce(0, +), for: purpose, method: "GET")
    }
    findings.preparation = ledger.findings(header: nil)
    findings.preparation.answered = random.once(in: 2) ? nil : ["a": count()]
    findings.preparation.failedTries = ["b": count()]
    findings.isInterrupted = random.once(in: 4) || findings.stages.contains { $0.measured.wasStopped }
    findings.choice = random.pick([nil, choice])
    findings.cookie = random.pick([
      nil, CookieAffinity(cookie: "SRV", visitors: 4, returns: 32, backends: ["a", "b"]),
    ])
    var crowd = VisitorReturns(visitors: 100, visits: 8)
    (crowd.kept, crowd.moved) = (690 + random.number(0...3), 2)
    crowd.unclear = 700 - crowd.clear
    findings.cookie?.crowd = random.pick([nil, crowd])
    findings.samples = random.number(1...2)
    if stages.contains(.traffic) { findings.actions = actions() }
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
