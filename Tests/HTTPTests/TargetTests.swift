import Testing

@testable import HTTP

@Suite struct TargetTests {
  struct Reading: Sendable, CustomTestStringConvertible {
    let text: String
    let scheme: Target.Scheme
    let host: String
    let port: UInt16
    let path: String
    let authority: String

    var testDescription: String { text }

    init(_ text: String, _ scheme: Target.Scheme, _ host: String, _ port: UInt16, _ path: String, _ authority: String) {
      (self.text, self.scheme, self.host) = (text, scheme, host)
      (self.port, self.path, self.authority) = (port, path, authority)
    }
  }

  @Test(
    "A URL is read into its parts, and the authority names a port only where it is not the scheme's own",
    arguments: [
      Reading("alvin.xyz", .http, "alvin.xyz", 80, "/", "alvin.xyz"),
      Reading("alvin.xyz:8081", .http, "alvin.xyz", 8081, "/", "alvin.xyz:8081"),
      Reading("alvin.xyz:80/a", .http, "alvin.xyz", 80, "/a", "alvin.xyz"),
      Reading("http://alvin.xyz", .http, "alvin.xyz", 80, "/", "alvin.xyz"),
      Reading("https://alvin.xyz", .https, "alvin.xyz", 443, "/", "alvin.xyz"),
      Reading("https://alvin.xyz:80/", .https, "alvin.xyz", 80, "/", "alvin.xyz:80"),
      Reading("http://alvin.xyz:443/", .http, "alvin.xyz", 443, "/", "alvin.xyz:443"),
      Reading("HTTP://Alvin.XYZ/Path", .http, "alvin.xyz", 80, "/Path", "alvin.xyz"),
      Reading("http://alvin.xyz?v=1", .http, "alvin.xyz", 80, "/?v=1", "alvin.xyz"),
      Reading("http://alvin.xyz#top", .http, "alvin.xyz", 80, "/", "alvin.xyz"),
      Reading("http://alvin.xyz/a?b=/c?d#e#f", .http, "alvin.xyz", 80, "/a?b=/c?d", "alvin.xyz"),
      Reading("alvin.xyz/?next=http://other.xyz/", .http, "alvin.xyz", 80, "/?next=http://other.xyz/", "alvin.xyz"),
      Reading("alvin.xyz/go/http://other.xyz/", .http, "alvin.xyz", 80, "/go/http://other.xyz/", "alvin.xyz"),
      Reading("alvin.xyz#http://other.xyz/", .http, "alvin.xyz", 80, "/", "alvin.xyz"),
      Reading("http://alvin.xyz/@a:b", .http, "alvin.xyz", 80, "/@a:b", "alvin.xyz"),
      Reading("http://alvin.xyz//a//", .http, "alvin.xyz", 80, "//a//", "alvin.xyz"),
      Reading("http://[::1]:8081/watch?v=1", .http, "::1", 8081, "/watch?v=1", "[::1]:8081"),
      Reading("[::1]", .http, "::1", 80, "/", "[::1]"),
      Reading("[2001:DB8::ABCD]:443", .http, "2001:db8::abcd", 443, "/", "[2001:db8::abcd]:443"),
      Reading("https://[::ffff:10.0.0.1]/", .https, "::ffff:10.0.0.1", 443, "/", "[::ffff:10.0.0.1]"),
      Reading("127.0.0.1:1", .http, "127.0.0.1", 1, "/", "127.0.0.1:1"),
      Reading("localhost:65535", .http, "localhost", 65535, "/", "localhost:65535"),
      Reading("my_app-1.local", .http, "my_app-1.local", 80, "/", "my_app-1.local"),
      Reading("alvin.xyz:00080", .http, "alvin.xyz", 80, "/", "alvin.xyz"),
    ])
  func read(reading: Reading) throws {
    let target = try Target(reading.text)
    #expect(target.scheme == reading.scheme)
    #expect(target.host == reading.host)
    #expect(target.port == reading.port)
    #expect(target.path == reading.path)
    #expect(target.authority == reading.authority)
    #expect(target.url == "\(reading.scheme.rawValue)://\(reading.authority)\(reading.path)")
    #expect(try Target(target.url) == target)
  }

  @Test(
    "What is no such URL is refused with its text and a reason",
    arguments: [
      "", "/", "http://", "http:///a", "http://:80", ":80", "alvin.xyz:", "alvin.xyz:0", "alvin.xyz:65536",
      "alvin.xyz:-1",
      "alvin.xyz:+80", "alvin.xyz:8o", "alvin.xyz:80:80", "alvin.xyz: 80", "ftp://alvin.xyz", "ws://alvin.xyz",
      "://alvin.xyz", "http:/alvin.xyz", "user@alvin.xyz", "http://user:secret@alvin.xyz/", "::1", "2001:db8::1",
      "[::1", "[]", "[alvin.xyz]", "[::1]80", "[::1]:", "[1:2]", "[::::]", "[::g]", "[1::2::3]", "[fe80::1%25eth0]",
      "al vin.xyz", "älvin.xyz", "alvin.xyz/ä", "alvin.xyz/a b", "alvin.xyz/\r\nX: y", "alvin.xyz\r\n",
      "alvin.xyz/\u{7f}",
      "alvin.xyz/\0", "alvin.xyz\0", "al\u{301}vin.xyz", "alvin.xyz/\u{301}", "alvin.xyz\\a", "alvin.xyz:٨٠",
      String(repeating: "a", count: 254),
    ])
  func refused(text: String) throws {
    let error = try #require(throws: TargetError.self) { try Target(text) }
    #expect(error.text == text)
    #expect(!error.reason.isEmpty)
    #expect(error.description == "'\(text)': \(error.reason)")
  }

  @Test("Another path leaves the server as it is")
  func otherPath() throws {
    let target = try Target("https://[::1]:8443/a?b").with(path: "/c")
    #expect(target == (try Target("https://[::1]:8443/c")))
  }
}
