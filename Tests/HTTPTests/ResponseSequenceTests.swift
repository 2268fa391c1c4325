import HTTP
import Testing

/// What stands between the responses of one connection.
@Suite("Reading responses of one connection")
struct ResponseSequenceTests {
  private static let first = response("HTTP/1.1 200 OK", "Content-Length: 2", content: "ok")
  private static let second = response("HTTP/1.1 404 Not Found", "Content-Length: 1", content: "-")

  /// Reads a first response, then bytes on the same connection, cut before each of the given positions.
  private func second(
    _ bytes: [UInt8], cuts: some Sequence<Int> = EmptyCollection(), after first: [UInt8] = first, toHead: Bool = false
  ) -> Observation {
    var parser = ResponseParser()
    #expect(observe(first, expectsNoContent: toHead, with: &parser).ending == .complete)
    return observe(bytes, cuts: cuts, onSameConnection: true, with: &parser)
  }

  @Test(
    "Up to four bytes of line ends are passed over, however they come",
    arguments: ["", "\r\n", "\n", "\r\n\r\n", "\n\n\n\n"])
  func lineEnds(stray: String) {
    let bytes = Array(stray.utf8) + Self.second
    let whole = second(bytes)
    #expect(whole.ending == .complete && whole.head?.status == 404 && whole.content == Array("-".utf8))
    #expect(whole.consumed == bytes.count)
    #expect(whole.leniencies.contains(.strayLineEnd) == !stray.isEmpty)
    #expect(second(bytes, cuts: bytes.indices) == whole)
  }

  @Test(
    "More of them, a lone CR and anything else are no line end behind a response",
    arguments: ["\n\n\n\n\n", "\r\n\r\n\r\n", "\r", "\r\r\n", "\n\r", " \r\n", "\0", "x\r\n"])
  func others(stray: String) {
    let bytes = Array(stray.utf8) + Self.second
    #expect(second(bytes).fault?.kind == .malformed)
    #expect(second(bytes, cuts: bytes.indices).fault?.kind == .malformed)
  }

  @Test("Line ends alone are no start of a response")
  func notStarted() {
    let seen = second(Array("\r\n".utf8))
    #expect(seen.ending == .truncated && !seen.hasStarted)
  }

  @Test("Line ends that were taken before the next request count against its four, and a new connection begins anew")
  func taken() {
    var parser = ResponseParser()
    var fresh = ResponseParser()
    for stray in ["\r", "\r\n\r"] {
      _ = observe(Self.first, with: &parser)
      var bytes = Array(stray.utf8)
      let count = bytes.withUnsafeMutableBytes { parser.takeLineEnds(UnsafeRawBufferPointer($0)) }
      #expect(count == stray.utf8.count)
      #expect(parser.leniencies.contains(.strayLineEnd))
      let next = observe(Array("\n".utf8) + Self.second, onSameConnection: true, with: &parser)
      #expect(next.ending == .complete && next.head?.status == 404)
    }
    _ = observe(Self.first, with: &fresh)
    #expect(observe(Array("\r\n".utf8) + Self.second, with: &fresh).fault?.kind == .malformed)
  }

  @Test("A body behind an answer that has none is named")
  func bodies() {
    let head = response("HTTP/1.1 200 OK", "Content-Length: 5")
    #expect(
      second(Array("hello".utf8), after: head, toHead: true).fault?.description
        == "a body came with the answer to HEAD: 'hello'")
    #expect(
      second(Array("hello".utf8), after: response("HTTP/1.1 304 Not Modified")).fault?.description
        == "a body came with a 204 or 304 answer: 'hello'")
    #expect(second(Array("hello".utf8)).fault?.reason == "the response does not begin with HTTP/1.")
  }

  @Test("How far a response has come")
  func progress() throws {
    var parser = ResponseParser()
    let fields = FieldSelection(backend: nil)
    func take(_ text: String) throws {
      var bytes = Array(text.utf8)
      _ = try bytes.withUnsafeMutableBytes { bytes in
        let step = try parser.consume(bytes, selecting: fields)
        if step == .head {
          _ = try parser.consume(
            UnsafeMutableRawBufferPointer(rebasing: bytes[parser.consumed...]), selecting: fields)
        }
      }
    }
    parser.begin(expectsNoContent: false)
    var seen = [parser.progress]
    for text in ["HTTP/1.1 200 OK\r\n", "Content-Length: 9\r\n\r\nhe", "llo"] {
      try take(text)
      seen.append(parser.progress)
    }
    #expect(seen == [.nothing, .head, .content(status: 200, bytes: 2), .content(status: 200, bytes: 5)])
  }
}
