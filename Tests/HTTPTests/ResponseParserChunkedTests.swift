import HTTP
import Testing

@Suite("Reading chunks")
struct ResponseParserChunkedTests {
  private func chunked(_ content: String) -> Observation {
    observe(response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", content: content))
  }

  @Test("A chunk of any size up to 300 bytes is read to its end")
  func sizes() {
    for size in 1...300 {
      let content = String(repeating: "c", count: size)
      let seen = chunked("\(String(size, radix: 16))\r\n\(content)\r\n0\r\n\r\n")
      #expect(seen.ending == .complete)
      #expect(seen.contentLength == UInt64(size))
    }
  }

  @Test("The largest size that is read has 15 digits")
  func largest() {
    let seen = chunked("FFFFFFFFFFFFFFF\r\nabc")
    #expect(seen.ending == .truncated)
    #expect(seen.contentLength == 3)
    let padded = chunked(String(repeating: "0", count: 4_000) + "FFFFFFFFFFFFFFF\r\nabc")
    #expect(padded.ending == .truncated && padded.contentLength == 3)
    #expect(chunked(String(repeating: "0", count: 4_113)).fault?.kind == .oversized)
  }

  @Test("An extension may take just under 4 KiB on each chunk")
  func extensions() {
    let longest = String(repeating: "e", count: 4_095)
    #expect(chunked("1;\(longest)\r\na\r\n1;\(longest)\r\nb\r\n0;\(longest)\r\n\r\n").content == Array("ab".utf8))
    #expect(chunked("1;\(longest)e\r\na\r\n").fault?.kind == .oversized)
  }

  @Test("Extensions and trailers of one response do not count against the next")
  func countedAnew() {
    let long = String(repeating: "e", count: 4_000)
    let bytes = response(
      "HTTP/1.1 200 OK", "Transfer-Encoding: chunked",
      content: "1;\(long)\r\na\r\n0;\(long)\r\nX-Trailer: \(String(repeating: long, count: 16))\r\n\r\n")
    var parser = ResponseParser()
    for _ in 0..<3 {
      let seen = observe(bytes, with: &parser)
      #expect(seen.ending == .complete)
      #expect(seen.consumed == bytes.count)
    }
  }

  @Test("Trailers are passed over and do not replace fields of the head")
  func trailers() {
    let seen = observe(
      response(
        "HTTP/1.1 200 OK", "X-Backend: head", "Transfer-Encoding: chunked",
        content: "0\r\nX-Backend: trailer\r\nContent-Length: 5\r\n\r\n"))
    #expect(seen.ending == .complete)
    #expect(seen.head?.backend == Array("head".utf8))
    #expect(seen.contentLength == 0)
  }
}
