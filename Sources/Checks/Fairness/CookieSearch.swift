internal import HTTP
internal import Load

/// Finds out whether visitors stay with their backend by a cookie that the server sets: visits out, answers in, no socket.
///
/// Visitors are taken until some of them began at different backends. Each then comes back, with one of its cookies alone, while
/// a random number of newcomers come in between; a cookie keeps visitors where each met its first backend every time. By chance,
/// or in a rotation, that happens less than once in 100,000 times.
struct CookieSearch {
  /// A visit on a new connection, with the cookies of a jar: who answered, if a backend did, and the jar afterwards.
  typealias Ask = (CookieJar) -> (backend: String?, jar: CookieJar)

  private struct Visitor {
    let home: String
    let jar: CookieJar
  }

  var random: SplitMix64
  /// Whether no further visit is to be made.
  let isOver: () -> Bool
  private var visitors: [Visitor] = []
  private var backends: [String] = []

  private static let visitorCount = 4
  /// How often each comes back with each cookie.
  static let returns = 8
  /// Newcomers before it is given up to find one at a second backend.
  private static let mostNewcomers = 400
  /// Newcomers before a server counts as one that sets no cookies.
  private static let fewestNewcomers = 3
  private static let mostCookies = 8

  /// - Parameter seed: fixes every choice.
  init(seed: UInt64, isOver: @escaping () -> Bool = { false }) {
    random = SplitMix64(seed: seed)
    self.isOver = isOver
  }

  /// - Returns: the cookie that keeps visitors; `nil` where none does, or all newcomers met one backend.
  mutating func run(_ ask: Ask) -> CookieAffinity? {
    guard gather(ask) else { return nil }
    let names = visitors[0].jar.cookies.map(\.name).filter { name in
      visitors.allSatisfy { $0.jar.cookies.contains { $0.name == name } }
    }
    for name in names.prefix(Self.mostCookies) where keeps(name, ask) {
      return CookieAffinity(
        cookie: name, visitors: visitors.count, returns: visitors.count * Self.returns, backends: backends.sorted())
    }
    return nil
  }

  /// Takes in visitors; `false` where they get no cookie, or all meet one backend.
  private mutating func gather(_ ask: Ask) -> Bool {
    for newcomer in 0..<Self.mostNewcomers where !isOver() {
      let (backend, jar) = ask(CookieJar())
      note(backend)
      let homes = Set(visitors.map(\.home))
      // The last place is kept for one at a second backend.
      let isWanted = backend.map { !homes.contains($0) } ?? false || homes.count > 1
      if let backend, !jar.cookies.isEmpty, isWanted || visitors.count < Self.visitorCount - 1 {
        visitors.append(Visitor(home: backend, jar: jar))
      }
      if newcomer + 1 >= Self.fewestNewcomers, visitors.isEmpty { return false }
      if visitors.count == Self.visitorCount { return true }
    }
    return false
  }

  private mutating func keeps(_ name: String, _ ask: Ask) -> Bool {
    for round in 0..<Self.returns {
      for visitor in visitors {
        guard !isOver() else { return false }
        for _ in 0..<random.next() % 3 { note(ask(CookieJar()).backend) }
        var jar = visitor.jar
        jar.keep { $0.name == name }
        let backend = ask(jar).backend
        guard backend == visitor.home || backend == nil && round > 0 else { return false }
      }
    }
    return true
  }

  private mutating func note(_ backend: String?) {
    if let backend, !backends.contains(backend) { backends.append(backend) }
  }
}
