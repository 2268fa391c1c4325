import HTTP
import Testing

@Suite("Reading responses")
struct ResponseParserTests {
  @Test("A valid message gives its status, fields, content and length", arguments: ValidMessage.all + [.long])
  func reading(_ message: ValidMessage) {
    let seen = observe(message.bytes, expectsNoContent: message.expectsNoContent)
    #expect(seen.ending == (message.endsOnClose ? .closed : .complete))
    #expect(seen.head?.status == message.status)
    #expect(seen.head?.keepsAlive == message.keepsAlive)
    #expect(seen.head?.backend == message.backend.map { Array($0.utf8) })
    #expect(seen.head?.generation == message.generation.map { Array($0.utf8) })
    #expect(seen.content == Array(message.content.utf8))
    #expect(seen.contentLength == UInt64(message.content.utf8.count))
    #expect(seen.consumed == message.bytes.count)
    #expect(seen.hasStarted)
    #expect(Leniency.allCases.filter(seen.leniencies.contains) == message.leniencies)
  }

  @Test("Where a message is cut in two makes no difference", arguments: ValidMessage.all)
  func everyCut(_ message: ValidMessage) {
    let whole = observe(message.bytes, expectsNoContent: message.expectsNoContent)
    for cut in 0...message.bytes.count {
      let parted = observe(message.bytes, cuts: [cut], expectsNoContent: message.expectsNoContent)
      #expect(parted == whole, "cut at \(cut)")
    }
  }

  @Test("Single bytes give what the whole message gives", arguments: ValidMessage.all + [.long])
  func singleBytes(_ message: ValidMessage) {
    let whole = observe(message.bytes, expectsNoContent: message.expectsNoContent)
    let parted = observe(
      message.bytes, cuts: 0...message.bytes.count, expectsNoContent: message.expectsNoContent)
    #expect(parted == whole)
  }

  @Test("Where a small message is cut in three makes no difference", arguments: ValidMessage.all.filter(\.isSmall))
  func everyPairOfCuts(_ message: ValidMessage) {
    let whole = observe(message.bytes, expectsNoContent: message.expectsNoContent)
    for first in 1..<message.bytes.count {
      for second in first..<message.bytes.count {
        let parted = observe(message.bytes, cuts: [first, second], expectsNoContent: message.expectsNoContent)
        if parted != whole { Issue.record("cut at \(first) and \(second)") }
      }
    }
  }

  @Test("Where a long head is cut makes no difference")
  func longHead() {
    let message = ValidMessage.long
    let whole = observe(message.bytes)
    // Around every size at which the gathering buffer grows, around the end, and here and there between.
    let borders = [1, 4_096, 16_384, message.bytes.count - 6].flatMap { $0 - 1...$0 + 1 }
    for cut in borders + Array(stride(from: 7, to: message.bytes.count, by: 6_007)) {
      #expect(observe(message.bytes, cuts: [cut]) == whole, "cut at \(cut)")
    }
  }

  @Test("A body whose length is stated may be skipped up to its last byte, beyond 4 GiB as well")
  func skipping() throws {
    func feed(_ text: String, _ parser: inout ResponseParser) throws -> ResponseParser.Step {
      var bytes = Array(text.utf8)
      return try bytes.withUnsafeMutableBytes {
        try parser.consume($0, selecting: FieldSelection(backend: nil, generation: nil))
      }
    }
    var parser = ResponseParser()
    parser.begin(expectsNoContent: false)
    #expect(parser.skippable == 0)
    guard case .head = try feed("HTTP/1.1 200 OK\r\nContent-Length: 13000000000\r\n\r\n", &parser) else {
      Issue.record("no head")
      return
    }
    #expect(parser.skippable == 12_999_999_999)
    for count in [1, 5_000_000_000, 7_999_999_997] as [UInt64] { parser.skip(count) }
    #expect(parser.skippable == 1 && parser.contentLength == 12_999_999_998)
    guard case .needsMore = try feed("x", &parser) else {
      Issue.record("not the last byte")
      return
    }
    #expect(parser.skippable == 0)
    guard case .complete = try feed("xy", &parser) else {
      Issue.record("the last byte")
      return
    }
    #expect(parser.consumed == 1 && parser.contentLength == 13_000_000_000 && parser.skippable == 0)
  }

  @Test(
    "Nothing may be skipped of what is kept, has no length, or is none",
    arguments: [
      "Content-Length: 0", "Transfer-Encoding: chunked", "Connection: close", "Content-Length: 1",
    ])
  func notSkipped(field: String) throws {
    for isKept in [false, true] {
      var parser = ResponseParser()
      parser.captureLimit = isKept ? 10 : 0
      parser.begin(expectsNoContent: false)
      var bytes = Array("HTTP/1.1 200 OK\r\n\(isKept ? "Content-Length: 9" : field)\r\n\r\n".utf8)
      _ = try bytes.withUnsafeMutableBytes {
        try parser.consume($0, selecting: FieldSelection(backend: nil, generation: nil))
      }
      #expect(parser.skippable == 0)
    }
  }

