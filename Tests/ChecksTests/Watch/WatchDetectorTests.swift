import Load
import Platform
import Report
import Statistics
import Testing

@testable import Checks

@Suite("What a watch sees")
struct WatchDetectorTests {
  private static func fair(_ names: [String] = ["a", "b", "c"]) -> (Double, inout SplitMix64) -> WatchTraffic.Answer {
    { _, random in
      WatchTraffic.Answer(backend: random.pick(names), takes: 1_000_000 + random.next() % 4_000_000)
    }
  }

  private static func rotation(_ names: [String]) -> (Double, inout SplitMix64) -> WatchTraffic.Answer {
    var turn = 0
    return { _, _ in
      turn += 1
      return WatchTraffic.Answer(backend: names[turn % names.count])
    }
  }

  @Test("Two weeks of fair traffic at random give no event", arguments: [1] as [UInt64])
  func quietWeeks(seed: UInt64) {
    var traffic = WatchTraffic(rate: 1)
    for day in 0..<14 {
      traffic.run(seconds: 86_400) { _, random in
        var own = SplitMix64(seed: random.next() ^ seed &* 0x9E37 ^ UInt64(day))
        return WatchTraffic.Answer(
          backend: own.pick(["a", "b", "c", "d", "d"]), generation: own.pick(["1", "2", "3", "4"]),
          takes: 1_000_000 + own.next() % 5_000_000)
      }
    }
    #expect(traffic.finish() == [])
  }

