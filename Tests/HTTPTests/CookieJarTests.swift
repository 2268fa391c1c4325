import HTTP
import Testing

@Suite struct CookieJarTests {
  private let now: Int64 = 1_795_589_127

  private func target(_ url: String = "http://alvin.xyz/shop/cart?x=1") throws -> Target { try Target(url) }

  /// What goes back to a target after one answer.
  private func sent(_ field: String, from: String = "http://alvin.xyz/shop/cart", to: String? = nil) throws -> String? {
    var jar = CookieJar()
    jar.store(field, from: try target(from), at: now)
    return jar.field(for: try target(to ?? from), at: now)
  }

  @Test(
    "What balancers set goes back as it came",
    arguments: [
      ("SRV=a; path=/", "SRV=a"), ("ROUTEID=.1; path=/", "ROUTEID=.1"), ("lb=Zm9v==; Path=/; HttpOnly", "lb=Zm9v=="),
      ("route=53f1a7; Path=/; SameSite=Lax", "route=53f1a7"), (" a = b ; path=/", "a=b"), ("a=\"b c\"", "a=\"b c\""),
      ("a=", "a="), ("a=b; Max-Age=60", "a=b"), ("a=b; max-age=x", "a=b"), ("a=b; Expires=never", "a=b"),
      ("a=b; Expires=Wed, 09 Jun 2066 10:18:14 GMT", "a=b"), ("a=b; expires=Sunday, 06-Nov-66 08:49:37 GMT", "a=b"),
      ("a=b; Expires=Wed Nov 6 08:49:37 2066", "a=b"), ("a=b; Expires=1 jan 1970 00:00:00; Max-Age=9", "a=b"),
      ("a=b;;=;; ;path", "a=b"),
    ])
  func kept(field: String, expected: String) throws { #expect(try sent(field) == expected) }

  @Test(
    "What a browser would not keep does not",
    arguments: [
      "", "novalue", "=b", "a=b; Domain=other.xyz", "a=b; Domain=xyz", "a=b; Domain=www.alvin.xyz", "a=b; Secure",
      "a=b; Max-Age=0", "a=b; Max-Age=-99999999999999999999", "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
      "a=" + String(repeating: "x", count: 4096), "a=b\u{1}c", "a\r\nX: y=b",
    ])
  func dropped(field: String) throws { #expect(try sent(field) == nil) }

  @Test(
    "Domain, path and scheme decide where it goes",
    arguments: [
      ("a=b", "http://alvin.xyz/shop/", true), ("a=b", "http://alvin.xyz/shop", true),
      ("a=b", "http://alvin.xyz/shopping", false), ("a=b", "http://alvin.xyz/", false),
      ("a=b", "http://www.alvin.xyz/shop/", false), ("a=b; Domain=alvin.xyz", "http://www.alvin.xyz/shop/", true),
      ("a=b; Domain=.alvin.xyz", "http://a.b.alvin.xyz/shop/", true),
      ("a=b; Domain=alvin.xyz", "http://notalvin.xyz/shop/", false), ("a=b; Path=/", "http://alvin.xyz:8080/x", true),
      ("a=b; Path=/shop/", "http://alvin.xyz/shop", false), ("a=b; Path=no", "http://alvin.xyz/shop?q", true),
    ])
  func reach(field: String, to url: String, isSent: Bool) throws {
    #expect(try sent(field, to: url) == (isSent ? "a=b" : nil))
  }

  @Test("A secure cookie stays with TLS, and an address has no subdomains")
  func secure() throws {
    #expect(try sent("a=b; Secure", from: "https://alvin.xyz/", to: "https://alvin.xyz/") == "a=b")
    #expect(try sent("a=b; Secure", from: "https://alvin.xyz/", to: "http://alvin.xyz/") == nil)
    #expect(try sent("a=b; Domain=0.0.1", from: "http://127.0.0.1/") == nil)
    #expect(try sent("a=b; Domain=127.0.0.1", from: "http://127.0.0.1/") == "a=b")
  }

  @Test("A later one replaces an earlier of the same name, domain and path, keeps its place, and may end it")
  func replaced() throws {
    var jar = CookieJar()
    let target = try target()
    for field in ["a=1; Path=/", "b=2; Path=/", "c=3", "a=4; Path=/"] { jar.store(field, from: target, at: now) }
    #expect(jar.field(for: target, at: now) == "c=3; a=4; b=2")
    jar.store("b=; Path=/; Max-Age=0", from: target, at: now)
    #expect(jar.field(for: target, at: now) == "c=3; a=4")
    jar.store("d=5; Max-Age=10", from: target, at: now)
    #expect(jar.field(for: target, at: now + 9)?.contains("d=5") == true)
    #expect(jar.field(for: target, at: now + 10)?.contains("d=5") == false)
  }

  @Test("However many cookies a server sets, a jar stays small")
  func bounded() throws {
    var jar = CookieJar()
    for index in 0..<10_000 { jar.store("c\(index)=x", from: try target(), at: now) }
    #expect(jar.cookies.count == CookieJar.mostCookies && jar.cookies.last?.name == "c9999")
  }

  @Test("A request carries the jar's cookies beside its own, in one field")
  func carried() throws {
    let plain = try RequestTemplate(path: "/")
    #expect(plain.carrying(nil) == plain)
    #expect(plain.carrying("a=b").headers == [HeaderField(name: "Cookie", value: "a=b")])
    let own = try RequestTemplate(path: "/", headers: [HeaderField(name: "cookie", value: "theme=dark")])
    #expect(own.carrying("a=b").headers == [HeaderField(name: "cookie", value: "theme=dark; a=b")])
  }

  @Test("Of two cookies with one name the jar's is sent, which the server set later")
  func precedence() throws {
    let own = try RequestTemplate(
      path: "/", headers: [HeaderField(name: "Cookie", value: "sid=1; theme=dark;sidx=2; flag")])
    func sent(_ cookies: String) -> String? { own.carrying(cookies).headers.first?.value }
    #expect(sent("sid=9") == "theme=dark; sidx=2; flag; sid=9")
    #expect(sent("b=c; theme=light; sid=9") == "sidx=2; flag; b=c; theme=light; sid=9")
    #expect(sent("x=1") == "sid=1; theme=dark; sidx=2; flag; x=1")
    let one = try RequestTemplate(path: "/", headers: [HeaderField(name: "Cookie", value: "sid=1")])
    #expect(one.carrying("sid=2").headers.first?.value == "sid=2")
  }

  @Test("A cookie's value goes back byte by byte, also one that reports spell out")
  func original() {
    for value in ["a=b", "a=\\\"x\\\"", "a=über", "a=\\x5c"] {
      var bytes = Array(value.utf8)
      let text = bytes.withUnsafeMutableBytes { Fingerprint.text(UnsafeRawBufferPointer($0)) }
      let head = ResponseHead(status: 200, fields: [HeaderField(name: "set-Cookie", value: text)])
      #expect(head.setCookies == [value])
    }
    #expect(Fingerprint.original(of: "a=\\xff") == nil)
  }

  @Test("Some cookies can be kept alone, and a site has the name that its Host field says")
  func some() throws {
    var jar = CookieJar()
    for field in ["a=1", "b=2"] { jar.store(field, from: try target(), at: now) }
    jar.keep { $0.name == "b" }
    #expect(jar.field(for: try target(), at: now) == "b=2")
    let local = try Target("http://127.0.0.1:8080/shop")
    #expect(local.named("Alvin.xyz:8080").host == "alvin.xyz" && local.named("a b") == local)
    jar.store("c=3; Domain=alvin.xyz", from: local.named("www.alvin.xyz"), at: now)
    #expect(jar.field(for: local.named("alvin.xyz"), at: now)?.contains("c=3") == true)
  }
}
