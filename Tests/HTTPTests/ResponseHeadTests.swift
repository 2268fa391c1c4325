import HTTP
import Testing

@Suite("Heads as values")
struct ResponseHeadTests {
  @Test("Fields come in their order, trimmed, folds joined")
  func fields() throws {
    let bytes = response(
      "HTTP/1.0 200 OK", "Server: nginx", "X-Empty:", "X-Colon: a:b", "X-Fold: one", "\ttwo ", "server:\t twice ")
    let head = try #require(observe(bytes).head).fields
    #expect(head.status == 200)
    #expect(head.minorVersion == 0)
    #expect(head.fields.map(\.name) == ["Server", "X-Empty", "X-Colon", "X-Fold", "server"])
    #expect(head.fields.map(\.value) == ["nginx", "", "a:b", "one  \ttwo", "twice"])
    #expect(head.value(of: "SERVER") == "twice")
    #expect(head.value(of: "x-colon") == "a:b")
    #expect(head.value(of: "absent") == nil)
  }

  @Test("A head without fields has none")
  func noFields() throws {
    let head = try #require(observe(response("HTTP/1.1 200 OK")).head).fields
    #expect(head == ResponseHead(status: 200, fields: []))
  }

  @Test("Bytes that are no text stay visible")
  func noText() throws {
    let bytes = Array("HTTP/1.1 200 OK\r\nX-Backend: a".utf8) + [0xFF, 0x0D, 0x0A, 0x0D, 0x0A]
    #expect(try #require(observe(bytes).head).fields.value(of: "x-backend") == "a\\xff")
  }
}
