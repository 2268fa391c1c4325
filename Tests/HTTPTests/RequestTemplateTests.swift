import HTTP
import Testing

@Suite("Encoding requests")
struct RequestTemplateTests {
  private func encoded(_ template: RequestTemplate, for url: String = "alvin.xyz", closing: Bool = false) throws
    -> String
  {
    String(decoding: template.encoded(for: try Target(url), closing: closing), as: UTF8.self)
  }

  private func header(_ name: String, _ value: String) -> HeaderField { HeaderField(name: name, value: value) }

  @Test("A plain GET is these bytes")
  func plain() throws {
    #expect(
      try encoded(RequestTemplate(path: "/"))
        == "GET / HTTP/1.1\r\nHost: alvin.xyz\r\nUser-Agent: lbcheck\r\nAccept: */*\r\n\r\n")
  }

  @Test("A closing one asks for it")
  func closing() throws {
    #expect(
      try encoded(RequestTemplate(path: "/a?b=c"), for: "http://[::1]:8081/ignored", closing: true)
        == "GET /a?b=c HTTP/1.1\r\nHost: [::1]:8081\r\nUser-Agent: lbcheck\r\nAccept: */*\r\nConnection: close\r\n\r\n")
  }

  @Test("Host, User-Agent and Accept of one's own replace the usual ones, the rest follows in order")
  func replaced() throws {
    let template = try RequestTemplate(
      path: "/",
      headers: [
        header("X-A", "1"), header("HOST", "www.alvin.xyz"), header("user-agent", "me"), header("Accept", "text/html"),
        header("X-A", "2"), header("X-Empty", ""), header("X-Tab", "a\tb"), header("X-Umlaut", "ü"),
      ])
    #expect(
      try encoded(template)
        == "GET / HTTP/1.1\r\nX-A: 1\r\nHOST: www.alvin.xyz\r\nuser-agent: me\r\nAccept: text/html\r\nX-A: 2\r\n"
        + "X-Empty: \r\nX-Tab: a\tb\r\nX-Umlaut: ü\r\n\r\n")
  }

  @Test("A body follows its length byte for byte")
  func body() throws {
    let body: [UInt8] = [0x00, 0x0D, 0x0A, 0xFF, 0x41]
    let template = try RequestTemplate(method: "POST", path: "/", headers: [header("Content-Type", "a/b")], body: body)
    let bytes = template.encoded(for: try Target("alvin.xyz"), closing: true)
    #expect(Array(bytes.suffix(5)) == body)
    #expect(
      String(decoding: bytes.dropLast(5), as: UTF8.self)
        == "POST / HTTP/1.1\r\nHost: alvin.xyz\r\nUser-Agent: lbcheck\r\nAccept: */*\r\nContent-Type: a/b\r\n"
        + "Connection: close\r\nContent-Length: 5\r\n\r\n")
  }

  @Test("A length of 0 is stated only for methods that usually have content")
  func emptyBody() throws {
    for method in ["POST", "PUT", "PATCH"] {
      #expect(try encoded(RequestTemplate(method: method, path: "/")).hasSuffix("Content-Length: 0\r\n\r\n"))
    }
    for method in ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "PURGE"] {
      #expect(try !encoded(RequestTemplate(method: method, path: "/")).contains("Content-Length"))
    }
    #expect(try encoded(RequestTemplate(path: "/", body: [0x61])).hasSuffix("Content-Length: 1\r\n\r\na"))
  }

  @Test("The fields that lbcheck sets itself are refused in any case")
  func reserved() {
    for name in ["Connection", "connection", "CONTENT-LENGTH", "Transfer-Encoding"] {
      #expect(throws: TemplateError.self) { try RequestTemplate(path: "/", headers: [header(name, "x")]) }
    }
  }

  @Test(
    "No value can begin a line of its own",
    arguments: ["a\r\nX: y", "a\nX: y", "a\rX: y", "\r\n", "a\0", "a\u{7F}", "\u{1B}[0m", "a\u{0B}", "a\r\n\u{301}"])
  func values(_ value: String) {
    #expect(throws: TemplateError.self) { try RequestTemplate(path: "/", headers: [header("X-A", value)]) }
  }

  @Test("No name can either", arguments: ["", "X A", "X:", "X\r\n", "X\n", "Ü", "X\0", "(X)", " X", "X "])
  func names(_ name: String) {
    #expect(throws: TemplateError.self) { try RequestTemplate(path: "/", headers: [header(name, "a")]) }
  }

  @Test(
    "A path that is not in origin form is refused",
    arguments: [
      "", "a", "*", "?q", "http://alvin.xyz/", " /", "/a b", "/a\r\nX: y", "/a\n", "/ü", "/\0", "/\t", "/\u{7F}",
      "/a#b",
      "/\u{301}",
    ])
  func paths(_ path: String) {
    #expect(throws: TemplateError.self) { try RequestTemplate(path: path) }
  }

  @Test(
    "A method that is no token, or a tunnel, is refused",
    arguments: ["", "GET ", "G T", "GET\r\n", "GÉT", "CONNECT", "a/b"])
  func methods(_ method: String) {
    #expect(throws: TemplateError.self) { try RequestTemplate(method: method, path: "/") }
  }

  @Test("A weight is at least 1")
  func weights() throws {
    #expect(try RequestTemplate(path: "/").weight == 1)
    #expect(try RequestTemplate(path: "/", weight: 7).weight == 7)
    for weight in [0, -1, Int.min] {
      #expect(throws: TemplateError.self) { try RequestTemplate(path: "/", weight: weight) }
    }
  }

  @Test("Methods are idempotent, and answered without content, as RFC 9110 says")
  func kinds() throws {
    for method in ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"] {
      #expect(try RequestTemplate(method: method, path: "/").isIdempotent)
    }
    // Methods are distinguished by case.
    for method in ["POST", "PATCH", "get", "PURGE"] {
      #expect(try !RequestTemplate(method: method, path: "/").isIdempotent)
    }
    #expect(try RequestTemplate(method: "HEAD", path: "/").expectsNoContent)
    #expect(try !RequestTemplate(method: "GET", path: "/").expectsNoContent)
  }

  @Test("What is refused is named")
  func texts() throws {
    let error = try #require(throws: TemplateError.self) {
      try RequestTemplate(path: "/", headers: [header("Connection", "close")])
    }
    #expect(error.description == "header 'Connection' is set by lbcheck itself")
  }
}
