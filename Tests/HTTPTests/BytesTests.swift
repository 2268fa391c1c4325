import HTTP
import Testing

@Suite("Bytes of names")
struct BytesTests {
  /// RFC 9110 5.6.2: any visible character of ASCII except delimiters.
  private static let tokens = Set(
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  @Test("A field name takes the token characters of RFC 9110 and no other byte")
  func fieldNames() {
    #expect(Self.tokens.count == 77)
    for byte in UInt8.min...UInt8.max {
      let start = Array("HTTP/1.1 200 OK\r\n".utf8)
      let seen = observe(start + [byte] + Array("a: b\r\nContent-Length: 0\r\n\r\n".utf8))
      #expect((seen.ending == .complete) == Self.tokens.contains(byte), "byte \(byte)")
    }
  }

  @Test("A method and a header name to send take the same characters")
  func requests() {
    for byte in UInt8.min...127 {
      let name = String(decoding: [byte], as: UTF8.self)
      let isToken = Self.tokens.contains(byte)
      #expect(((try? RequestTemplate(method: name, path: "/")) != nil) == isToken, "byte \(byte)")
      let field = HeaderField(name: "X" + name, value: "")
      #expect(((try? RequestTemplate(path: "/", headers: [field])) != nil) == isToken, "byte \(byte)")
    }
    #expect(throws: TemplateError.self) { try RequestTemplate(method: "GÉT", path: "/") }
  }

  @Test("Only ASCII letters lose their case")
  func cases() {
    // These pairs differ in the bit that tells upper from lower case.
    for (upper, lower) in [("^", "~"), ("\u{10}", "0"), ("\u{0D}", "-")] {
      let bytes = response("HTTP/1.1 200 OK", "X\(lower): lower", "Content-Length: 0")
      #expect(observe(bytes, selecting: ("x" + upper, "x" + lower)).head?.backend == nil)
      #expect(observe(bytes, selecting: ("x" + lower, nil)).head?.backend == Array("lower".utf8))
    }
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    let bytes = response("HTTP/1.1 200 OK", "\(letters): letters", "Content-Length: 0")
    #expect(observe(bytes, selecting: (letters.lowercased(), nil)).head?.backend == Array("letters".utf8))
  }
}
