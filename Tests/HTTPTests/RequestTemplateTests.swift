import Testing

@testable import HTTP

@Suite struct RequestTemplateTests {
  private func text(
    _ template: RequestTemplate, for url: String = "http://alvin.xyz:8081/ignored", closing: Bool = false
  ) throws -> String {
    String(decoding: template.encoded(for: try Target(url), closing: closing), as: UTF8.self)
  }

  @Test("A plain request is these bytes")
  func plain() throws {
    let template = try RequestTemplate(path: "/watch?v=1")
    let expected = "GET /watch?v=1 HTTP/1.1\r\nHost: alvin.xyz:8081\r\nUser-Agent: lbcheck\r\nAccept: */*\r\n"
    #expect(try text(template) == expected + "\r\n")
    #expect(try text(template, closing: true) == expected + "Connection: close\r\n\r\n")
  }

  @Test(
    "Host names the port only where it is not the scheme's own",
    arguments: [
      ("http://alvin.xyz", "alvin.xyz"), ("https://alvin.xyz:443", "alvin.xyz"),
      ("https://alvin.xyz:80", "alvin.xyz:80"),
      ("http://[::1]", "[::1]"), ("http://[::1]:81", "[::1]:81"),
    ])
  func host(url: String, host: String) throws {
    let template = try RequestTemplate(path: "/")
    #expect(try text(template, for: url).hasPrefix("GET / HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: "))
  }

  @Test("Given fields replace those of lbcheck, in any case, and keep their order and spelling")
  func fields() throws {
    let headers = [
      HeaderField(name: "X-b", value: "2"), HeaderField(name: "HOST", value: "other"),
      HeaderField(name: "accept", value: ""),
      HeaderField(name: "X-a", value: "ä\t1"), HeaderField(name: "user-Agent", value: "me"),
      HeaderField(name: "X-b", value: "3"),
    ]
    let template = try RequestTemplate(path: "/", headers: headers)
    #expect(
      try text(template)
        == "GET / HTTP/1.1\r\nX-b: 2\r\nHOST: other\r\naccept: \r\nX-a: ä\t1\r\nuser-Agent: me\r\nX-b: 3\r\n\r\n")
  }

  @Test("A body goes out as it is, behind its length")
  func body() throws {
    let body: [UInt8] = [0x7B, 0x00, 0xFF, 0x0D, 0x0A]
    let template = try RequestTemplate(
      method: "POST", path: "/", headers: [HeaderField(name: "Content-Type", value: "x/y")], body: body)
    let head =
      "POST / HTTP/1.1\r\nHost: alvin.xyz\r\nUser-Agent: lbcheck\r\nAccept: */*\r\nContent-Type: x/y\r\n"
      + "Connection: close\r\nContent-Length: 5\r\n\r\n"
    #expect(template.encoded(for: try Target("alvin.xyz"), closing: true) == Array(head.utf8) + body)
  }

  @Test("Methods that usually have content say that there is none, the others do not")
  func noBody() throws {
    for (method, says) in [
      ("POST", true), ("PUT", true), ("PATCH", true), ("GET", false), ("DELETE", false), ("HEAD", false),
    ] {
      let encoded = try text(RequestTemplate(method: method, path: "/"))
      #expect(encoded.hasPrefix("\(method) / HTTP/1.1\r\n"))
      #expect(encoded.hasSuffix("Content-Length: 0\r\n\r\n") == says, "\(method)")
    }
    #expect(try text(RequestTemplate(path: "/", body: [1])).contains("\r\nContent-Length: 1\r\n"))
  }

  @Test("Method and content are judged by RFC 9110 9.2.2 and 9.3.2, methods being case-sensitive")
  func methods() throws {
    for method in ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"] {
      #expect(try RequestTemplate(method: method, path: "/").isIdempotent, "\(method)")
    }
    for method in ["POST", "PATCH", "get", "PURGE"] {
      #expect(try !RequestTemplate(method: method, path: "/").isIdempotent, "\(method)")
    }
    for (method, isHead) in [("HEAD", true), ("head", false), ("GET", false)] {
      #expect(try RequestTemplate(method: method, path: "/").expectsNoContent == isHead)
    }
  }

  @Test(
    "A method that is no token, or opens a tunnel, is refused",
    arguments: ["", " ", "GET ", "GE T", "GET\r\nX: y", "GET\r\n", "GET\0", "G\u{c9}T", "GET/", "CONNECT", "G:T"])
  func badMethod(method: String) {
    #expect(throws: TemplateError.self) { try RequestTemplate(method: method, path: "/") }
  }

  @Test(
    "A path that is not of origin form is refused",
    arguments: [
      "", "a", "*", "http://a/", "?a", " /", "/a b", "/a\r\nX: y", "/\r\n\r\nGET / HTTP/1.1\r\n\r\n", "/a\n", "/\t",
      "/\0", "/ä",
      "/\u{7f}", "/ HTTP/1.0",
    ])
  func badPath(path: String) {
    #expect(throws: TemplateError.self) { try RequestTemplate(path: path) }
  }

  @Test(
    "A field that breaks out of its line, or that lbcheck sets itself, is refused",
    arguments: [
      ("", "a"), ("X ", "a"), (" X", "a"), ("X:", "a"), ("X\r\nY", "a"), ("X\r\n", "a"), ("X\n", "a"), ("Ä", "a"),
      ("X\0", "a"),
      ("X", "a\r\nY: b"), ("X", "a\r\n"), ("X", "a\nb"), ("X", "a\rb"), ("X", "\r\n b"), ("X", "a\0"), ("X", "a\u{7f}"),
      ("X", "\u{1b}[2J"), ("Connection", "close"), ("connection", "x"), ("CONTENT-length", "5"),
      ("Transfer-Encoding", "chunked"),
    ])
  func badField(name: String, value: String) throws {
    let error = try #require(throws: TemplateError.self) {
      try RequestTemplate(path: "/", headers: [HeaderField(name: name, value: value)])
    }
    #expect(!error.description.isEmpty)
  }

  @Test("A weight is 1 or more")
  func weight() throws {
    for weight in [0, -1, .min] {
      #expect(throws: TemplateError.self) { try RequestTemplate(path: "/", weight: weight) }
    }
    #expect(try RequestTemplate(path: "/", weight: 1).weight == 1)
    #expect(try RequestTemplate(path: "/", weight: .max).weight == .max)
  }

  @Test("No byte but the allowed ones gets into a request line or a field")
  func everyByte() {
    for scalar in (0...0xFF).compactMap(Unicode.Scalar.init) {
      let text = String(Character(scalar))
      let isGraphic = (0x21...0x7E).contains(scalar.value)
      let path = try? RequestTemplate(path: "/" + text)
      #expect((path != nil) == isGraphic, "\(scalar.value)")
      let value = try? RequestTemplate(path: "/", headers: [HeaderField(name: "X", value: text)])
      #expect((value != nil) == (scalar == "\t" || scalar.value >= 0x20 && scalar.value != 0x7F), "\(scalar.value)")
      let isToken = scalar.isASCII && isTokenByte(UInt8(scalar.value))
      let name = try? RequestTemplate(path: "/", headers: [HeaderField(name: text, value: "")])
      #expect((name != nil) == isToken, "\(scalar.value)")
      let method = try? RequestTemplate(method: text, path: "/")
      #expect((method != nil) == isToken, "\(scalar.value)")
    }
  }
}
