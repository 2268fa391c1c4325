internal import HTTP
internal import Load
internal import Statistics

/// Finds out whether visitors stay with their backend by a cookie that the server sets: visits out, answers in, no socket.
///
/// Visitors are taken in until one began at each backend. Each then comes back, with one of its cookies alone, while a random
/// number of newcomers come in between; a cookie keeps visitors where every newcomer is given it and every visitor met its first
/// backend each time, in each request of its connection. By chance, or in a rotation, that happens less than once in 100,000 times.
struct CookieSearch {
  /// A visit on a new connection, with the cookies of a jar: who answered, if a backend did, and the jar afterwards.
  typealias Ask = (CookieJar) -> (backend: String?, jar: CookieJar)

  private struct Visitor {
    let home: String
    let jar: CookieJar
  }

  /// The backends that are known to answer.
  private let backends: Set<String>
  private var random: SplitMix64
  /// Whether no further visit is to be made.
  private let isOver: () -> Bool
  private var visitors: [Visitor] = []
  /// The names of the cookies that every newcomer so far was given; `nil` before the first.
  private var names: [String]?

  private static let fewestVisitors = 4
  /// How often each comes back with each cookie.
  static let returns = 8
  /// Newcomers before it is given up to meet a backend.
  private static let mostNewcomers = 400
  private static let mostCookies = 8

  /// - Parameter seed: fixes every choice.
  init(_ backends: Set<String>, seed: UInt64, isOver: @escaping () -> Bool = { false }) {
    self.backends = backends
    self.isOver = isOver
    random = SplitMix64(seed: seed)
  }

  private var homes: Set<String> { Set(visitors.map(\.home)) }

  /// - Returns: the cookie that keeps visitors; `nil` where none does, or all newcomers met one backend.
  mutating func run(_ ask: Ask) -> CookieAffinity? {
    gather(ask)
    guard visitors.count >= Self.fewestVisitors, homes.count > 1 else { return nil }
    for name in (names ?? []).prefix(Self.mostCookies) where keeps(name, ask) {
      return CookieAffinity(
        cookie: name, visitors: visitors.count, returns: visitors.count * Self.returns, backends: homes.sorted())
    }
    return nil
  }

  /// Takes in visitors.
  private mutating func gather(_ ask: Ask) {
    for _ in 0..<Self.mostNewcomers where !isOver() {
      let (backend, jar) = newcomer(ask)
      // A server that keeps visitors by a cookie gives it to every one.
      guard names?.isEmpty != true else { return }
      if let backend, visitors.count < Self.fewestVisitors || !homes.contains(backend) {
        visitors.append(Visitor(home: backend, jar: jar))
      }
      if visitors.count >= Self.fewestVisitors, homes.isSuperset(of: backends) { return }
    }
  }

  private mutating func newcomer(_ ask: Ask) -> (backend: String?, jar: CookieJar) {
    let visit = ask(CookieJar())
    if visit.backend != nil {
      let given = visit.jar.cookies.map(\.name)
      names = names.map { $0.filter(given.contains) } ?? given
    }
    return visit
  }

  private mutating func keeps(_ name: String, _ ask: Ask) -> Bool {
    for round in 0..<Self.returns {
      for visitor in visitors {
        guard !isOver() else { return false }
        for _ in 0..<random.next() % 3 { _ = newcomer(ask) }
        var jar = visitor.jar
        jar.keep { $0.name == name }
        let backend = ask(jar).backend
        // A visit that fails now and then says nothing.
        guard backend == visitor.home || backend == nil && round > 0 else { return false }
      }
    }
    return names?.contains(name) == true
  }
}
