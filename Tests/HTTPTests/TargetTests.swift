import HTTP
import Testing

@Suite("Reading targets")
struct TargetTests {
  struct Good: CustomTestStringConvertible {
    var text: String
    var url: String
    var host: String
    var port: UInt16
    var path = "/"
    var authority: String

    var testDescription: String { text.count > 60 ? "\(text.prefix(60))…" : text }

    init(_ text: String, _ url: String, host: String, port: UInt16, path: String = "/", authority: String) {
      (self.text, self.url, self.host, self.port, self.path, self.authority) = (text, url, host, port, path, authority)
    }
  }

  static let longPath = "/" + String(repeating: "a%20b/", count: 20_000)

  static let good = [
    Good("alvin.xyz", "http://alvin.xyz/", host: "alvin.xyz", port: 80, authority: "alvin.xyz"),
    Good("alvin.xyz:8081", "http://alvin.xyz:8081/", host: "alvin.xyz", port: 8081, authority: "alvin.xyz:8081"),
    Good("http://alvin.xyz", "http://alvin.xyz/", host: "alvin.xyz", port: 80, authority: "alvin.xyz"),
    Good("http://alvin.xyz:80/", "http://alvin.xyz/", host: "alvin.xyz", port: 80, authority: "alvin.xyz"),
    Good("https://alvin.xyz", "https://alvin.xyz/", host: "alvin.xyz", port: 443, authority: "alvin.xyz"),
    Good("http://alvin.xyz:/", "http://alvin.xyz/", host: "alvin.xyz", port: 80, authority: "alvin.xyz"),
    Good("https://[::1]:?q", "https://[::1]/?q", host: "::1", port: 443, path: "/?q", authority: "[::1]"),
    Good("https://alvin.xyz:80", "https://alvin.xyz:80/", host: "alvin.xyz", port: 80, authority: "alvin.xyz:80"),
    Good("http://alvin.xyz:443", "http://alvin.xyz:443/", host: "alvin.xyz", port: 443, authority: "alvin.xyz:443"),
    Good(
      "http://alvin.xyz:65535", "http://alvin.xyz:65535/", host: "alvin.xyz", port: 65535, authority: "alvin.xyz:65535"),
    Good("http://alvin.xyz:0081", "http://alvin.xyz:81/", host: "alvin.xyz", port: 81, authority: "alvin.xyz:81"),
    Good("HTTP://ALVIN.xyz/A", "http://alvin.xyz/A", host: "alvin.xyz", port: 80, path: "/A", authority: "alvin.xyz"),
    Good("alvin.xyz.", "http://alvin.xyz./", host: "alvin.xyz.", port: 80, authority: "alvin.xyz."),
    Good("my_app-1", "http://my_app-1/", host: "my_app-1", port: 80, authority: "my_app-1"),
    Good("xn--schn-7qa.de", "http://xn--schn-7qa.de/", host: "xn--schn-7qa.de", port: 80, authority: "xn--schn-7qa.de"),
    Good(
      "127.0.0.1:3000/x", "http://127.0.0.1:3000/x", host: "127.0.0.1", port: 3000, path: "/x",
      authority: "127.0.0.1:3000"),
    Good("[::1]", "http://[::1]/", host: "::1", port: 80, authority: "[::1]"),
    Good(
      "http://[::1]:8081/w?v=1", "http://[::1]:8081/w?v=1", host: "::1", port: 8081, path: "/w?v=1",
      authority: "[::1]:8081"),
    Good(
      "https://[2001:DB8::A]:443", "https://[2001:db8::a]/", host: "2001:db8::a", port: 443, authority: "[2001:db8::a]"),
    Good(
      "[::ffff:10.0.0.1]:1", "http://[::ffff:10.0.0.1]:1/", host: "::ffff:10.0.0.1", port: 1,
      authority: "[::ffff:10.0.0.1]:1"),
    Good("alvin.xyz?q=1", "http://alvin.xyz/?q=1", host: "alvin.xyz", port: 80, path: "/?q=1", authority: "alvin.xyz"),
    Good(
      "alvin.xyz:81?q=/&r=@:", "http://alvin.xyz:81/?q=/&r=@:", host: "alvin.xyz", port: 81, path: "/?q=/&r=@:",
      authority: "alvin.xyz:81"),
    Good("alvin.xyz/#top", "http://alvin.xyz/", host: "alvin.xyz", port: 80, authority: "alvin.xyz"),
    Good("http://alvin.xyz#a/b?c", "http://alvin.xyz/", host: "alvin.xyz", port: 80, authority: "alvin.xyz"),
    Good(
      "alvin.xyz/a?b#c ü", "http://alvin.xyz/a?b", host: "alvin.xyz", port: 80, path: "/a?b", authority: "alvin.xyz"),
    Good("alvin.xyz/#http://x", "http://alvin.xyz/", host: "alvin.xyz", port: 80, authority: "alvin.xyz"),
    Good(
      "alvin.xyz/in?next=https://alvin.xyz/", "http://alvin.xyz/in?next=https://alvin.xyz/", host: "alvin.xyz",
      port: 80, path: "/in?next=https://alvin.xyz/", authority: "alvin.xyz"),
    Good(
      "https://alvin.xyz/ftp://x", "https://alvin.xyz/ftp://x", host: "alvin.xyz", port: 443, path: "/ftp://x",
      authority: "alvin.xyz"),
    Good(
      "alvin.xyz//a/../b/%7E~!$&'()*+,;=", "http://alvin.xyz//a/../b/%7E~!$&'()*+,;=", host: "alvin.xyz", port: 80,
      path: "//a/../b/%7E~!$&'()*+,;=", authority: "alvin.xyz"),
    Good(
      "alvin.xyz\(longPath)", "http://alvin.xyz\(longPath)", host: "alvin.xyz", port: 80, path: longPath,
      authority: "alvin.xyz"),
    Good(
      String(repeating: "a", count: 253), "http://\(String(repeating: "a", count: 253))/",
      host: String(repeating: "a", count: 253), port: 80, authority: String(repeating: "a", count: 253)),
  ]

