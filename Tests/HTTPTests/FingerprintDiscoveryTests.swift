import Testing

@testable import HTTP

@Suite struct FingerprintDiscoveryTests {
  /// The heads of so many answers, each with these fields; a field of value `nil` is missing.
  private func heads(_ count: Int, _ fields: [(String, (Int) -> String?)]) -> [ResponseHead] {
    (0..<count).map { turn in
      let lines = fields.compactMap { name, value in value(turn).map { HeaderField(name: name, value: $0) } }
      return ResponseHead(status: 200, fields: [HeaderField(name: "Content-Type", value: "text/html")] + lines)
    }
  }

  private func result(_ fields: [(String, (Int) -> String?)], of count: Int = 24) -> FingerprintDiscovery.Result {
    FingerprintDiscovery(heads(count, fields)).result
  }

  /// Values that take turns, as under round robin.
  private func turns(_ values: String...) -> (Int) -> String? { { values[$0 % values.count] } }

  @Test("A well-known header is found, whatever its case, with its backends in order of appearance")
  func wellKnown() {
    let found = result([("Server", turns("nginx")), ("X-BACKEND", turns("10.0.0.2:80", "10.0.0.1:80", "10.0.0.2:80"))])
    #expect(found == .found(header: "X-BACKEND", backends: ["10.0.0.2:80", "10.0.0.1:80"]))
    for name in FingerprintDiscovery.wellKnown {
      #expect(result([(name, turns("a", "b"))]) == .found(header: name, backends: ["a", "b"]))
    }
  }

  @Test("A well-known header comes before an unknown one that has more values")
  func wellKnownFirst() {
    let fields = [("Zone", turns("a", "b", "c")), ("X-Served-By", turns("s1", "s2"))]
    #expect(result(fields) == .found(header: "X-Served-By", backends: ["s1", "s2"]))
    #expect(result(fields.reversed()) == .found(header: "X-Served-By", backends: ["s1", "s2"]))
  }

  @Test("Of two well-known headers the one with more values serves, of equals the more telling one")
  func moreValues() {
    let fields = [("X-Backend", turns("edge")), ("X-Pid", turns("1", "2", "3")), ("X-Host", turns("a", "b"))]
    #expect(result(fields) == .found(header: "X-Pid", backends: ["1", "2", "3"]))
    #expect(result(fields.reversed()) == .found(header: "X-Pid", backends: ["1", "2", "3"]))
    let equals = [("X-Pid", turns("1", "2")), ("X-Upstream", turns("a", "b")), ("X-Node", turns("n", "m"))]
    #expect(result(equals) == .found(header: "X-Upstream", backends: ["a", "b"]))
    #expect(result(equals.reversed()) == .found(header: "X-Upstream", backends: ["a", "b"]))
  }

  @Test("An unknown header is found when its few values come back")
  func unknown() {
    let fields = [
      ("Date", { "Tue, 01 Sep 2026 10:00:\($0 + 10) GMT" }), ("My-Machine", turns("blue", "green", "red")),
      ("ETag", turns("\"1\"", "\"2\"")),
    ]
    #expect(result(fields) == .found(header: "My-Machine", backends: ["blue", "green", "red"]))
    #expect(result([("Server", turns("Apache", "nginx"))]) == .found(header: "Server", backends: ["Apache", "nginx"]))
    let more = [("Half", turns("a", "b")), ("Third", turns("a", "b", "c")), ("Equal", turns("d", "e", "f"))]
    #expect(result(more) == .found(header: "Third", backends: ["a", "b", "c"]))
  }

  @Test(
    "What tells answers or moments apart is never taken for a backend",
    arguments: [
      "Date", "Age", "ETag", "Last-Modified", "Expires", "Content-Length", "Content-Type", "Content-Encoding",
      "Set-Cookie",
      "Connection", "Keep-Alive", "Vary", "X-Cache", "X-Cache-Status", "CF-Cache-Status", "X-Proxy-Cache",
      "X-Response-Time",
      "X-Runtime", "Server-Timing", "X-Timer", "X-Elapsed-Ms", "X-Duration", "X-Latency", "X-RateLimit-Remaining",
      "X-Request-Id", "X-RequestID", "X-Amzn-Trace-Id", "X-Correlation-Id", "X-Hit-Count", "CSP-Nonce",
    ])
  func excluded(name: String) {
    #expect(result([(name, turns("1", "2", "2", "1", "3"))]) == .none)
    #expect(result([(name.uppercased(), turns("HIT", "MISS"))]) == .none)
  }

