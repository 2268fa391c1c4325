import Load
import Statistics
import Testing

@testable import Checks

/// The search for keys against simulated balancers: what decides is found, and nothing else is.
@Suite struct KeySearchTests {
  /// A balancer over some backends, asked over connections.
  private struct Balancer {
    var backends = ["a", "b", "c"]
    /// On a hash of these.
    var keys: [AffinityKey] = []
    /// Whether the first request of a connection decides for all.
    var pinsConnections = false
    /// What is answered out of the ordinary, by the number of the question.
    var otherwise: (Int, KeySearch.Question) -> String?? = { _, _ in nil }
    private(set) var asked = 0

    mutating func ask(_ questions: [KeySearch.Question]) -> [String?] {
      var first: String?
      return questions.map { question in
        asked += 1
        if let answer = otherwise(asked, question) { return answer }
        if pinsConnections, let first { return first }
        var hash: UInt64 = 7
        for (place, key) in keys.enumerated() {
          var mixed = SplitMix64(seed: hash &+ (question.values[key] ?? 0) &+ UInt64(place) << 60)
          hash = mixed.next()
        }
        first = backends[Int(hash % UInt64(backends.count))]
        return first
      }
    }
  }

  private static let candidates: [AffinityKey] = [
    .path, .query, .parameter("user"), .header("X-Tenant"), .cookie("user"), .clientAddress,
  ]

  private func choice(
    _ balancer: Balancer, candidates: [AffinityKey] = candidates, shares: [String: Double] = [:], wanted: Int = 0,
    seed: UInt64 = 1
  ) -> BackendChoice {
    var balancer = balancer
    var search = KeySearch(candidates, shares: shares, wanted: wanted, seed: seed)
    return search.run { balancer.ask($0) }
  }

  private static let thirds = ["a": 1.0 / 3, "b": 1.0 / 3, "c": 1.0 / 3]

  @Test("Each key is found, alone and together with another, and named as what decides", arguments: 1...40)
  func found(seed: Int) {
    for key in Self.candidates {
      let found = choice(Balancer(keys: [key]), shares: Self.thirds, seed: UInt64(seed))
      #expect(found.keys == [key] && found.per == .request && found.isComplete, "\(key) \(found)")
      #expect(Set(found.values.keys) == ["a", "b", "c"])
      #expect(found.inert == Self.candidates.filter { $0 != key })
    }
    let pairs: [[AffinityKey]] = [[.path, .query], [.path, .clientAddress], [.header("X-Tenant"), .cookie("user")]]
    for pair in pairs {
      #expect(choice(Balancer(keys: pair), seed: UInt64(seed)).keys == pair)
    }
    // Whatever changes with the query is in it.
    let query = Balancer(keys: [.query, .parameter("user")])
    #expect(choice(query, seed: UInt64(seed)).keys == [.query])
    let whole = Balancer(keys: [.path, .query, .parameter("user")])
    #expect(choice(whole, seed: UInt64(seed)).keys.text == "path and query")
  }

  @Test("A balancer that looks at none of it has no key, however often it is asked", arguments: 1...200)
  func none(seed: Int) {
    let found = choice(Balancer(), shares: Self.thirds, seed: UInt64(seed))
    #expect(found.keys.isEmpty && found.values.isEmpty && found.per == nil)
    #expect(found.inert == Self.candidates && found.backends == ["a"] || found.backends.count == 1)
  }

  @Test("Where something else moves the answers, nothing is a key: chance, turns, a pool, a change in time")
  func elsewhere() {
    for seed in 1...200 {
      var random = SplitMix64(seed: UInt64(seed) &* 77)
      let draws = (0..<20_000).map { _ in ["a", "b", "c"][Int(random.next() % 3)] }
      // By chance for all; by chance where the path is another one; in turn there; by chance with a rare one.
      let cases: [(String, (Int, KeySearch.Question) -> String??)] = [
        ("chance", { number, _ in draws[number] }),
        ("chance on other paths", { number, question in question.values[.path] == nil ? nil : draws[number] }),
        ("turns on other paths", { number, question in question.values[.path] == nil ? nil : ["a", "b"][number % 2] }),
        ("a rare one", { number, _ in number % 41 == 17 ? "b" : "a" }),
        ("from some time on", { number, _ in number < 60 ? "a" : "b" }),
        // Whoever of a pool has an idle connection: mostly the same.
        ("a pool", { number, _ in draws[number] == draws[number / 2] ? "a" : draws[number] }),
      ]
      for (name, otherwise) in cases {
        var balancer = Balancer(backends: ["a"])
        balancer.otherwise = otherwise
        let found = choice(balancer, seed: UInt64(seed))
        #expect(found.keys.isEmpty, "\(name), seed \(seed): \(found)")
      }
    }
  }

