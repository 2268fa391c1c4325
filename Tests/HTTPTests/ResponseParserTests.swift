import Testing

@testable import HTTP

/// A message that RFC 9112 allows, and what it says.
struct ValidMessage: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  var toHead = false
  var status = 200
  var keepsAlive = true
  var content = ""
  var contentLength: Int?
  var backend: String?
  var generation: String?
  /// Bytes behind the response, which belong to nobody.
  var leftover = 0

  var testDescription: String { name }

  init(
    _ name: String, _ text: String, toHead: Bool = false, status: Int = 200, keepsAlive: Bool = true,
    content: String = "", backend: String? = nil, generation: String? = nil, leftover: Int = 0
  ) {
    self.name = name
    self.bytes = Array(text.utf8)
    self.toHead = toHead
    self.status = status
    self.keepsAlive = keepsAlive
    self.content = content
    self.backend = backend
    self.generation = generation
    self.leftover = leftover
  }

  static let large = ValidMessage(
    "a head of 60 KiB",
    "HTTP/1.1 200 OK\r\nX-Backend: a\r\n"
      + (0..<60).map { "X-Fill-\($0): " + String(repeating: "v", count: 1_000) + "\r\n" }.joined()
      + "X-Generation: last\r\nContent-Length: 2\r\n\r\nok",
    content: "ok", backend: "a", generation: "last")

  static let small: [ValidMessage] = [
    ValidMessage("Content-Length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", content: "hello"),
    ValidMessage("Content-Length 0", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ValidMessage(
      "a length with leading zeros", "HTTP/1.1 200 OK\r\nContent-Length: 000000000000000002\r\n\r\nhi", content: "hi"),
    ValidMessage(
      "bytes behind the content", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP", content: "hi", leftover: 4),
    ValidMessage(
      "chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", content: "hello!"),
    ValidMessage(
      "chunks with extensions and trailers",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\n"
        + "3;a=1;b=\"x y\"\r\nabc\r\n2 \t;c\r\nde\r\n1 \r\nf\r\n00;z\r\nX-Sum: 1\r\nX-More:\r\n folded\r\n\r\nrest",
      content: "abcdef", leftover: 4),
    ValidMessage(
      "chunk sizes in both cases",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nB\r\n01234567890\r\n00c\r\nabcdefghijkl\r\n000\r\n\r\n",
      content: "01234567890abcdefghijkl"),
    ValidMessage(
      "line ends and chunk ends inside a chunk",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n",
      content: "\r\n0\r\n\r\n\r\n"),
    ValidMessage(
      "a second coding before chunked",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, , chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n",
      content: "z"),
    ValidMessage(
      "codings on two lines",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n",
      content: "z"),
    ValidMessage(
      "content until the connection closes", "HTTP/1.1 200 OK\r\nX-Backend: b\r\n\r\nall of it",
      keepsAlive: false, content: "all of it", backend: "b"),
    ValidMessage(
      "an unknown coding until the connection closes", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nzzz",
      keepsAlive: false, content: "zzz"),
    ValidMessage("no content until the connection closes", "HTTP/1.1 500 Oh\r\n\r\n", status: 500, keepsAlive: false),
    ValidMessage(
      "100 and 103 before the final response",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Backend: early\r\nConnection: close\r\n\r\n"
        + "HTTP/1.1 201 Made\r\nContent-Length: 1\r\nX-Generation: 7\r\n\r\n!",
      status: 201, content: "!", generation: "7"),
    ValidMessage(
      "204", "HTTP/1.1 204 No Content\r\nX-Backend: n\r\n\r\nHT", status: 204, backend: "n", leftover: 2),
    ValidMessage(
      "304 with Content-Length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 900\r\n\r\n", status: 304),
    ValidMessage("HEAD with Content-Length", "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", toHead: true),
    ValidMessage("HEAD with chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", toHead: true),
    ValidMessage("HEAD without framing", "HTTP/1.1 200 OK\r\n\r\n", toHead: true),
    ValidMessage("no reason phrase", "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx", content: "x"),
    ValidMessage("no space after the status", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", content: "x"),
    ValidMessage(
      "an unusual status and a reason in UTF-8", "HTTP/1.1 999 schön\r\nContent-Length: 0\r\n\r\n", status: 999),
    ValidMessage(
      "HTTP/1.0 with a length", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", keepsAlive: false, content: "x"),
    ValidMessage(
      "HTTP/1.0 with keep-alive", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
      content: "x"),
    ValidMessage(
      "HTTP/1.0 with keep-alive, but no length", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nx",
      keepsAlive: false, content: "x"),
    ValidMessage(
      "Connection: close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", keepsAlive: false,
      content: "x"),
    ValidMessage(
      "several connection options",
      "HTTP/1.1 200 OK\r\nConnection: keep-alive, ,X-Hop\t,\tCLOSE\r\nContent-Length: 0\r\n\r\n", keepsAlive: false),
    ValidMessage(
      "options that only look like close",
      "HTTP/1.1 200 OK\r\nConnection: closed, not-close\r\nconnection: foreclose\r\nContent-Length: 0\r\n\r\n"),
    ValidMessage(
      "close beside keep-alive on another line",
      "HTTP/1.0 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", keepsAlive: false),
    ValidMessage(
      "folded lines",
      "HTTP/1.1 200 OK\r\nX-Backend: a,\r\n b\r\n\t \r\nContent-Length:\r\n 3\r\nX-Generation: c\r\n\r\nabc",
      content: "abc", backend: "a,   b", generation: "c"),
    ValidMessage(
      "empty values", "HTTP/1.1 200 OK\r\nX-Backend:\r\nX-Generation: \t \r\nContent-Length:0\r\n\r\n", backend: "",
      generation: ""),
    ValidMessage(
      "blanks around values, the last of two counting",
      "HTTP/1.1 200 OK\r\nX-BACKEND: no\r\nx-backend:\t a b \t\r\nX-Backends: c\r\nX-Backen: d\r\nContent-Length: 1  \r\n\r\nx",
      content: "x", backend: "a b"),
  ]

  /// Whether an outcome is what the message says.
  func check(_ outcome: Outcome) {
    #expect(outcome.end == .complete)
    #expect(outcome.isSound)
    #expect(outcome.status == status)
    #expect(outcome.keepsAlive == keepsAlive)
    #expect(outcome.content == Array(content.utf8))
    #expect(outcome.contentLength == UInt64(content.utf8.count))
    #expect(outcome.backend == backend.map { Array($0.utf8) })
    #expect(outcome.generation == generation.map { Array($0.utf8) })
    #expect(outcome.consumed == bytes.count - leftover)
  }
}

@Suite struct ResponseParserTests {
  @Test("Every valid message is read for what it says", arguments: ValidMessage.small + [.large])
  func whole(message: ValidMessage) {
    message.check(outcome(of: message.bytes, toHead: message.toHead))
  }

  @Test("Cut in two anywhere, a message reads as it does whole", arguments: ValidMessage.small + [.large])
  func cutInTwo(message: ValidMessage) {
    let whole = outcome(of: message.bytes, toHead: message.toHead)
    let count = message.bytes.count
    // Of the large one: every position near both ends, where the lines differ, and every 509th between.
    let cuts = (0...count).filter { count < 1_000 || $0 < 60 || $0 > count - 60 || $0 % 509 == 0 }
    let different = cuts.filter { outcome(of: message.bytes, cuts: [$0], toHead: message.toHead) != whole }
    #expect(different.isEmpty)
  }

  @Test("Cut in three anywhere, a small message reads as it does whole", arguments: ValidMessage.small)
  func cutInThree(message: ValidMessage) {
    let whole = outcome(of: message.bytes, toHead: message.toHead)
    var different: [[Int]] = []
    for first in 0...message.bytes.count {
      for second in first...message.bytes.count
      where outcome(of: message.bytes, cuts: [first, second], toHead: message.toHead) != whole {
        different.append([first, second])
      }
    }
    #expect(different.isEmpty)
  }

  @Test("In single bytes a message reads as it does whole", arguments: ValidMessage.small + [.large])
  func singleBytes(message: ValidMessage) {
    let whole = outcome(of: message.bytes, toHead: message.toHead)
    let count = message.bytes.count
    #expect(outcome(of: message.bytes, cuts: 1..<count, toHead: message.toHead) == whole)
    #expect(outcome(of: message.bytes, cuts: stride(from: 7, to: count, by: 7), toHead: message.toHead) == whole)
  }

  @Test("One parser reads all messages one after the other, and what came before leaves no trace")
  func reused() {
    var parser = ResponseParser()
    for _ in 0..<2 {
      for message in ValidMessage.small.reversed() + [.large] {
        message.check(parser.outcome(of: message.bytes, cuts: [10], toHead: message.toHead))
      }
    }
  }

  @Test("Of two responses back to back, the first ends exactly where the second begins")
  func backToBack() {
    let framed = ValidMessage.small.filter { message in
      message.leftover == 0 && (message.keepsAlive || message.name.hasPrefix("Connection"))
    }
    for first in framed {
      for second in framed {
        let both = outcome(of: first.bytes + second.bytes, toHead: first.toHead)
        #expect(both.consumed == first.bytes.count, "\(first.name), \(second.name)")
        let rest = outcome(of: Array((first.bytes + second.bytes)[both.consumed...]), toHead: second.toHead)
        #expect(rest == outcome(of: second.bytes, toHead: second.toHead), "\(first.name), \(second.name)")
      }
    }
  }

  @Test("A head is handed out whole, with its folds joined")
  func handedOut() throws {
    let fields = FieldSelection(backend: nil)
    var bytes = Array("HTTP/1.0 404 Not Found\r\nA: 1\r\nb:2,\r\n 3\r\nB: \u{e9}\r\nEmpty:\r\n\r\n".utf8)
    var parser = ResponseParser()
    parser.begin(expectsNoContent: false)
    let startedEarly = parser.hasStarted
    #expect(!startedEarly)
    try bytes.withUnsafeMutableBytes { bytes in
      let step = try parser.consume(bytes, selecting: fields)
      #expect(step == .head)
      let length = parser.head.count
      #expect(length == bytes.count)
      let selected = [parser.value(of: 0), parser.value(of: 1)].compactMap { $0 }
      #expect(selected.isEmpty)
      let head = ResponseHead(parser)
      #expect(head.status == 404)
      #expect(head.minorVersion == 0)
      #expect(
        head.fields == [
          HeaderField(name: "A", value: "1"), HeaderField(name: "b", value: "2,   3"),
          HeaderField(name: "B", value: "\u{e9}"), HeaderField(name: "Empty", value: ""),
        ])
      #expect(head.value(of: "B") == "\u{e9}")
      #expect(head.value(of: "empty") == "")
      #expect(head.value(of: "c") == nil)
    }
    let hasStarted = parser.hasStarted
    #expect(hasStarted)
  }

  @Test("Content is kept up to the limit and counted beyond it")
  func captured() throws {
    let fields = FieldSelection(backend: nil)
    var parser = ResponseParser()
    parser.captureLimit = 4
    for _ in 0..<2 {
      parser.begin(expectsNoContent: false)
      var bytes = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n".utf8)
      try bytes.withUnsafeMutableBytes { bytes in
        let step = try parser.consume(bytes, selecting: fields)
        #expect(step == .head)
        let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[parser.consumed...])
        let last = try parser.consume(rest, selecting: fields)
        #expect(last == .complete)
      }
      let (captured, length) = (parser.captured, parser.contentLength)
      #expect(captured == Array("abcd".utf8))
      #expect(length == 6)
    }
  }
}
