extension ResponseGenerator {
  /// Changes the draft in one place so that it has exactly one fault.
  mutating func breakOnce() {
    if draft.framing == .chunked, random.once(in: 2) {
      if random.once(in: 3) { breakTrailers() } else { breakChunk() }
    } else {
      made.head = nil
      switch random.number(0...3) {
      case 0: breakStatusLine()
      case 1: breakFraming()
      case 2: breakLine()
      default: breakInterim()
      }
    }
    made.bytes = draft.interimBytes + draft.headBytes + draft.contentBytes
  }

  private mutating func fail(_ reason: String) { made.ending = .malformed(reason) }

  /// A byte that is none of those given.
  private mutating func byte(but others: UInt8...) -> UInt8 {
    let byte = UInt8(truncatingIfNeeded: random.next())
    return others.contains(byte) ? UInt8(ascii: "~") : byte
  }

  // MARK: The head

  private mutating func breakStatusLine() {
    let rest = draft.head[0].bytes.dropFirst(12)
    switch random.number(0...2) {
    case 0:
      let index = random.number(0...6)
      draft.head[0].bytes[index] = byte(but: draft.head[0].bytes[index], 10)
      fail("the response does not begin with HTTP/1.")
    case 1:
      let start = random.pick([
        "HTTP/1.1 099", "HTTP/1.1 20x", "HTTP/1.1  200", "HTTP/1.1\t200", "HTTP/1.1 2000", "HTTP/1.x 200",
        "HTTP/1.10 200",
        "HTTP/1.1 200OK", "HTTP/1.1 -20", "HTTP/1.1 2\u{0}0",
      ])
      draft.head[0] = .init(Array(start.utf8) + rest)
      if random.once(in: 4) { draft.head[0] = .init(random.pick(["HTTP/1.1", "HTTP/1.1 20", "HTTP/1."])) }
      fail("the status line is not 'HTTP/1.x NNN reason'")
    default:
      draft.head[0] = .init(Array("HTTP/1.1 200 ".utf8) + text(9) + [random.pick([0, 13])] + text(9))
      fail("a NUL or bare CR in the status line")
    }
  }

  private mutating func breakLine() {
    switch random.number(1...3) {
    case 1:
      let line = random.pick([
        "No colon", ": no name", "", "Space : before colon", "Tab\t: x", "(comment): x", "Nul\0: x", "Ünicode: x",
        "R\r: x",
      ])
      insert(line.isEmpty ? .init([random.pick(Self.controls), 58]) : .init(line))
      fail("a header line is not 'name: value'")
    case 2:
      draft.head.insert(.init([random.pick(Self.blanks)] + text(9)), at: 1)
      fail("a header line is not 'name: value'")
    default:
      insert(.init(Array("X-Control:".utf8) + text(9) + [random.pick([0, 13])] + text(9)))
      fail("a NUL or bare CR in a header value")
    }
  }

  /// Puts a line somewhere among the fields, but not into a folded one.
  private mutating func insert(_ line: ResponseDraft.Line) {
    let places = (1...draft.head.count).filter { place in
      place == draft.head.count || !Self.blanks.contains(draft.head[place].bytes[0])
    }
    draft.head.insert(line, at: random.pick(places))
  }

  private mutating func breakFraming() {
    switch random.number(0...7) {
    case 0:
      for _ in 0..<2 { insert(.init("Content-Length: \(random.number(0...99))")) }
      fail("Content-Length is stated twice")
    case 1:
      let value = random.pick(["-1", "+5", "0x5", "5, 5", "5;", "5 5", "five", "", "5.0", "1e3", "٥", "\u{A0}5"])
      draft.head.insert(.init("Content-Length: \(value)"), at: 1)
      fail("Content-Length is not a number")
    case 2:
      draft.head.insert(.init("Content-Length: " + String(repeating: "9", count: random.number(19...40))), at: 1)
      fail("Content-Length has more than 18 digits")
    case 3:
      if !statesLength { insert(.init("Content-Length: 5")) }
      if !statesCoding { insert(.init("Transfer-Encoding: \(random.pick(["chunked", "gzip", ""]))")) }
      fail("both Content-Length and Transfer-Encoding")
    case 4 where !statesLength:
      draft.head[0].bytes[7] = UInt8(ascii: "0")
      if !statesCoding { insert(.init("Transfer-Encoding: chunked")) }
      fail("Transfer-Encoding in an HTTP/1.0 response")
    case 5:
      let lines = random.pick([
        ["Content-Length:", " 5"], ["Content-Length: 5", "\t"], ["Transfer-Encoding: gzip,", " chunked"],
        ["transfer-encoding: chunked", " "],
      ])
      draft.head.insert(contentsOf: lines.map { ResponseDraft.Line($0) }, at: 1)
      if random.once(in: 2) { draft.head[1].ending = [10] }
      fail("a length or coding is folded over several lines")
    case 6:
      let control = random.pick(Self.controls.filter { $0 != 0 && $0 != 13 })
      let value = random.once(in: 2) ? [control] + Array("chunked".utf8) : Array("chunked".utf8) + [control]
      draft.head.insert(.init(Array("Transfer-Encoding: ".utf8) + value), at: 1)
      fail("a control character in Transfer-Encoding")
    default:
      let value = random.pick(["chunked, gzip", "chunked,,chunked", "gzip, CHUNKED , identity"])
      draft.head.insert(.init("Transfer-Encoding: \(value)"), at: 1)
      fail("chunked is not the last transfer coding")
    }
  }