  @Test("A counter, a clock, an id and a coin that falls once are none, under whatever name")
  func changing() {
    var generator = SplitMix64(seed: 3)
    let ids = (0..<24).map { _ in String(generator.next(), radix: 16) }
    #expect(result([("Foo", { "\($0)" })]) == .none)
    #expect(result([("Foo", { "\(1_788_000_000 + $0 / 4)" })]) == .none)
    #expect(result([("Foo", { "\(1_788_000_000 + $0 / 12)" })]) == .none)
    #expect(result([("Foo", { ids[$0] })]) == .none)
    #expect(result([("Foo", { "\(10_000 - $0 / 5)" })]) == .none)
    #expect(result([("Foo", { $0 == 9 ? "other" : "usual" })]) == .none)
    #expect(result([("Foo", { $0 == 0 ? "MISS" : "HIT" })]) == .none)
    #expect(result([("Foo", { "\($0 % 12)" })]) == .none)
    #expect(result([("Foo", { _ in "same" })]) == .none)
  }

  @Test("One backend under a well-known name is found, under another it is not")
  func oneBackend() {
    #expect(result([("X-Backend", turns("10.0.0.1:80"))]) == .found(header: "X-Backend", backends: ["10.0.0.1:80"]))
    #expect(result([("My-Machine", turns("blue"))]) == .none)
    #expect(result([("X-Backend", turns("a"))], of: 1) == .found(header: "X-Backend", backends: ["a"]))
  }

  @Test("A well-known header that is always new needs more answers, and is given up beyond 256")
  func alwaysNew() {
    let fresh: [(String, (Int) -> String?)] = [("X-Instance-Id", { "i\($0)" })]
    for count in [2, 24, 256] { #expect(result(fresh, of: count) == .needsMore(header: "X-Instance-Id")) }
    #expect(result(fresh, of: 257) == .none)
    let returning: [(String, (Int) -> String?)] = [("X-Instance-Id", { "i\($0 % 30)" })]
    #expect(result(returning, of: 24) == .needsMore(header: "X-Instance-Id"))
    #expect(result(returning, of: 48) == .found(header: "X-Instance-Id", backends: (0..<30).map { "i\($0)" }))
    let many: [(String, (Int) -> String?)] = [("X-Instance-Id", { "i\($0 % 257)" })]
    #expect(result(many, of: 600) == .none)
    #expect(result([("X-Instance-Id", { "i\($0 % 256)" })], of: 512) != .none)
  }

  @Test("One that is always new does not keep another with several values from being found")
  func freshBesideUsable() {
    let fresh: (String, (Int) -> String?) = ("X-Server-Id", { "i\($0)" })
    #expect(result([fresh, ("X-Node", turns("a", "b"))]) == .found(header: "X-Node", backends: ["a", "b"]))
    #expect(result([fresh, ("X-Backend", turns("edge"))]) == .needsMore(header: "X-Server-Id"))
    #expect(result([fresh, ("X-Backend", turns("edge"))], of: 257) == .found(header: "X-Backend", backends: ["edge"]))
    #expect(result([fresh, ("Machine", turns("a", "b"))], of: 257) == .found(header: "Machine", backends: ["a", "b"]))
  }

  @Test("An occasional answer without the header, such as a 502, is forgiven, many are not")
  func missing() {
    func missing(every: Int, _ value: @escaping (Int) -> String?) -> (Int) -> String? {
      { $0 % every == every - 1 ? nil : value($0) }
    }
    let expected = FingerprintDiscovery.Result.found(header: "X-Backend", backends: ["a", "b"])
    #expect(result([("X-Backend", missing(every: 12, turns("a", "b")))]) == expected)
    let fresh = result([("X-Backend", missing(every: 12) { "i\($0)" })])
    #expect(fresh == .needsMore(header: "X-Backend"))
    #expect(
      result([("Machine", missing(every: 12, turns("a", "b")))]) == .found(header: "Machine", backends: ["a", "b"]))
    #expect(result([("X-Backend", missing(every: 4, turns("a", "b")))]) == .none)
    #expect(result([("X-Backend", { $0 % 12 == 5 ? "-" : $0 % 2 == 0 ? "a" : "b" })]) == expected)
  }

  @Test("Of nginx's list the server that answered counts, and of a repeated field the last")
  func lists() {
    #expect(
      result([("X-Upstream", turns("a:80", "dead:80, b:80"))])
        == .found(header: "X-Upstream", backends: ["a:80", "b:80"]))
    let repeated = (0..<20).map { turn in
      ResponseHead(
        status: 200,
        fields: [
          HeaderField(name: "X-Backend", value: "inner"),
          HeaderField(name: "x-backend", value: turn % 2 == 0 ? "a" : "b"),
        ])
    }
    #expect(FingerprintDiscovery(repeated).result == .found(header: "X-Backend", backends: ["a", "b"]))
  }

  @Test("Without answers or fields there is nothing to find")
  func nothing() {
    #expect(FingerprintDiscovery([]).result == .none)
    #expect(FingerprintDiscovery([ResponseHead(status: 200, fields: [])]).result == .none)
    #expect(result([("X-Backend", turns("-"))]) == .none)
    #expect(result([("X-Backend", turns(""))]) == .none)
  }
}
