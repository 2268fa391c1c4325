import Testing

@testable import HTTP

/// A message that must be refused, and why.
struct HostileMessage: Sendable, CustomTestStringConvertible {
  let name: String
  let kind: ResponseFault.Kind
  let bytes: [UInt8]

  var testDescription: String { name }

  init(_ name: String, _ bytes: [UInt8], _ kind: ResponseFault.Kind = .malformed) {
    (self.name, self.kind, self.bytes) = (name, kind, bytes)
  }

  init(_ name: String, _ text: String, _ kind: ResponseFault.Kind = .malformed) {
    self.init(name, Array(text.utf8), kind)
  }

  private static func fields(_ lines: String, _ name: String? = nil) -> HostileMessage {
    HostileMessage(name ?? lines.debugDescription, "HTTP/1.1 200 OK\r\n\(lines)\r\n\r\nhello hello")
  }

  private static func chunks(
    _ text: String, _ kind: ResponseFault.Kind = .malformed, _ name: String? = nil
  ) -> HostileMessage {
    HostileMessage(
      "chunks " + (name ?? text.debugDescription), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(text)",
      kind)
  }

  private static func long(_ count: Int) -> String { String(repeating: "a", count: count) }

  static let framing: [HostileMessage] =
    [
      "-1", "+5", "0x5", "five", "5 5", "5, 5", "5,", "5;", "", " ", "5.0", "1e3", "1000000000000000000",
      "9999999999999999999", "18446744073709551616", "٥",
    ].map { fields("Content-Length: \($0)") } + [
      fields("Content-Length: 5\r\nContent-Length: 5"),
      fields("Content-Length: 5\r\ncontent-length: 6"),
      fields("Content-Length: 5\r\n 6"),
      fields("Content-Length: 5\r\nTransfer-Encoding: chunked"),
      fields("Transfer-Encoding: chunked\r\nContent-Length: 5"),
      fields("Transfer-Encoding: gzip\r\nContent-Length: 5"),
      fields("Transfer-Encoding:\r\nContent-Length: 5"),
      fields("Transfer-Encoding: chunked, gzip"),
      fields("Transfer-Encoding: chunked, chunked"),
      fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
      fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"),
      HostileMessage("chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ]

  static let lines: [HostileMessage] = [
    fields("Server: a\nX: b", "a bare LF after a header"),
    fields("Server: a\r\n\nX: b", "a bare LF as a line"),
    HostileMessage("a bare LF after the status line", "HTTP/1.1 200 OK\nServer: a\r\n\r\n"),
    HostileMessage("a bare LF at the end of the head", "HTTP/1.1 200 OK\r\nServer: a\r\n\n"),
    HostileMessage("bare LFs throughout", "HTTP/1.1 200 OK\n\n"),
    HostileMessage("a bare CR in the status line", "HTTP/1.1 200 O\rK\r\n\r\n"),
    fields("Server: a\rb", "a bare CR in a value"),
    fields("Server: a\r", "a CR before CRLF"),
    fields("Ser\rver: a", "a bare CR in a name"),
    HostileMessage("NUL in the status line", "HTTP/1.1 200 O\0K\r\n\r\n"),
    fields("Ser\0ver: a", "NUL in a name"),
    fields("Server: a\0b", "NUL in a value"),
    fields("Server: a\u{7f}", "DEL in a value"),
    fields("Server: a\u{1b}[2J", "ESC in a value"),
    fields("Server : a"), fields("Server\t: a"), fields("Server a"), fields("Server"), fields(": a"),
    fields(" Server: a"),
    fields("Sérver: a"), fields("Server\r\n : a"), fields("\"Server\": a"), fields("\r: a"),
  ]

  static let openings: [HostileMessage] = [
    HostileMessage("SSH", "SSH-2.0-x\r\n"), HostileMessage("SMTP", "220 smtp ready\r\n"),
    HostileMessage("a TLS alert", [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]),
    HostileMessage("HTTP/2 settings", [0, 0, 6, 4, 0, 0, 0, 0, 0]),
    HostileMessage("HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n"), HostileMessage("HTTP/0.9", "<html>"),
    HostileMessage("lower case", "http/1.1 200 OK\r\n\r\n"),
    HostileMessage("an empty line first", "\r\nHTTP/1.1 200\r\n\r\n"),
  ]

  static let statusLines: [HostileMessage] = [
    "HTTP/1.1 99 Low", "HTTP/1.1 099 Low", "HTTP/1.1 000 None", "HTTP/1.1 1000 High", "HTTP/1.1 abc Word",
    "HTTP/1.1 2x0 OK",
    "HTTP/1.1 -20 OK", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1  200 OK", "HTTP/1.1\t200 OK",
    "HTTP/1.1 200\tOK",
    "HTTP/1.x 200 OK", "HTTP/1.11 200 OK", "HTTP/1. 200 OK", "HTTP/1.1 200OK",
  ].map { HostileMessage($0, "\($0)\r\nContent-Length: 0\r\n\r\n") }

  static let chunked: [HostileMessage] = [
    chunks("\r\n"), chunks("-1\r\n"), chunks("+1\r\n"), chunks("g\r\n"), chunks("0x1\r\n"), chunks(" 1\r\n"),
    chunks(";a\r\n"),
    chunks("0000000000000001\r\n"), chunks("FFFFFFFFFFFFFFFF\r\n"), chunks("5\n"), chunks("5\rhello"),
    chunks("5 5\r\n"),
    chunks("5 \n"), chunks("5;a\n"), chunks("5;a\rb"), chunks("5;a\0b\r\n"), chunks("5\r\nhello!\r\n"),
    chunks("5\r\nhello\n"),
    chunks("5\r\nhello\r5"), chunks("5\r\nhello0\r\n\r\n"), chunks("0\r\n\n"), chunks("0\r\n\rX"),
    chunks("0\r\nX: a\n"),
    chunks("0\r\nX: a\0b\r\n"), chunks("0\r\nX\0: a\r\n"), chunks("0\r\nX: a\rb"), chunks("0\r\nX : a\r\n"),
    chunks("0\r\nX\r\n"), chunks("0\r\n: a\r\n"), chunks("0\r\n X: a\r\n"), chunks("0\r\nHTTP/1.1 200 OK\r\n"),
    chunks("5;" + long(5_000), .oversized, "with an endless extension"),
    chunks("5" + String(repeating: " ", count: 5_000), .oversized, "with endless blanks after a size"),
    chunks("0\r\nX: " + long(70_000), .oversized, "with an endless trailer"),
    chunks("0\r\n" + long(70_000), .oversized, "with an endless trailer name"),
    chunks("0\r\n" + String(repeating: "X: a\r\n", count: 20_000), .oversized, "with endlessly many trailers"),
  ]

  static let oversized: [HostileMessage] = [
    HostileMessage(
      "a head of many lines",
      "HTTP/1.1 200 OK\r\n" + String(repeating: "X: aaaaaaaa\r\n", count: 6_000) + "\r\n", .oversized),
    HostileMessage("one endless line", "HTTP/1.1 200 OK\r\nX: " + long(70_000), .oversized),
    HostileMessage("an endless reason", "HTTP/1.1 200 " + long(70_000) + "\r\n\r\n", .oversized),
    HostileMessage("an endless line with a fault at its end", "HTTP/1.1 200 " + long(70_000) + "\n\n", .oversized),
    HostileMessage("endless folds", "HTTP/1.1 200 OK\r\nX: a" + String(repeating: "\r\n b", count: 20_000), .oversized),
    HostileMessage("a flood of 1xx", String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: 40), .oversized),
  ]

  static let interim: [HostileMessage] = [
    HostileMessage("101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
    HostileMessage("101 after 100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n"),
    HostileMessage("rubbish after 100", "HTTP/1.1 100 Continue\r\n\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
  ]

  static let all = framing + lines + openings + statusLines + chunked + oversized + interim
}

@Suite struct HostileResponseTests {
  @Test("Every hostile message is refused for the right reason, whole or in pieces", arguments: HostileMessage.all)
  func refused(message: HostileMessage) throws {
    let whole = outcome(of: message.bytes)
    let fault = try #require(whole.fault)
    #expect(fault.kind == message.kind)
    #expect(!fault.description.isEmpty)
    let count = message.bytes.count
    #expect(outcome(of: message.bytes, cuts: 1..<count) == whole)
    for cut in stride(from: 1, to: count, by: max(1, count / 150)) {
      let parted = outcome(of: message.bytes, cuts: [cut])
      #expect(parted == whole, "cut at \(cut)")
    }
  }

  @Test("A head of exactly 64 KiB is read, one byte more is too much")
  func headLimit() {
    func head(_ count: Int) -> [UInt8] {
      let start = "HTTP/1.1 204 No Content\r\nX-Backend: a\r\nX: "
      return Array((start + String(repeating: "v", count: count - start.utf8.count - 4) + "\r\n\r\n").utf8)
    }
    for cuts in [[], [40_000], [65_535], [65_536]] {
      let fits = outcome(of: head(65_536), cuts: cuts)
      #expect(fits.end == .complete && fits.headLength == 65_536)
      #expect(outcome(of: head(65_537), cuts: cuts).fault?.kind == .oversized)
    }
  }

  @Test("What only comes near a limit is read")
  func nearLimits() {
    let hints = String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: 32)
    #expect(outcome(of: hints + "HTTP/1.1 204 No Content\r\n\r\n").status == 204)
    let extensions = String(repeating: "1;" + String(repeating: "e", count: 4_000) + "\r\nx\r\n", count: 10)
    let trailers = String(repeating: "X: a\r\n", count: 10_000)
    let chunked = outcome(of: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(extensions)0\r\n\(trailers)\r\n")
    #expect(chunked.end == .complete && chunked.contentLength == 10)
    let most = outcome(of: "HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999\r\n\r\nx")
    #expect(most.end == .cutShort)
    let large = outcome(of: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nx")
    #expect(large.end == .cutShort)
  }

  @Test("A foreign protocol is noticed at its first wrong byte", arguments: HostileMessage.openings)
  func firstWrongByte(message: HostileMessage) throws {
    let opening = Array("HTTP/1.".utf8)
    let right = zip(message.bytes, opening).prefix { $0 == $1 }.count
    #expect(outcome(of: message.bytes.prefix(right) + []).fault == nil)
    #expect(outcome(of: message.bytes.prefix(right + 1) + []).fault?.kind == .malformed)
    #expect(outcome(of: message.bytes.prefix(right + 1) + [], cuts: 1..<max(1, right + 1)).fault?.kind == .malformed)
  }

  @Test("A response is complete at its last byte and cut short at every byte before", arguments: ValidMessage.small)
  func cutShort(message: ValidMessage) {
    let whole = outcome(of: message.bytes, toHead: message.toHead)
    let isUntilClose =
      !message.toHead && message.name.contains("until the connection") || message.name.contains("no length")
    for count in 0..<whole.consumed {
      let part = outcome(of: Array(message.bytes[..<count]), toHead: message.toHead)
      #expect(part.fault == nil)
      #expect(part.end == (isUntilClose && count >= whole.headLength ? .complete : .cutShort), "\(count) bytes")
    }
  }

  @Test("The end of the connection completes only what lasts until then")
  func finishing() {
    var parser = ResponseParser()
    func finishes(_ text: String) -> Bool { outcome(of: text).end == .complete }
    parser.begin(expectsNoContent: false)
    let early = parser.finish()
    #expect(!early)
    #expect(!finishes(""))
    #expect(!finishes("HTTP/1.1 200 OK\r\n"))
    #expect(!finishes("HTTP/1.1 100 Continue\r\n\r\n"))
    #expect(!finishes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"))
    #expect(!finishes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"))
    #expect(finishes("HTTP/1.1 200 OK\r\n\r\n"))
    #expect(finishes("HTTP/1.0 200 OK\r\n\r\nhello"))
  }

  @Test("After a fault the parser reads the next response as if nothing had been")
  func recovers() {
    var parser = ResponseParser()
    for hostile in HostileMessage.all {
      let bad = parser.outcome(of: hostile.bytes, cuts: [1], toHead: false)
      #expect(bad.fault != nil)
      let good = ValidMessage.small[4]
      good.check(parser.outcome(of: good.bytes, cuts: [1], toHead: false))
    }
  }

  @Test("Twenty thousand mutated messages never trap, and their pieces make no difference", arguments: 0..<4)
  func fuzz(seed: Int) {
    var generator = SplitMix64(seed: UInt64(seed) + 0x1b)
    let seeds = (ValidMessage.small.map(\.bytes) + HostileMessage.all.map(\.bytes)).filter { $0.count < 400 }
    let inserts = [
      "\r\n", "\r", "\n", "\0", ":", " ", "\t", ",", ";", "0", "f", "HTTP/1.1 ", "chunked", "Content-Length: 1\r\n",
      "Transfer-Encoding: chunked\r\n", "\r\n\r\n", "0\r\n\r\n", "Connection: close\r\n", "\u{ff}",
    ].map { Array($0.utf8) }
    for _ in 0..<5_000 {
      var bytes = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 1...6, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes.insert(contentsOf: inserts[Int.random(in: 0..<inserts.count, using: &generator)], at: place)
        case 1: bytes.removeSubrange(place..<end)
        case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 3: for index in place..<end { bytes[index] = .random(in: 0...255, using: &generator) }
        case 4: for index in place..<end { bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
        default:
          let other = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
          bytes = Array(bytes[..<place] + other[Int.random(in: 0...other.count, using: &generator)...])
        }
      }
      let toHead = generator.next() % 8 == 0
      let count = bytes.count
      let cuts = (0..<Int.random(in: 0...6, using: &generator)).map { _ in Int.random(in: 0...count, using: &generator)
      }
      let whole = outcome(of: bytes, toHead: toHead)
      let parted = outcome(of: bytes, cuts: cuts.sorted(), toHead: toHead)
      #expect(whole.isSound && whole == parted, "\(bytes.map { String($0, radix: 16) }) at \(cuts.sorted())")
    }
  }
}
