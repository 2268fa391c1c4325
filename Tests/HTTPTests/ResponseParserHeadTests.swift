import HTTP
import Testing

@Suite("Reading heads")
struct ResponseParserHeadTests {
  private func head(filledTo size: Int) -> [UInt8] {
    let frame = response("HTTP/1.1 200 OK", "X-Line: ", "Content-Length: 0").count
    return response("HTTP/1.1 200 OK", "X-Line: " + String(repeating: "a", count: size - frame), "Content-Length: 0")
  }

  @Test("A head of 64 KiB is read, one byte more is too many", arguments: [[], [1], [40_000], [65_535]])
  func limit(_ cuts: [Int]) {
    let longest = head(filledTo: ResponseParser.headLimit)
    #expect(longest.count == ResponseParser.headLimit)
    #expect(observe(longest, cuts: cuts).ending == .complete)
    #expect(observe(head(filledTo: ResponseParser.headLimit + 1), cuts: cuts).fault?.kind == .oversized)
  }

  @Test("No more than 64 KiB of a head without end are gathered")
  func bounded() {
    var parser = ResponseParser()
    parser.begin(expectsNoContent: false)
    let fields = FieldSelection(backend: nil)
    var gathered = 0
    var fault: ResponseFault?
    var pieces = (0..<80).map { _ in [UInt8](repeating: UInt8(ascii: "a"), count: 1_000) }
    pieces.insert(Array("HTTP/1.1 200 OK\r\nX-Line: ".utf8), at: 0)
    while fault == nil, !pieces.isEmpty {
      var piece = pieces.removeFirst()
      do {
        _ = try piece.withUnsafeMutableBytes { try parser.consume($0, selecting: fields) }
        gathered += parser.consumed
      } catch {
        fault = error as? ResponseFault
      }
    }
    #expect(fault?.kind == .oversized)
    #expect(gathered < ResponseParser.headLimit && gathered > ResponseParser.headLimit - 1_000)
  }

  @Test(
    "A value may hold any byte but NUL and CR, and controls but a tab are reported", arguments: [1, 7, 8, 9, 16, 19])
  func valueBytes(_ length: Int) {
    for position in 0..<length {
      for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: "\n") {
        var value = [UInt8](repeating: UInt8(ascii: "a"), count: length)
        value[position] = byte
        let message = Array("HTTP/1.1 200 OK\r\nX-Line: ".utf8) + value + Array("\r\nContent-Length: 0\r\n\r\n".utf8)
        let isText = byte == UInt8(ascii: "\t") || byte >= 0x20 && byte != 0x7F
        let seen = observe(message)
        #expect((seen.ending == .complete) == (byte != 0 && byte != 0x0D), "byte \(byte) at \(position)")
        #expect(seen.fault != nil || seen.leniencies.contains(.controlByte) != isText, "byte \(byte) at \(position)")
      }
    }
  }

  @Test("32 interim responses are passed over, one more is too many")
  func interimLimit() {
    let interim = response("HTTP/1.1 103 Early Hints")
    let final = response("HTTP/1.1 200 OK", "Content-Length: 0")
    let most = Array(repeatElement(interim, count: 32).joined())
    #expect(observe(most + final).head?.status == 200)
    #expect(observe(most + interim + final).fault?.kind == .oversized)
    #expect(observe(most + interim + final, cuts: [interim.count * 33]).fault?.kind == .oversized)
  }

  @Test("The longest length that is read has 18 digits")
  func longestLength() {
    let seen = observe(response("HTTP/1.1 200 OK", "Content-Length: 999999999999999999", content: "a"))
    #expect(seen.ending == .truncated)
    #expect(seen.contentLength == 1)
  }

  @Test("Statuses from 200 to 999 are taken as they are, those from 100 but 101 passed over")
  func statuses() {
    for status in 100...999 where status != 101 {
      let seen = observe(response("HTTP/1.1 \(status)", "Content-Length: 0"))
      #expect(seen.head?.status == (status < 200 ? nil : status))
    }
  }

  @Test("The minor version is reported and decides whether the connection goes on")
  func minorVersions() {
    for minor in 0...9 {
      let seen = observe(response("HTTP/1.\(minor) 200 OK", "Content-Length: 0"))
      #expect(seen.head?.minorVersion == UInt8(minor))
      #expect(seen.head?.keepsAlive == (minor > 0))
    }
  }
}