  @Test("What backends do not answer tells nothing: other paths that are a cache's, and values that fail")
  func unanswered() {
    var balancer = Balancer(keys: [.clientAddress])
    balancer.otherwise = { _, question in question.values[.path] == nil ? nil : .some(nil) }
    let found = choice(balancer)
    #expect(found.keys == [.clientAddress] && !found.inert.contains(.path))
    balancer.otherwise = { _, _ in .some(nil) }
    #expect(choice(balancer) == BackendChoice())
    var cached = Balancer(keys: [.path])
    cached.otherwise = { number, _ in number.isMultiple(of: 7) ? .some(nil) : nil }
    #expect(choice(cached).keys == [.path])
  }

  @Test("All requests of a connection with the backend of its first one are told from each by itself")
  func perConnection() {
    let balancer = Balancer(keys: [.path], pinsConnections: true)
    #expect(choice(balancer).per == .connection)
    #expect(choice(Balancer(keys: [.path])).per == .request)
    // A server that closes leaves it open.
    var closing = Balancer(keys: [.path])
    closing.otherwise = { number, _ in number > 400 ? .some(nil) : nil }
    #expect(choice(closing, candidates: [.path]).per != .connection)
  }

  @Test("So many values are asked that none of the backends is missed but for one time in a thousand")
  func enough() {
    // 12 backends of which nobody named one: at least 9 values in 10 searches of 200 with an answer of each.
    let names = (1...12).map { "b\($0)" }
    let missed = (1...200).count { seed in
      let found = choice(Balancer(backends: names, keys: [.path]), candidates: [.path], seed: UInt64(seed))
      #expect(found.isComplete)
      return found.values.count < 12
    }
    #expect(missed <= 3)
    // A rare one, named with its weight.
    let rare = Array(repeating: "a", count: 20) + ["b", "c"]
    let shares = ["a": 20.0 / 22, "b": 1.0 / 22, "c": 1.0 / 22]
    let rareMissed = (1...100).count { seed in
      let found = choice(
        Balancer(backends: rare, keys: [.clientAddress]), candidates: [.path, .clientAddress], shares: shares,
        seed: UInt64(seed))
      #expect(found.keys == [.clientAddress] && found.isComplete)
      return found.values.count < 3
    }
    #expect(rareMissed <= 2)
  }

  @Test("A backend that no value meets stays away after values enough; before that nothing is said of it")
  func silent() {
    let found = choice(Balancer(backends: ["a", "b"], keys: [.path]), shares: Self.thirds, wanted: 400)
    #expect(found.isComplete && found.values["c"] == nil && found.values.values.reduce(0, +) >= 400)
    var count = 0
    var balancer = Balancer(backends: ["a", "b"], keys: [.path])
    var search = KeySearch([.path], shares: Self.thirds, wanted: 0, seed: 1) {
      count += 1
      return count > 22
    }
    let cut = search.run { balancer.ask($0) }
    #expect(cut.keys == [.path] && !cut.isComplete)
  }

  @Test(
    "A cookie that names its backend is what binds, though other values of it meet backends in turn; a header is not")
  func binding() {
    for seed in UInt64(1)...40 {
      var turn = SplitMix64(seed: seed)
      func bound(by key: AffinityKey) -> Balancer {
        let first = turn.next()
        return Balancer(otherwise: { asked, question in
          guard question.values[key] != nil else { return .some("b") }
          var random = SplitMix64(seed: first &+ UInt64(asked))
          return .some(["a", "b", "c"][Int(random.next() % 3)])
        })
      }
      let cookie = choice(bound(by: .cookie("user")), shares: Self.thirds, wanted: 1_000, seed: seed)
      #expect(cookie.keys == [.cookie("user")] && cookie.values.isEmpty, "seed \(seed)")
      #expect(Set(cookie.backends) == ["a", "b", "c"], "seed \(seed)")
      #expect(choice(bound(by: .header("X-Tenant")), seed: seed).keys.isEmpty, "seed \(seed)")
      // In a rotation the request as it is moves, too.
      let rotation = choice(Balancer(otherwise: { asked, _ in .some(["a", "b", "c"][asked % 3]) }), seed: seed)
      #expect(rotation.keys.isEmpty, "seed \(seed)")
    }
  }
}