  @Test("A good URL is taken apart, and its parts make the URL again", arguments: good)
  func taken(_ good: Good) throws {
    let target = try Target(good.text)
    #expect(target.host == good.host)
    #expect(target.port == good.port)
    #expect(target.path == good.path)
    #expect(target.authority == good.authority)
    #expect(target.url == good.url)
    #expect(try Target(target.url) == target)
  }

  @Test(
    "A bad URL is refused with its text and a reason",
    arguments: [
      "", " ", "/", "/path", "?q", "#", "//alvin.xyz/", "http://", "http:///path", "http://:80", ":80",
      "http:/alvin.xyz",
      "http://alvin.xyz::", "http://alvin.xyz:80:", "http://:", "https://[::1]::", "http://::1:",
      "http:alvin.xyz", "ftp://alvin.xyz", "unix:///run/x", "ws://alvin.xyz", "://alvin.xyz", " http://alvin.xyz",
      "httpx://alvin.xyz", "http://http://alvin.xyz",
      "alvin.xyz:", "alvin.xyz:/", "alvin.xyz:0", "alvin.xyz:65536", "alvin.xyz:99999999999999999999", "alvin.xyz:-1",
      "alvin.xyz:+80", "alvin.xyz:8O", "alvin.xyz: 80", "alvin.xyz:80:81", "alvin.xyz:٨٠", "alvin.xyz:80 ",
      "user@alvin.xyz", "http://user:pass@alvin.xyz/", "http://@alvin.xyz", "alvin.xyz:80@evil",
      "al vin.xyz", "alvin.xyz ", "alvin.xyz\n", "alvin.xyz\r\nHost: x", "alvin%2exyz", "älvin.xyz", "alvin.xyz\u{301}",
      "alvin\\xyz", "*", "a,b", "alvin.xyz\0", "<alvin.xyz>", "\"alvin.xyz\"",
      "::1", "[::1", "::1]", "[]", "[]:80", "[alvin.xyz]", "[127.0.0.1]", "[::1]80", "[::1]:", "[::1]:0", "[::1]x:80",
      "[[::1]]", "[::1%25eth0]", "[fe80::1%eth0]", "[::::]", "[1:2]", "[1:2:3:4:5:6:7:8:9]", "[12345::]", "[::g]",
      "[::1.2.3]", "[::1\0]", "x[::1]", "2001:db8::a:80",
      "alvin.xyz/a b", "alvin.xyz/ü", "alvin.xyz/?q=a b", "alvin.xyz/\t", "alvin.xyz/a\r\nX: y", "alvin.xyz/\u{7F}",
      "alvin.xyz/\0", "alvin.xyz?ü", "alvin.xyz/\u{301}",
    ])
  func refused(_ text: String) throws {
    let error = try #require(throws: TargetError.self) { try Target(text) }
    #expect(error.text == text)
    #expect(!error.reason.isEmpty)
    #expect(error.description == "'\(text)': \(error.reason)")
  }

  @Test("A host of more than 253 characters is refused")
  func longHost() {
    #expect(throws: TargetError.self) { try Target(String(repeating: "a", count: 254)) }
    #expect(throws: TargetError.self) { try Target("http://\(String(repeating: "a.", count: 500_000))") }
  }

  @Test("The reason names the part that is wrong")
  func reasons() throws {
    func reason(_ text: String) throws -> String {
      try #require(throws: TargetError.self) { try Target(text) }.reason
    }
    #expect(try reason("ftp://alvin.xyz").contains("scheme"))
    #expect(try reason("a:b@alvin.xyz").contains("user information"))
    #expect(try reason("alvin.xyz:0").contains("1 to 65535"))
    #expect(try reason("älvin.xyz").contains("punycode"))
    #expect(try reason("alvin.xyz/ü").contains("percent-encoded"))
  }

  @Test("Another path leaves scheme, host and port")
  func anotherPath() throws {
    let target = try Target("https://[::1]:8443/a?b").with(path: "/c?d")
    #expect(target.url == "https://[::1]:8443/c?d")
  }
}
