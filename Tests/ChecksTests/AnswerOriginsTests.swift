import HTTP
import Load
import Report
import Testing

@testable import Checks

@Suite("Who gave the answers")
struct AnswerOriginsTests {
  private func settings(_ url: String = "http://alvin.xyz/", asking ranges: [ClosedRange<Int>]? = nil) throws
    -> CheckSettings
  {
    var settings = CheckSettings(target: try Target(url), templates: [try RequestTemplate(path: "/")])
    if let ranges {
      settings.expectedStatuses = StatusSet(ranges)
      settings.askedStatuses = settings.expectedStatuses
    }
    return settings
  }

  private func seen(
    _ statuses: [Int: Int], cached: Int = 0, locations: [String: Int] = [:]
  ) -> AnswerOrigins {
    var measured = Measurements()
    measured.statuses = statuses
    measured.locations = locations
    if cached > 0 { measured.nobody[.cache] = cached }
    return AnswerOrigins(measured)
  }

  private func verdicts(_ origins: AnswerOrigins, _ settings: CheckSettings) -> [String: Verdict] {
    Dictionary(uniqueKeysWithValues: origins.assertions(settings).map { ($0.name, $0.verdict) })
  }

  @Test(
    "More than 5 % redirects that nobody asked for leave a verdict open",
    arguments: [
      ([200: 100], nil), ([200: 95, 302: 5], .pass), ([200: 94, 302: 6], .inconclusive), ([301: 1], .inconclusive),
      ([307: 50, 308: 50], .inconclusive), ([200: 94, 303: 3, 301: 3], .inconclusive),
      // These send nobody elsewhere.
      ([304: 100], nil), ([300: 100], nil), ([404: 100], nil), ([:], nil),
    ] as [([Int: Int], Verdict?)])
  func redirects(_ statuses: [Int: Int], _ verdict: Verdict?) throws {
    #expect(verdicts(seen(statuses), try settings())["noRedirects"] == verdict)
    // Asked for by number they are answers as any other, though none of a backend.
    #expect(verdicts(seen(statuses), try settings(asking: [200...399])) == [:])
    #expect(seen(statuses).hideBackends == (verdict == .inconclusive))
  }

  @Test("Of redirects only those that were asked for are")
  func otherRedirects() throws {
    #expect(verdicts(seen([301: 50, 302: 50]), try settings(asking: [301...301]))["noRedirects"] == .inconclusive)
    #expect(verdicts(seen([301: 98, 302: 2]), try settings(asking: [301...301]))["noRedirects"] == .pass)
  }

  @Test(
    "What to ask instead is where most redirects lead",
    arguments: [
      ("http://alvin.xyz/", ["https://alvin.xyz/": 9], "Request https://alvin.xyz/ instead"),
      ("http://alvin.xyz/", ["/login": 9, "/": 1], "Request http://alvin.xyz/login instead"),
      ("https://alvin.xyz:8443/a", ["/b": 1], "Request https://alvin.xyz:8443/b instead"),
      ("https://alvin.xyz/", ["//cdn.test/x": 1], "Request https://cdn.test/x instead"),
      ("https://alvin.xyz/", ["https://alvin.xyz/": 1], "X-Forwarded-Proto: https"),
      ("http://alvin.xyz/", ["http://alvin.xyz:80/": 1], "lead back to the requested URL"),
      ("http://alvin.xyz/a/b", ["login": 1], "Request http://alvin.xyz/a/login instead"),
      ("http://alvin.xyz/a/b/", ["../login?x=1#top": 1], "Request 'http://alvin.xyz/a/login?x=1' instead"),
      ("http://alvin.xyz/a?b", ["?c": 1], "Request 'http://alvin.xyz/a?c' instead"),
      ("http://alvin.xyz/", ["": 1], "Request the URL they lead to"),
      ("http://alvin.xyz/", [:], "Request the URL they lead to"),
      ("http://alvin.xyz/", ["ftp://alvin.xyz/": 1], "Request the URL they lead to"),
    ] as [(String, [String: Int], String)])
  func advice(_ url: String, _ locations: [String: Int], _ advice: String) throws {
    let origins = seen([302: 10], locations: locations)
    let settings = try settings(url)
    let line = try #require(origins.assertions(settings).first)
    #expect(line.detail?.contains(advice) == true, "\(line)")
    #expect(origins.insteadOfBackends(settings)?.advice == [line.detail ?? ""])
  }

  @Test("An order that was taken with 303 is not sent to the page about it")
  func seeOther() throws {
    var settings = try settings()
    settings.templates = [try RequestTemplate(method: "POST", path: "/")]
    let advice = seen([303: 9], locations: ["/done": 9]).assertions(settings).first?.detail
    #expect(advice?.contains("--expect-status 303") == true && advice?.contains("/done") == false, "\(advice ?? "")")
    let found = seen([302: 9], locations: ["/done": 9]).assertions(settings).first?.detail
    #expect(found?.contains("If http://alvin.xyz/done shows the result, the request was accepted: expect them") == true)
    // To the same path: another scheme or host.
    let secure = seen([302: 9], locations: ["https://alvin.xyz/": 9]).assertions(settings).first?.detail
    #expect(secure?.hasPrefix("Request https://alvin.xyz/ instead") == true, "\(secure ?? "")")
    let moved = seen([301: 9], locations: ["/orders": 9]).assertions(settings).first?.detail
    #expect(moved?.contains("Request http://alvin.xyz/orders") == true)
  }

