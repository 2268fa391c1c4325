import Testing

@testable import HTTP

@Suite struct ResponseHeadTests {
  private func head(_ bytes: [UInt8]) throws -> ResponseHead {
    let fields = FieldSelection(backend: nil)
    var bytes = bytes
    var parser = ResponseParser()
    parser.begin(expectsNoContent: true)
    return try bytes.withUnsafeMutableBytes { bytes in
      let step = try parser.consume(bytes, selecting: fields)
      try #require(step == .head)
      return ResponseHead(parser)
    }
  }

  @Test("Fields keep their order, their spelling and colons inside values, and lose the blanks around")
  func fields() throws {
    let read = try head(Array("HTTP/1.1 200 OK: yes\r\nX-a:  b: c\t \r\nx-A:d\r\nE:\r\nF: \t\r\n\r\n".utf8))
    #expect(
      read
        == ResponseHead(
          status: 200,
          fields: [
            HeaderField(name: "X-a", value: "b: c"), HeaderField(name: "x-A", value: "d"),
            HeaderField(name: "E", value: ""), HeaderField(name: "F", value: ""),
          ]))
    #expect(read.value(of: "X-A") == "d")
    #expect(read.value(of: "ok") == nil)
  }

  @Test("A head without fields has none, and a final response comes without its interim ones")
  func bare() throws {
    #expect(try head(Array("HTTP/1.0 404\r\n\r\n".utf8)) == ResponseHead(status: 404, minorVersion: 0, fields: []))
    let final = try head(Array("HTTP/1.1 103 Early\r\nA: 1\r\n\r\nHTTP/1.1 200 OK\r\nB: 2\r\n\r\n".utf8))
    #expect(final.fields == [HeaderField(name: "B", value: "2")])
  }

  @Test("A value that is not UTF-8 is still readable")
  func invalid() throws {
    let read = try head(Array("HTTP/1.1 200 OK\r\nX: a".utf8) + [0xFF] + Array("b\r\n\r\n".utf8))
    #expect(read.value(of: "x") == "a\\xffb")
  }
}
