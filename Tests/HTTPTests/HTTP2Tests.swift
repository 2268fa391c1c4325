import HTTP
import Testing

/// What HTTP/2 carries in place of the lines of HTTP/1.1.
@Suite struct HTTP2Tests {
  private func lines(_ template: RequestTemplate, _ url: String = "http://a.test:81/x") throws -> [String] {
    template.fields(for: try Target(url)).map { "\($0.name): \($0.value)" }
  }

  @Test("A request begins with the four pseudo-header fields, and has what that of HTTP/1.1 has, in lower case")
  func fields() throws {
    let plain = try RequestTemplate(path: "/x?y=1")
    #expect(
      try lines(plain) == [
        ":method: GET", ":scheme: http", ":authority: a.test:81", ":path: /x?y=1", "user-agent: lbcheck", "accept: */*",
      ])
    let posted = try RequestTemplate(
      method: "POST", path: "/",
      headers: [HeaderField(name: "Accept", value: " a "), HeaderField(name: "X-Y", value: "Z")],
      body: Array("abc".utf8))
    #expect(
      try lines(posted, "https://b.test/") == [
        ":method: POST", ":scheme: https", ":authority: b.test", ":path: /", "user-agent: lbcheck", "accept: a",
        "x-y: Z",
        "content-length: 3",
      ])
  }

  @Test("What is about a connection is left out, Host becomes the authority, and of TE only trailers stays")
  func connectionFields() throws {
    let headers = [
      ("Host", "other.test"), ("Keep-Alive", "1"), ("Proxy-Connection", "x"), ("Upgrade", "h2c"),
      ("HTTP2-Settings", "x"),
      ("TE", "gzip"), ("te", "Trailers"),
    ].map { HeaderField(name: $0.0, value: $0.1) }
    let template = try RequestTemplate(path: "/", headers: headers)
    #expect(template.fieldsWithoutPlace == ["Keep-Alive", "Proxy-Connection", "Upgrade", "HTTP2-Settings", "TE"])
    let found = try lines(template)
    #expect(found[2] == ":authority: other.test")
    #expect(Array(found[4...]) == ["user-agent: lbcheck", "accept: */*", "te: Trailers"])
  }

  @Test("Numbers of errors have the RFC's names, those that it does not define none")
  func codes() {
    #expect(HTTP2ErrorCode(code: 0) == .noError && HTTP2ErrorCode(code: 7).name == "REFUSED_STREAM")
    #expect(HTTP2ErrorCode(code: 13).name == "HTTP_1_1_REQUIRED")
    #expect([14, 255, 256, UInt32.max].allSatisfy { HTTP2ErrorCode(code: $0) == .unknown })
    #expect(Set(HTTP2ErrorCode.allCases.map(\.name)).count == 15)
  }

  // MARK: Heads

  private func take(_ fields: [(String, String)], into assembly: inout HeadAssembly) -> Bool {
    let selection = FieldSelection(backend: "X-Backend", generation: "X-Pid")
    return fields.allSatisfy { name, value in
      Array(name.utf8).withUnsafeBytes { name in
        Array(value.utf8).withUnsafeBytes { assembly.take(name, $0, selecting: selection) }
      }
    }
  }

  @Test("A head that came field by field reads as one of HTTP/1.1: status, selected fields, cache, Location, lines")
  func shown() {
    var assembly = HeadAssembly()
    var parser = ResponseParser()
    assembly.begin()
    #expect(
      take([(":status", "302"), ("x-pid", "7"), ("location", "/b"), ("x-backend", "a"), ("age", "3")], into: &assembly))
    let first = assembly.finish()
    assembly.begin()
    #expect(
      take([(":status", "200"), ("x-backend", ""), ("set-cookie", "a=1"), ("set-cookie", "b=2")], into: &assembly))
    let second = assembly.finish()
    parser.show(first, of: assembly)
    #expect(parser.status == 302 && parser.isFromCache)
    #expect(parser.value(of: 0).map { String(decoding: $0, as: UTF8.self) } == "a")
    #expect(parser.value(of: 1).map { String(decoding: $0, as: UTF8.self) } == "7")
    #expect(parser.location.map { String(decoding: $0, as: UTF8.self) } == "/b")
    parser.show(second, of: assembly)
    #expect(parser.status == 200 && !parser.isFromCache && parser.location == nil && parser.value(of: 1) == nil)
    #expect(parser.value(of: 0)?.count == 0)
    #expect(ResponseHead(parser).setCookies == ["a=1", "b=2"])
  }

  @Test("A head may take 64 KiB and no more, and one that is interrupted goes on where it was")
  func limits() {
    var assembly = HeadAssembly()
    assembly.begin()
    let long = String(repeating: "x", count: 1_000)
    let taken = (0..<100).prefix { _ in take([("a", long)], into: &assembly) }.count
    #expect(taken == 65)
    assembly.abandon()
    #expect(!take([("a", "b")], into: &assembly))
    assembly.removeAll()
    assembly.begin()
    #expect(take([(":status", "200"), ("x-pid", "1")], into: &assembly))
    guard let open = assembly.takeOpen() else {
      Issue.record("no open head")
      return
    }
    // Another connection's comes in between.
    assembly.removeAll()
    assembly.begin()
    _ = assembly.finish()
    assembly.removeAll()
    assembly.goOn(with: open)
    #expect(take([("x-backend", "z")], into: &assembly))
    var parser = ResponseParser()
    parser.show(assembly.finish(), of: assembly)
    #expect(parser.status == 200 && parser.value(of: 0)?.first == UInt8(ascii: "z"))
    #expect(parser.value(of: 1)?.first == UInt8(ascii: "1"))
  }
}