  @Test("More than 5 % out of a cache leave a verdict open, unless that is allowed; backends stay hidden")
  func caches() throws {
    var settings = try settings()
    #expect(verdicts(seen([200: 100], cached: 5), settings) == ["noCacheAnswers": .pass])
    #expect(!seen([200: 100], cached: 5).hideBackends)
    #expect(verdicts(seen([200: 100], cached: 6), settings) == ["noCacheAnswers": .inconclusive])
    #expect(seen([200: 100], cached: 6).insteadOfBackends(settings)?.reason.contains("cache") == true)
    settings.allowsCache = true
    #expect(verdicts(seen([200: 100], cached: 100), settings) == [:])
    #expect(seen([200: 100], cached: 100).insteadOfBackends(settings) == nil)
    #expect(seen([200: 100], cached: 100).hideBackends)
  }

  @Test(
    "A site whose answers are all server errors is down",
    arguments: [
      ([502: 9], "the site is down: 502"), ([502: 1, 503: 8], "the site is down: 503, 502"),
      ([500: 1], "the site is down: 500"), ([502: 9, 200: 1], nil), ([502: 9, 404: 1], nil), ([:], nil),
    ] as [([Int: Int], String?)])
  func down(_ statuses: [Int: Int], _ text: String?) throws {
    #expect(seen(statuses).down(try settings()) == text)
    #expect(seen(statuses).down(try settings(asking: [500...599])) == nil)
  }

  @Test(
    "Among answers that name a backend, more than 5 % that name none leave a verdict open",
    arguments: [(0, nil), (1, .pass), (5, .pass), (6, .inconclusive), (50, .inconclusive)] as [(Int, Verdict?)])
  func nameless(_ count: Int, _ verdict: Verdict?) throws {
    var measured = Measurements()
    measured.statuses = [200: 100]
    measured.succeeded = 100
    measured.nobody = [.noHeader: count, .cache: 30, .redirect: 3]
    measured.backends = [Measurements.Backend(name: "a")]
    for header in [nil, "X-Backend"] {
      let assertions = measured.unnamed(by: header, try settings())
      #expect(assertions.first?.verdict == verdict)
      #expect(assertions.allSatisfy { $0.name == "servedByBackends" } && assertions.count == (verdict == nil ? 0 : 1))
    }
    // So do errors that were asked for.
    measured.nobody = [.status(404): count, .status(500): 30]
    #expect(measured.unnamed(by: nil, try settings(asking: [200...404])).first?.verdict == verdict)
    #expect(measured.unnamed(by: nil, try settings()).isEmpty)
    // Where no header is read, nothing is asked of names.
    measured.backends = []
    #expect(measured.unnamed(by: nil, try settings()).isEmpty)
  }

  @Test(
    "Answers of which none has the header leave a verdict open, be it given or found, unless another line tells why",
    arguments: [
      ([200: 100], nil, 0, isFoundEnough: true, isGivenEnough: true),
      ([404: 100], [404...404], 0, true, true),
      // Asked for, a redirect tells nothing of backends; where a header is given, it has to be there.
      ([303: 100], [303...303], 0, false, true),
      ([302: 100], nil, 0, false, false), ([200: 90, 302: 10], [200...200], 0, false, false),
      ([200: 100], nil, 100, false, false), ([303: 100], [303...303], 100, false, false),
    ] as [([Int: Int], [ClosedRange<Int>]?, Int, isFoundEnough: Bool, isGivenEnough: Bool)])
  func namesNobody(
    statuses: [Int: Int], asked: [ClosedRange<Int>]?, cached: Int, whereFound: Bool, whereGiven: Bool
  ) throws {
    var measured = Measurements()
    measured.statuses = statuses
    measured.succeeded = 100
    if cached > 0 { measured.nobody = [.cache: cached] }
    var settings = try settings(asking: asked)
    #expect(measured.unnamed(by: "X-Backend", settings).map(\.verdict) == (whereFound ? [.inconclusive] : []))
    settings.backendHeader = "X-Backend"
    #expect(measured.unnamed(by: "X-Backend", settings).map(\.name) == (whereGiven ? ["namesBackends"] : []))
    measured.succeeded = 0
    #expect(measured.unnamed(by: "X-Backend", settings).isEmpty)
  }

  @Test("Answers of a search that name nobody are counted: without the header, or with a name for no server")
  func namelessHeads() {
    func head(_ status: Int, _ fields: (String, String)...) -> ResponseHead {
      ResponseHead(status: status, fields: fields.map { HeaderField(name: $0.0, value: $0.1) })
    }
    let found = FoundFingerprint(
      header: "X-Backend",
      in: [
        head(200, ("X-Backend", "f5/a")), head(200, ("x-backend", "f5/<NOSRV>")), head(200), head(404), head(301),
        head(200, ("X-Cache", "HIT")), head(204, ("X-Backend", "-")),
      ])
    #expect(found.backends == ["f5/a"] && found.nameless == 3)
  }

  @Test("Single answers tell the same")
  func heads() throws {
    let settings = try settings()
    func head(_ status: Int, _ name: String, _ value: String) -> ResponseHead {
      ResponseHead(status: status, fields: [HeaderField(name: name, value: value)])
    }
    let redirects = AnswerOrigins([head(301, "LOCATION", "https://alvin.xyz/")])
    #expect(redirects.insteadOfBackends(settings)?.reason.contains("redirects to https://alvin.xyz/") == true)
    #expect(AnswerOrigins([head(200, "age", "5")]).insteadOfBackends(settings)?.reason.contains("cache") == true)
    #expect(AnswerOrigins([head(503, "Server", "s")]).down(settings) == "the site is down: 503")
    #expect(AnswerOrigins([head(200, "Server", "s")]).insteadOfBackends(settings) == nil)
  }
}