  private mutating func breakInterim() {
    switch random.number(0...9) {
    case 0:
      // Dear to make and to read, so rare.
      guard random.once(in: 8) else { fallthrough }
      insert(.init("X-Large: " + String(repeating: "v", count: 65_536)))
      made.ending = .oversized("the head is longer than 64 KiB")
    case 1...4:
      let interim: [ResponseDraft.Line] = [.init("HTTP/1.1 103 Early Hints"), .init("Link: </a.css>")]
      draft.interim += Array(repeating: interim, count: 33 - draft.interim.count)
      made.ending = .oversized("more than 32 interim responses")
    default:
      let place = random.number(0...min(draft.interim.count, 31))
      draft.interim.insert([.init("HTTP/1.1 101 Switching Protocols"), .init("Upgrade: h2c")], at: place)
      fail("101 Switching Protocols without a request for it")
    }
  }

  // MARK: Chunks and trailers

  private mutating func breakChunk() {
    let kind = random.number(0...7)
    guard kind < 6, let place = draft.chunks.indices.randomElement(using: &random) else {
      draft.lastChunk = broken(draft.lastChunk)
      return
    }
    guard kind < 2 else {
      draft.chunks[place].size = broken(draft.chunks[place].size)
      return
    }
    if kind == 0 {
      draft.chunks[place].content.ending = [byte(but: 13), 13, 10]
      fail("a chunk is longer than its size says")
    } else {
      draft.chunks[place].content.ending = [13, byte(but: 10)]
      fail("a chunk does not end in CRLF")
    }
  }

  private mutating func broken(_ sizeLine: ResponseDraft.Line) -> ResponseDraft.Line {
    var line = sizeLine
    switch random.number(0...5) {
    case 0:
      line = .init(random.pick(["", "g", "-1", "+1", "0x5", " 5", ";a", "5g", "5,", "5\n", "\0", "٥"]))
      fail("a chunk size is not hexadecimal")
    case 1:
      let zeros = String(repeating: "0", count: random.number(0...20))
      line = .init(zeros + String(repeating: random.pick(["1", "f"]), count: random.number(16...20)))
      fail("a chunk size has more than 15 digits")
    case 2:
      line = .init("5\(random.pick([" ", "\t "]))\(random.pick(["5", "\n", "x", "\0", ","]))")
      fail("a chunk size is followed by neither CRLF nor an extension")
    case 3:
      let control = random.pick(Self.controls.filter { $0 != 13 } + [10])
      line = .init(Array("5;".utf8) + text(9) + [control] + text(9))
      fail("a control character in a chunk extension")
    case 4:
      line.ending = [13, byte(but: 10)]
      fail("a chunk size does not end in CRLF")
    default:
      line = .init("5;" + String(repeating: "e", count: random.number(4_096...5_000)))
      made.ending = .oversized("a line with a chunk size over 4 KiB")
    }
    return line
  }

  private mutating func breakTrailers() {
    let last = draft.trailers.count - 1
    switch random.number(0...9) {
    case 0...2:
      let line = random.pick(["no colon", "none", ": x", "A : x", "HTTP/1.1 200 OK", "Nul\0: x", "\n"])
      draft.trailers.append(.init(line))
      fail("a trailer line is not 'name: value'")
    case 3...4:
      draft.trailers.append(.init(Array("X-Control:".utf8) + text(9) + [random.pick([0, 10])] + text(9)))
      fail("a NUL or bare LF in a trailer")
    case 5...6 where last >= 0:
      draft.trailers[last].ending = [13, byte(but: 10)]
      fail("a trailer line does not end in CRLF")
    case 7 where random.once(in: 8):
      draft.trailers.append(.init("X-Large: " + String(repeating: "v", count: 65_536)))
      made.ending = .oversized("trailers over 64 KiB")
    default:
      draft.trailersEnd.ending = [13, byte(but: 10)]
      fail("the trailers do not end in CRLF")
    }
  }
}
