import HTTP
import Load
import Statistics
import Testing

@testable import Checks

/// The search for a cookie that keeps visitors, against simulated balancers and applications.
@Suite struct CookieSearchTests {
  private struct Site {
    var backends = ["a", "b", "c"]
    /// The balancer's cookie.
    var balancer: String?
    /// The application's, of a value that nobody looks at.
    var application: String?
    /// Whether new visitors are dealt out by chance.
    var isRandom = false
    var fails: (Int) -> Bool = { _ in false }
    /// Backends to whose visitors the balancer gives no cookie, and those whose cookie it does not know again.
    var cookieless: Set<String> = []
    var forgotten: Set<String> = []
    private var turn = 0
    private var visits = 0
    private var random: SplitMix64

    init(seed: Int, balancer: String? = nil, application: String? = nil, isRandom: Bool = false) {
      random = SplitMix64(seed: UInt64(seed) &* 31)
      (self.balancer, self.application, self.isRandom) = (balancer, application, isRandom)
    }

    mutating func visit(_ jar: CookieJar) -> (backend: String?, jar: CookieJar) {
      var jar = jar
      let target = try! Target("http://127.0.0.1:8080/")
      visits += 1
      if fails(visits) { return (nil, jar) }
      let sent = (jar.field(for: target, at: 0) ?? "").split(separator: "; ").map(String.init)
      let backend: String
      let kept = balancer.flatMap { name in sent.first { $0.hasPrefix(name + "=") }?.dropFirst(name.count + 1) }
      if let kept, !forgotten.contains(String(kept)) {
        backend = String(kept)
      } else {
        backend = backends[isRandom ? Int(random.next() % UInt64(backends.count)) : turn % backends.count]
        turn += 1
        if let balancer, !cookieless.contains(backend) {
          jar.store("\(balancer)=\(backend); Path=/", from: target, at: 0)
        }
      }
      if let application, !sent.contains(where: { $0.hasPrefix(application + "=") }) {
        jar.store("\(application)=\(visits); Path=/; HttpOnly", from: target, at: 0)
      }
      return (backend, jar)
    }
  }

  private func found(_ site: Site, seed: Int) -> CookieAffinity? {
    var site = site
    var search = CookieSearch(Set(site.backends), seed: UInt64(seed))
    return search.run { site.visit($0) }
  }

  @Test("A balancer's cookie is found, also beside one of the application, in turn and by chance", arguments: 1...100)
  func keeping(seed: Int) {
    for isRandom in [false, true] {
      for application in [nil, "SESSION"] {
        for backends in [["a", "b"], ["a", "b", "c"], Array(repeating: "a", count: 20) + ["b"]] {
          var site = Site(seed: seed, balancer: "SRV", application: application, isRandom: isRandom)
          site.backends = backends
          let cookie = found(site, seed: seed)
          #expect(cookie?.cookie == "SRV" && cookie?.returns == cookie.map { 8 * $0.visitors }, "\(backends)")
          #expect(cookie?.backends == Set(backends).sorted())
        }
      }
    }
  }

  @Test("An application's cookie keeps nobody, over any number of backends, in turn and by chance", arguments: 1...200)
  func application(seed: Int) {
    for isRandom in [false, true] {
      for backends in [["a", "b"], ["a", "b", "c"], Array(repeating: "a", count: 20) + ["b"]] {
        var site = Site(seed: seed, application: "SESSION", isRandom: isRandom)
        site.backends = backends
        #expect(found(site, seed: seed) == nil)
      }
    }
  }

  @Test("Without a cookie, with one backend, and where nobody answers, there is nothing to find")
  func nothing() {
    #expect(found(Site(seed: 1), seed: 1) == nil)
    var alone = Site(seed: 1, balancer: "SRV")
    alone.backends = ["a"]
    #expect(found(alone, seed: 1) == nil)
    var down = Site(seed: 1, balancer: "SRV")
    down.fails = { _ in true }
    #expect(found(down, seed: 1) == nil)
  }

  @Test("Where the visitors of one backend do not stay, no cookie keeps visitors", arguments: 1...50)
  func oneForgotten(seed: Int) {
    for isRandom in [false, true] {
      for application in [nil, "SESSION"] {
        var site = Site(seed: seed, balancer: "SRV", application: application, isRandom: isRandom)
        site.cookieless = ["c"]
        #expect(found(site, seed: seed) == nil)
        site.cookieless = []
        site.forgotten = ["c"]
        #expect(found(site, seed: seed) == nil)
      }
    }
  }

  @Test("A visit that fails now and then is passed over")
  func failures() {
    var site = Site(seed: 3, balancer: "SRV")
    site.fails = { $0 % 17 == 16 }
    #expect(found(site, seed: 3)?.cookie == "SRV")
  }
}