  @Test("Of two responses back to back only the first one's bytes are used", arguments: ValidMessage.all)
  func backToBack(_ message: ValidMessage) {
    guard !message.endsOnClose else { return }
    let second = response("HTTP/1.1 503 Busy", "X-Backend: next", "Content-Length: 3", content: "no!")
    let both = message.bytes + second
    for cut in stride(from: 0, through: both.count, by: 5) {
      var parser = ResponseParser()
      let first = observe(both, cuts: [cut], expectsNoContent: message.expectsNoContent, with: &parser)
      #expect(first.consumed == message.bytes.count, "cut at \(cut)")
      #expect(first.content == Array(message.content.utf8))
      // The same parser goes on where it stopped.
      let next = observe(Array(both[message.bytes.count...]), with: &parser)
      #expect(next.head?.status == 503)
      #expect(next.head?.backend == Array("next".utf8))
      #expect(next.content == Array("no!".utf8))
      #expect(next.consumed == second.count)
    }
  }

  @Test("A body cut short is not completed by the end of the connection", arguments: ValidMessage.all)
  func cutShort(_ message: ValidMessage) {
    guard !message.endsOnClose else { return }
    for length in 0..<message.bytes.count {
      let seen = observe(Array(message.bytes[..<length]), expectsNoContent: message.expectsNoContent)
      #expect(seen.ending == .truncated, "after \(length) bytes")
      #expect(seen.hasStarted == (length > 0))
    }
  }

  @Test("The end of the connection completes a response without a length, but not its head")
  func untilClose() {
    let bytes = response("HTTP/1.1 200 OK", content: "abc")
    for length in 0..<bytes.count {
      let seen = observe(Array(bytes[..<length]))
      #expect(seen.ending == (length < bytes.count - 3 ? .truncated : .closed), "after \(length) bytes")
    }
  }

  @Test("A parser can begin anew after a fault and in the middle of a message")
  func beginningAnew() {
    var parser = ResponseParser()
    let good = [
      ValidMessage.all[0].bytes, response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", content: "0\r\n\r\n"),
      response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", content: "3;a\r\nabc\r\n0\r\n\r\n"),
    ]
    let interruptions = [
      response("SSH-2.0-OpenSSH"), response("HTTP/1.1 200 OK", "Content-Length: x"), Array("HTTP/1.1 200 O".utf8),
      response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", content: "5\r\nhel"),
    ]
    for interruption in interruptions {
      for message in good {
        let broken = observe(interruption, cuts: [3], with: &parser)
        #expect(broken.ending != .complete)
        let seen = observe(message, with: &parser)
        #expect(seen.ending == .complete)
        #expect(seen == observe(message))
      }
    }
  }

  @Test("Content is kept up to the limit, and counted beyond it")
  func captureLimit() {
    var parser = ResponseParser()
    let bytes = response("HTTP/1.1 200 OK", "Content-Length: 10", content: "0123456789")
    for (limit, kept) in [(4, "0123"), (10, "0123456789"), (0, ""), (11, "0123456789")] {
      let seen = observe(bytes, cuts: [bytes.count - 8], captureLimit: limit, with: &parser)
      #expect(seen.content == Array(kept.utf8))
      #expect(seen.contentLength == 10)
    }
  }

  @Test("A parser that is done says so again and uses nothing")
  func afterTheEnd() throws {
    var parser = ResponseParser()
    #expect(observe(response("HTTP/1.1 204 No Content"), with: &parser).ending == .complete)
    let fields = FieldSelection(backend: nil)
    var more = Array("HTTP/1.1".utf8)
    let step = try more.withUnsafeMutableBytes { try parser.consume($0, selecting: fields) }
    let consumed = parser.consumed
    let isFinished = parser.finish()
    #expect(step == .complete)
    #expect(consumed == 0)
    #expect(isFinished)
  }

  @Test("No bytes are no start")
  func noBytes() throws {
    let seen = observe([])
    #expect(seen.ending == .truncated)
    #expect(!seen.hasStarted)
    #expect(seen.head == nil)

    var parser = ResponseParser()
    let step = try parser.consume(
      UnsafeMutableRawBufferPointer(start: nil, count: 0), selecting: FieldSelection(backend: nil))
    let value = parser.value(of: 0)
    #expect(step == .needsMore)
    #expect(value == nil)
  }
}