  @Test("Two hours of two backends with weights 9 and 1 give no event")
  func quietHours() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 7200, Self.fair(Array(repeating: "a", count: 9) + ["b"]))
    #expect(traffic.finish() == [])
  }

  @Test("A site that refuses for a second is an outage, from the first request that failed to the first that did not")
  func outage() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 60, Self.fair())
    traffic.run(seconds: 1) { _, _ in .lost() }
    #expect(traffic.detector.isDown)
    traffic.run(seconds: 10, Self.fair())
    #expect(
      traffic.finish() == [
        Sighting(60_000_000_000, .outageBegan),
        Sighting(61_000_000_000, .outageOver(seconds: 1, failed: 20, kinds: ["refused": 20])),
      ])
  }

  @Test("Slow answers that end after later ones break no outage that is none")
  func outOfOrder() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 30, Self.fair())
    var turn = 0
    traffic.run(seconds: 2) { _, _ in
      turn += 1
      return turn % 2 == 0 ? .lost() : WatchTraffic.Answer(takes: 500_000_000)
    }
    traffic.run(seconds: 10, Self.fair())
    let kinds = traffic.finish().map(\.kind)
    #expect(!kinds.contains(.outageBegan))
    #expect(kinds.contains { if case .failures(_, 20, ["refused": 20]) = $0 { true } else { false } })
  }

  @Test("One backend of two that refuses is told as failures, not as hundreds of outages")
  func halfDown() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 60, Self.fair(["a", "b"]))
    traffic.run(seconds: 60) { _, random in
      random.next() % 2 == 0 ? .lost() : WatchTraffic.Answer(backend: "a")
    }
    traffic.run(seconds: 10, Self.fair(["a"]))
    let all = traffic.finish()
    let told = all.reduce(0) { sum, seen in
      switch seen.kind {
      case .failures(_, let failed, _), .outageOver(_, let failed, _): sum + failed
      default: sum
      }
    }
    #expect((500...700).contains(told))
    #expect(all.count < 20, "\(all)")
    #expect(all.contains { $0.kind == .backendSilent("b") })
  }

  @Test("An outage that goes on at the end is not over")
  func openOutage() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 30, Self.fair())
    traffic.run(seconds: 3) { _, _ in .lost(.timeout) }
    #expect(traffic.finish() == [Sighting(30_000_000_000, .outageBegan)])
    #expect(traffic.detector.isDown)
  }

  @Test("A single failure at the end is told")
  func lastFailure() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 30, Self.fair())
    traffic.run(seconds: 0.05) { _, _ in .lost(.reset) }
    #expect(traffic.finish() == [Sighting(30_000_000_000, .failures(seconds: 0, failed: 1, kinds: ["reset": 1]))])
  }

  @Test(
    "A backend that is out for twenty seconds is silent from its last answer, and back at its first",
    arguments: [true, false])
  func silence(isRotation: Bool) throws {
    let all = ["a", "b", "c"]
    var traffic = WatchTraffic()
    traffic.run(seconds: 120, isRotation ? Self.rotation(all) : Self.fair(all))
    traffic.run(seconds: 20, isRotation ? Self.rotation(["a", "b"]) : Self.fair(["a", "b"]))
    traffic.run(seconds: 60, isRotation ? Self.rotation(all) : Self.fair(all))
    let seen = traffic.finish()
    #expect(seen.count == 2)
    let (gone, back) = (try #require(seen.first), try #require(seen.last))
    #expect(gone.kind == .backendSilent("c"))
    #expect(gone.time <= 120_000_000_000 && gone.time > 118_000_000_000)
    guard case .backendBack("c", let seconds) = back.kind else { Issue.record("\(back)"); return }
    #expect(seconds >= 20 && seconds < 24)
  }

  @Test("In a rotation a silence of two seconds is seen")
  func shortSilence() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 120, Self.rotation(["a", "b", "c"]))
    traffic.run(seconds: 2, Self.rotation(["a", "b"]))
    traffic.run(seconds: 10, Self.rotation(["a", "b", "c"]))
    #expect(traffic.finish().map(\.kind).first == .backendSilent("c"))
  }

  @Test("A kept connection that changes its backend silences nobody")
  func stickyConnections() {
    var traffic = WatchTraffic()
    for kept in ["a", "b", "c", "a"] {
      var turn = 0
      traffic.run(seconds: 300) { _, random in
        turn += 1
        return WatchTraffic.Answer(backend: turn % 2 == 0 ? kept : random.pick(["a", "b", "c"]))
      }
    }
    #expect(traffic.finish() == [])
  }

  @Test("New processes of each backend one after another are new generations, and a change of each")
  func rollingRestart() {
    var traffic = WatchTraffic()
    func site(_ since: [String: Double]) -> (Double, inout SplitMix64) -> WatchTraffic.Answer {
      { now, random in
        let backend = random.pick(["a", "b"])
        return WatchTraffic.Answer(backend: backend, generation: now >= since[backend] ?? .infinity ? "2" : "1")
      }
    }
    traffic.run(seconds: 60, site([:]))
    traffic.run(seconds: 30, site(["a": 60, "b": 62]))
    let seen = traffic.finish()
    #expect(
      seen.map(\.kind).filter { if case .newGeneration = $0 { true } else { false } } == [
        .newGeneration(backend: "a", generation: "2"), .newGeneration(backend: "b", generation: "2"),
      ])
    let changes = seen.compactMap {
      if case .versionChanged(let backend, ["1"], ["2"], 0) = $0.kind { backend } else { nil }
    }
    #expect(changes == ["a", "b"])
    #expect(seen.count == 4)
  }

  @Test("Of a version, the change is the whole site's, and says how long both answered")
  func versions() throws {
    var traffic = WatchTraffic(namesVersions: true)
    let old = Self.fair(["a", "b"])
    func versioned(_ name: @escaping (Double, String) -> String) -> (Double, inout SplitMix64) -> WatchTraffic.Answer {
      { now, random in
        var answer = old(now, &random)
        answer.generation = name(now, answer.backend ?? "")
        return answer
      }
    }
    traffic.run(seconds: 60, versioned { _, _ in "v1" })
    traffic.run(seconds: 60, versioned { now, backend in backend == "a" || now >= 65 ? "v2" : "v1" })
    let changes = traffic.finish().compactMap { sighting -> Double? in
      if case .versionChanged(nil, ["v1"], ["v2"], let both) = sighting.kind { both } else { nil }
    }
    #expect(changes.count == 1)
    #expect(try #require(changes.first) > 4 && #require(changes.first) <= 5)
    traffic.run(seconds: 60, versioned { _, _ in "v1" })
    #expect(
      traffic.finish().contains { if case .versionChanged(nil, ["v2"], ["v1"], 0) = $0.kind { true } else { false } })
  }

  @Test("Workers that are rarely chosen are no new generations")
  func rareWorkers() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 7200) { _, random in
      let draw = random.nextShare()
      return WatchTraffic.Answer(generation: draw < 0.9 ? "1" : draw < 0.98 ? "2" : draw < 0.99 ? "3" : "4")
    }
    #expect(traffic.finish() == [])
  }

  @Test("Each start of a crash loop is a new generation")
  func crashLoop() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 60) { _, _ in WatchTraffic.Answer(generation: "0") }
    traffic.run(seconds: 40) { now, _ in
      now.truncatingRemainder(dividingBy: 4) < 1 ? .lost() : WatchTraffic.Answer(generation: "\(Int(now / 4))")
    }
    let kinds = traffic.finish().map(\.kind)
    #expect(kinds.count { if case .newGeneration = $0 { true } else { false } } == 10)
    #expect(kinds.count { $0 == .outageBegan } == 10)
  }

  @Test("A backup that serves is seen at once, and its silence")
  func backup() throws {
    var traffic = WatchTraffic(backups: ["spare"])
    traffic.run(seconds: 60, Self.fair(["a"]))
    traffic.run(seconds: 10) { _, _ in WatchTraffic.Answer(backend: "spare") }
    #expect(traffic.detector.servingBackups == ["spare"])
    traffic.run(seconds: 30, Self.fair(["a"]))
    let kinds = traffic.finish().map(\.kind)
    #expect(kinds.contains(.backupServing("spare")))
    #expect(
      kinds.contains {
        if case .backupSilent("spare", let seconds) = $0 { seconds > 9 && seconds <= 10 } else { false }
      })
    #expect(traffic.detector.servingBackups == [])
  }

  @Test("A maintenance page with status 200 is answered by nobody, from its first answer")
  func maintenance() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 60, Self.fair())
    traffic.run(seconds: 5) { _, _ in WatchTraffic.Answer(backend: nil) }
    #expect(traffic.detector.isServedByNobody)
    traffic.run(seconds: 5, Self.fair())
    #expect(
      traffic.finish() == [
        Sighting(60_000_000_000, .nobodyAnswering), Sighting(65_000_000_000, .backendsAnswering(afterSeconds: 5)),
      ])
  }

  @Test("A site that hangs and then answers all is seen, though no request fails; one slow answer among others is none")
  func stall() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 30) { _, _ in .init() }
    // Stopped from 30 s to 38 s.
    traffic.run(seconds: 8) { now, _ in .init(takes: Nanoseconds((38 - now) * 1e9)) }
    traffic.run(seconds: 30) { _, _ in .init() }
    let seen = traffic.finish()
    #expect(seen.filter { if case .stalled = $0.kind { true } else { false } }.map(\.time) == [30_000_000_000])
    #expect(seen.contains { if case .stalled(let seconds) = $0.kind { abs(seconds - 8) < 0.01 } else { false } })
    var other = WatchTraffic()
    other.run(seconds: 60) { now, _ in
      .init(takes: now.truncatingRemainder(dividingBy: 5) < 0.01 ? 4_000_000_000 : 2_000_000)
    }
    // At a low rate each answer is later than the next request.
    var rare = WatchTraffic(rate: 0.5)
    rare.run(seconds: 600) { _, _ in .init(takes: 2_500_000_000) }
    #expect(other.finish().isEmpty && rare.finish().isEmpty)
  }

  @Test("Redirects among usual answers are seen, also half of them and without a backend's name; a rare status is none")
  func statuses() {
    for (share, before) in [(1.0, 60.0), (0.5, 60), (1, 8)] {
      var traffic = WatchTraffic()
      traffic.run(seconds: before) { _, _ in .init(backend: nil) }
      traffic.run(seconds: 5) { _, random in .init(backend: nil, status: random.nextShare() < share ? 302 : 200) }
      traffic.run(seconds: 30) { _, _ in .init(backend: nil) }
      let seen = traffic.finish()
      #expect(seen.first.map { $0.time.seconds(since: 0) >= before && $0.time.seconds(since: 0) < before + 1 } == true)
      #expect(seen.first?.kind == .statusChanged(from: [200], to: 302))
      #expect(seen.count == 2 && seen.last.map { $0.time.seconds(since: 0) >= before + 4 } == true)
    }
    var usual = WatchTraffic()
    usual.run(seconds: 3_600) { _, random in .init(backend: nil, status: random.nextShare() < 0.02 ? 304 : 200) }
    #expect(usual.finish().isEmpty)
  }

  @Test("Slow answers that come before it is known what is usual are told too")
  func slowEarly() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 12) { _, _ in .init() }
    traffic.run(seconds: 10) { _, _ in .init(takes: 900_000_000) }
    traffic.run(seconds: 30) { _, _ in .init() }
    let seen = traffic.finish()
    let told = seen.map(\.kind)
    #expect(told.contains { if case .latencyUp(let usual, _) = $0 { usual < 10 } else { false } })
    #expect(seen.first.map { abs(Double($0.time) / 1e9 - 12) < 0.1 } == true)
    #expect(told.contains { if case .latencyOver(let seconds) = $0 { abs(seconds - 10) < 0.2 } else { false } })
  }

  @Test("A name that is new with each answer is no generation, and that is known")
  func changingNames() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 5) { now, _ in .init(generation: "etag \(now)") }
    #expect(traffic.detector.generationsChangeByThemselves)
    var usual = WatchTraffic()
    usual.run(seconds: 5) { now, random in .init(generation: "pid \(random.next() % 16)") }
    #expect(!usual.detector.generationsChangeByThemselves)
  }

  @Test("Answers that are three times as slow are told, with both percentiles, and when it is over")
  func slower() throws {
    var traffic = WatchTraffic()
    func takes(_ milliseconds: UInt64) -> (Double, inout SplitMix64) -> WatchTraffic.Answer {
      { _, random in WatchTraffic.Answer(takes: milliseconds * 500_000 + random.next() % (milliseconds * 1_000_000)) }
    }
    traffic.run(seconds: 120, takes(20))
    traffic.run(seconds: 30, takes(200))
    traffic.run(seconds: 30, takes(20))
    let seen = traffic.finish()
    #expect(seen.count == 2)
    guard case .latencyUp(let from, let to)? = seen.first?.kind, case .latencyOver(let seconds)? = seen.last?.kind
    else {
      Issue.record("\(seen)")
      return
    }
    #expect(from > 25 && from < 31)
    #expect(to > 100 && to < 310)
    #expect(abs(seconds - 30) < 1)
    #expect(abs(Double(try #require(seen.first).time) / 1e9 - 120) < 0.5)
  }

  @Test("Failures of requests that were due while lbcheck was paused are not the site's, and the pause is told")
  func pause() {
    var detector = WatchDetector()
    let requests = (0..<100).map { index in
      let due = Nanoseconds(index) * 50_000_000
      let isPaused = (20..<40).contains(index)
      return WatchedRequest(
        RequestRecord(
          due: due, sent: isPaused ? 2_000_000_000 : due, done: isPaused ? 2_001_000_000 : due + 1_000_000,
          connection: 0,
          status: isPaused ? nil : 200, failure: isPaused ? .reset : nil), backend: "a")
    }
    let pause = GeneratorPause(.stopped, start: 1_000_000_000, end: 2_000_000_000, length: 1_000_000_000)
    var seen = detector.take(requests, pauses: [pause], open: 6_000_000_000).flatMap(\.seen)
    seen += detector.finish().seen
    #expect(seen == [Sighting(1_000_000_000, .generatorPaused(seconds: 1))])
  }

  @Test("A site whose names of backends go on changing keeps the state bounded")
  func manyNames() {
    var traffic = WatchTraffic()
    traffic.run(seconds: 3600) { now, _ in
      WatchTraffic.Answer(backend: "pod-\(Int(now))", generation: "\(Int(now))")
    }
    #expect(traffic.detector.size < 4_000)
  }
}
