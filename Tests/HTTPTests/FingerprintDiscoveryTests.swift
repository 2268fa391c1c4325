import HTTP
import Support
import Testing

@Suite("Finding the fingerprint")
struct FingerprintDiscoveryTests {
  typealias Answer = [(String, String)]

  private func discover(_ count: Int, _ answer: (Int) -> Answer) -> FingerprintDiscovery.Result {
    FingerprintDiscovery(
      (0..<count).map { index in
        ResponseHead(
          status: 200,
          fields: ([("Server", "nginx"), ("Content-Type", "text/html")] + answer(index)).map {
            HeaderField(name: $0.0, value: $0.1)
          })
      }
    ).result
  }

  private let rotation = ["a", "b", "c"]

  @Test("Nothing is found where there are no answers, or no header that differs")
  func none() {
    #expect(FingerprintDiscovery([]).result == .none)
    #expect(discover(1) { _ in [] } == .none)
    #expect(discover(30) { _ in [] } == .none)
  }

  @Test("A well-known header is found, its values in order of appearance")
  func wellKnown() {
    #expect(
      discover(9) { [("X-Backend", ["b", "a", "b", "c"][$0 % 4])] }
        == .found(header: "X-Backend", backends: ["b", "a", "c"]))
  }

  @Test("A well-known header goes before one that tells as much or more")
  func wellKnownFirst() {
    #expect(
      discover(30) { [("Colour", "\($0 % 6)"), ("X-Served-By", rotation[$0 % 3])] }
        == .found(header: "X-Served-By", backends: rotation))
  }

  @Test(
    "Of several well-known headers of a kind the one with the most values is taken, and the more telling among equals")
  func several() {
    #expect(
      discover(30) { [("X-Backend", "\($0 % 2)"), ("X-Upstream", "\($0 % 6)"), ("X-Backend-Id", "\($0 % 3)")] }
        == .found(header: "X-Upstream", backends: ["0", "1", "2", "3", "4", "5"]))
    #expect(
      discover(30) { [("X-Pid", "\($0 % 3)"), ("X-Node", "n\($0 % 3)"), ("X-Backend", rotation[$0 % 3])] }
        == .found(header: "X-Backend", backends: rotation))
    #expect(
      discover(30) { [("X-Host", "alvin"), ("X-Hostname", rotation[$0 % 3])] }
        == .found(header: "X-Hostname", backends: rotation))
  }

  @Test("A header that names backends goes before one of processes, versions or instances, however few values it has")
  func backendsFirst() {
    for processes in ["X-Pid", "X-Process-Id", "X-Worker", "X-Worker-Id", "X-Instance"] {
      #expect(
        discover(30) { [(processes, "\($0 % 4)"), ("X-Backend", "127.0.0.1:81")] }
          == .found(header: "X-Backend", backends: ["127.0.0.1:81"]))
      #expect(
        discover(30) { $0 == 0 ? [(processes, "0")] : [(processes, "\($0 % 4)"), ("X-Upstream-Addr", "a:1")] }
          == .found(header: "X-Upstream-Addr", backends: ["a:1"]))
    }
    #expect(
      discover(30) { [("X-Pid", "\($0 % 4)"), ("X-Hostname", "alvin")] }
        == .found(header: "X-Hostname", backends: ["alvin"]))
    // More backends than answers so far: the balancer's own name is waited for.
    #expect(
      discover(30) { [("X-Backend", "b\($0)"), ("X-Pid", "\($0 % 4)")] } == .needsMore(header: "X-Backend"))
    for name in ["App-Pid", "My-Worker", "App-Version", "Release", "Generation"] {
      #expect(
        discover(30) { [(name, "\($0 % 4)"), ("Colour", rotation[$0 % 3])] }
          == .found(header: "Colour", backends: rotation))
      #expect(discover(30) { [(name, rotation[$0 % 3])] } == .found(header: name, backends: rotation))
    }
  }

  @Test("Names match in any case and are given as the server writes them")
  func anyCase() {
    #expect(
      discover(12) { [($0 % 2 == 0 ? "x-BACKEND" : "X-Backend", rotation[$0 % 3])] }
        == .found(header: "x-BACKEND", backends: rotation))
    #expect(
      discover(12) { [($0 % 2 == 0 ? "COLOUR" : "colour", rotation[$0 % 3])] }
        == .found(header: "COLOUR", backends: rotation))
    #expect(discover(30) { [("DATE", "\($0 % 2)"), ("ETAG", "\($0 % 2)"), ("X-CACHE", "\($0 % 2)")] } == .none)
  }

  @Test("An unknown header is found by few values that come back")
  func unknown() {
    #expect(
      discover(9) { [("Colour", rotation[$0 % 3])] } == .found(header: "Colour", backends: rotation))
    // At random, too.
    var random = SeededGenerator(seed: 7)
    let values = (0..<40).map { _ in rotation.randomElement(using: &random)! }
    guard case .found("Colour", let backends) = discover(40, { [("Colour", values[$0])] }) else {
      Issue.record("not found")
      return
    }
    #expect(backends.sorted() == rotation)
  }

  @Test("Of several unknown headers the one with the most values is taken, the first among equals")
  func severalUnknown() {
    #expect(
      discover(24) { [("Group", "\($0 % 2)"), ("Colour", "\($0 % 4)"), ("Shape", "s\($0 % 4)")] }
        == .found(header: "Colour", backends: ["0", "1", "2", "3"]))
  }

  @Test(
    "What differs for another reason is never taken",
    arguments: [
      "Date", "ETag", "Last-Modified", "Expires", "Age", "Content-Length", "Content-Type", "Set-Cookie", "Keep-Alive",
      "Location", "Vary", "X-Cache", "X-Cache-Hits", "CF-Cache-Status", "X-Proxy-Cache", "X-Response-Time", "X-Runtime",
      "Server-Timing", "X-Elapsed-Ms", "X-Duration", "X-Upstream-Latency", "X-RateLimit-Remaining", "X-Request-Count",
      "X-Request-Id", "X-Correlation-ID", "X-B3-TraceId", "X-B3-Sampled", "X-Timestamp",
    ])
  func otherReasons(_ name: String) {
    #expect(discover(30) { [(name, ["HIT", "MISS"][$0 % 2])] } == .none)
    #expect(discover(30) { [(name, "\($0 * $0 % 7)")] } == .none)
  }

  @Test("Ids, counters and clocks are not taken under any name")
  func neverBack() {
    #expect(discover(60) { [("Ticket", "\($0)")] } == .none)
    #expect(discover(60) { [("Tick", "\($0 / 20)")] } == .none)
    #expect(discover(60) { [("Tick", "\($0 / 59)")] } == .none)
    var random = SeededGenerator(seed: 1)
    let ids = (0..<60).map { _ in String(random.next(), radix: 16) }
    #expect(discover(60) { [("Ticket", ids[$0])] } == .none)
    // One value that comes back, as after an odd answer, is not enough.
    #expect(discover(60) { [("Mood", $0 == 30 ? "odd" : "even")] } == .none)
    // So many values that hardly one comes back may be chance.
    #expect(discover(60) { [("Ticket", "\($0 % 25)")] } == .none)
  }

  @Test("A single backend is found by a well-known name only")
  func single() {
    #expect(discover(1) { _ in [("X-Backend", "a")] } == .found(header: "X-Backend", backends: ["a"]))
    #expect(discover(20) { _ in [("X-Backend", "a")] } == .found(header: "X-Backend", backends: ["a"]))
    #expect(
      discover(20) { _ in [("X-Host", "alvin"), ("X-Upstream", "a")] } == .found(header: "X-Upstream", backends: ["a"]))
    #expect(discover(20) { _ in [("Colour", "a")] } == .none)
  }

  @Test("A well-known header that is new on every answer needs more of them, up to 256")
  func needsMore() {
    for count in [2, 20, 256] {
      #expect(discover(count) { [("X-Instance", "\($0)")] } == .needsMore(header: "X-Instance"))
    }
    #expect(discover(257) { [("X-Instance", "\($0)")] } == .none)
    // 200 backends in rotation come back in time.
    #expect(discover(200) { [("X-Instance", "\($0 % 200)")] } == .needsMore(header: "X-Instance"))
    guard case .found("X-Instance", let backends) = discover(201, { [("X-Instance", "\($0 % 200)")] }) else {
      Issue.record("not found")
      return
    }
    #expect(backends.count == 200)
  }

  @Test("One that is new on every answer but an error page needs more, too")
  func needsMoreBesideErrors() {
    #expect(
      discover(20) { $0 == 4 ? [] : [("X-Backend", "\($0)")] } == .needsMore(header: "X-Backend"))
    #expect(
      discover(20) { [("X-Backend", $0 == 4 ? "-" : "\($0)")] } == .needsMore(header: "X-Backend"))
  }

  @Test("One that is new on every answer is passed over where another well-known one serves")
  func passedOver() {
    #expect(
      discover(20) { [("X-Instance", "\($0)"), ("X-Node", rotation[$0 % 3])] }
        == .found(header: "X-Node", backends: rotation))
    // With one value alone it has to wait until the other one is out.
    func constant(_ index: Int) -> Answer { [("X-Instance", "\(index)"), ("X-Server", "s")] }
    #expect(discover(20, constant) == .needsMore(header: "X-Instance"))
    #expect(discover(257, constant) == .found(header: "X-Server", backends: ["s"]))
  }

  @Test("A counter is no fingerprint under a well-known name, also one that each backend counts")
  func counters() {
    for count in [24, 48, 256] {
      #expect(discover(count) { [("X-Server-Id", "\($0 / 3)")] } == .needsMore(header: "X-Server-Id"))
      #expect(discover(count) { [("X-Pid", "\(1000 + $0 * 7)")] } == .needsMore(header: "X-Pid"))
    }
    #expect(discover(300) { [("X-Server-Id", "\($0 / 3)")] } == .none)
    #expect(discover(300) { [("X-Worker", "\($0 / 30)")] } == .none)
    #expect(
      discover(24) { [("X-Server-Id", "\($0 / 3)"), ("X-Node", rotation[$0 % 3])] }
        == .found(header: "X-Node", backends: rotation))
    // Numbers that come back are names.
    #expect(
      discover(24) { [("X-Worker", "\($0 % 12)")] }
        == .found(header: "X-Worker", backends: (0..<12).map(String.init)))
    // So is one number, and a second one after it.
    #expect(discover(24) { [("X-Pid", "\($0 / 12)")] } == .found(header: "X-Pid", backends: ["0", "1"]))
  }

  @Test("A header with more than 256 values is no fingerprint")
  func tooMany() {
    #expect(discover(900) { [("X-Backend", "\($0 % 257)")] } == .none)
    guard case .found = discover(900, { [("X-Backend", "\($0 % 256)")] }) else {
      Issue.record("not found")
      return
    }
  }

  @Test("An answer in ten may lack the header, first or last, more may not")
  func missing() {
    for missing in [0, 7, 29] {
      #expect(
        discover(30) { $0 == missing ? [] : [("X-Backend", rotation[$0 % 3])] }
          == .found(header: "X-Backend", backends: missing == 0 ? ["b", "c", "a"] : rotation))
    }
    #expect(
      discover(30) { $0 < 3 ? [] : [("Colour", rotation[$0 % 3])] } == .found(header: "Colour", backends: rotation))
    #expect(discover(30) { $0 < 4 ? [] : [("Colour", rotation[$0 % 3])] } == .none)
    #expect(discover(30) { $0 % 7 == 0 ? [] : [("X-Backend", rotation[$0 % 3])] } == .none)
  }

  @Test("Values are read as fingerprints: the last of a list, and nobody for -")
  func lists() {
    #expect(
      discover(20) { [("X-Upstream", $0 == 5 ? "z, b" : $0 == 7 ? "-" : rotation[$0 % 2])] }
        == .found(header: "X-Upstream", backends: ["a", "b"]))
  }

  @Test("Of a header that comes twice the last value counts")
  func twice() {
    #expect(
      discover(12) { [("X-Backend", "outer"), ("x-backend", rotation[$0 % 3])] }
        == .found(header: "X-Backend", backends: rotation))
  }

  @Test("Answers full of names of their own are got through")
  func manyNames() {
    let result = discover(40) { index in
      (0..<500).map { ("N\(index)-\($0)", "v") } + [("Colour", rotation[index % 3])]
    }
    #expect(result == .found(header: "Colour", backends: rotation))
  }
}
