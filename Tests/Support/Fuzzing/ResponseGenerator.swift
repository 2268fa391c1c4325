/// Makes responses of every kind from pseudo-random numbers: well-formed ones, ones with exactly one fault, and ones that
/// break off, each with what a reader has to make of it.
///
///     var random = SeededGenerator(seed: 17)
///     let response = ResponseGenerator.response(&random)
package struct ResponseGenerator {
  var random: SeededGenerator
  var draft = ResponseDraft()
  var made = GeneratedResponse()
  /// Whether the head says how long the content is, in either manner.
  var statesLength = false
  var statesCoding = false

  /// - Parameters:
  ///   - expectsNoContent: the request was HEAD; left out, it sometimes was.
  ///   - mayFollow: whether bytes that belong to nobody may stand behind the response.
  package static func response(
    _ random: inout SeededGenerator, expectsNoContent: Bool? = nil, mayFollow: Bool = true
  ) -> GeneratedResponse {
    var generator = ResponseGenerator(random: random)
    generator.made.expectsNoContent = expectsNoContent ?? generator.random.once(in: 8)
    generator.makeHead()
    generator.makeContent()
    switch generator.random.number(0...9) {
    case 0...4: generator.finish()
    case 5...8: generator.breakOnce()
    default: generator.cut()
    }
    if mayFollow, generator.made.ending == .complete || generator.made.ending.isFault, generator.random.once(in: 4) {
      generator.made.bytes += generator.following()
    }
    random = generator.random
    return generator.made
  }

  private init(random: SeededGenerator) { self.random = random }

  // MARK: Well-formed ones

  private mutating func makeHead() {
    for _ in 0..<(random.once(in: 5) ? random.number(1...3) : random.once(in: 100) ? 32 : 0) { makeInterim() }
    var head = GeneratedResponse.Head()
    let isBodiless = random.once(in: 8)
    draft.framing =
      made.expectsNoContent || isBodiless ? .none : random.pick([.length, .length, .chunked, .chunked, .untilClose])
    head.minorVersion =
      draft.framing == .chunked || !random.once(in: 4) ? 1 : UInt8(random.pick([0, 0, 0, 2, 9]))
    head.status = isBodiless ? random.pick([204, 304]) : random.pick([200, 200, 200, 404, 502, 503, finalStatus()])
    draft.head = [statusLine(head.status, head.minorVersion)]

    var fields: [GeneratedField] = framingFields(head.minorVersion) + connectionFields(&head)
    if !random.once(in: 4) {
      for _ in 0..<(random.once(in: 10) ? 2 : 1) { fields.append(backendField(&head)) }
    }
    if random.once(in: 2) {
      let field = plainField(named: anyCase("x-generation"))
      head.generation = field.value
      fields.append(field)
    }
    for _ in 0..<random.number(0...6) { fields.insert(plainField(), at: random.number(0...fields.count)) }
    if random.once(in: 250) {
      fields.append(
        GeneratedField(name: "X-Large", value: [UInt8](repeating: 118, count: random.number(4_000...60_000))))
    }
    for field in fields { draft.head += field.lines }
    head.fields = fields.map { GeneratedResponse.Field(name: $0.name, value: $0.value) }
    if draft.framing == .untilClose { head.keepsAlive = false }
    made.head = head
  }

  private mutating func finalStatus() -> Int {
    let status = random.number(200...999)
    return status == 204 || status == 304 ? 200 : status
  }

  private mutating func makeInterim() {
    var lines = [statusLine(random.pick([100, 102, 103, 199]), 1)]
    // What an interim response says of backends and connections is nobody's business.
    for _ in 0..<random.number(0...2) {
      lines +=
        random.pick([
          plainField(), GeneratedField(name: "X-Backend", value: Array("early".utf8)),
          GeneratedField(name: "Connection", value: Array("close".utf8)),
        ]).lines
    }
    draft.interim.append(lines)
  }

  private mutating func statusLine(_ status: Int, _ minorVersion: UInt8) -> ResponseDraft.Line {
    let reason = random.pick(["", " ", " OK", " Not Found", " a\tb  c ", " schön"])
    return ResponseDraft.Line("HTTP/1.\(minorVersion) \(status)\(reason)")
  }

  /// Content-Length or Transfer-Encoding; where there is no content they may say what they like.
  private mutating func framingFields(_ minorVersion: UInt8) -> [GeneratedField] {
    let stated = draft.framing == .none ? random.pick(ResponseDraft.Framing.allCases) : draft.framing
    switch stated {
    case .length:
      statesLength = true
      if draft.framing == .length { draft.content = content() }
      let length = draft.framing == .length ? draft.content.count : random.number(0...99_999)
      let zeros = random.once(in: 6) ? random.number(1...12) : 0
      return [field(anyCase("content-length"), String(repeating: "0", count: zeros) + "\(length)")]
    case .chunked where minorVersion > 0:
      statesCoding = true
      let values = random.pick([
        ["chunked"], ["chunked"], ["CHUNKED"], ["gzip, chunked"], ["gzip", "Chunked"], [" ,chunked, "],
        ["", "chunked"],
      ])
      return values.map { field(anyCase("transfer-encoding"), $0) }
    case .untilClose where minorVersion > 0 && random.once(in: 3):
      statesCoding = true
      return [field(anyCase("transfer-encoding"), random.pick(["gzip", "identity", "xchunked", "chunked;q=1"]))]
    default: return []
    }
  }

  private mutating func connectionFields(_ head: inout GeneratedResponse.Head) -> [GeneratedField] {
    let options =
      random.once(in: 2)
      ? []
      : random.pick([
        ["close"], ["Close"], ["keep-alive"], ["Keep-Alive, Upgrade"], ["closed, x-close"], ["x ,\tCLOSE,"], [""],
        ["keep-alive", "close"], ["close, keep-alive"], ["foo", "keep-ALIVE"],
      ])
    let names = options.flatMap { $0.split(separator: ",") }.map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
    head.keepsAlive = !names.contains("close") && (head.minorVersion > 0 || names.contains("keep-alive"))
    return options.map { field(anyCase("connection"), $0) }
  }

  private mutating func makeContent() {
    switch draft.framing {
    case .none, .length: break
    case .untilClose: draft.content = content()
    case .chunked:
      for _ in 0..<random.number(0...4) {
        var content = content()
        if content.isEmpty { content = [13] }
        draft.chunks.append(.init(size: sizeLine(of: content.count), content: .init(content)))
      }
      draft.lastChunk = sizeLine(of: 0)
      for _ in 0..<(random.once(in: 3) ? random.number(1...3) : 0) {
        draft.trailers += random.pick([plainField(), GeneratedField(name: "X-Backend", value: [108])]).lines
      }
    }
  }

  private mutating func sizeLine(of count: Int) -> ResponseDraft.Line {
    var digits = String(count, radix: 16, uppercase: random.once(in: 2))
    if random.once(in: 6) { digits = String(repeating: "0", count: random.number(0...30)) + digits }
    let blanks = random.once(in: 6) ? random.pick([" ", "\t", "  \t "]) : ""
    let hasExtension = random.once(in: 4)
    if digits.count > 16 || !blanks.isEmpty && !hasExtension { made.leniencies.insert("paddedChunkSize") }
    return .init(Array((digits + blanks).utf8) + (hasExtension ? [UInt8(ascii: ";")] + text(30) : []))
  }

  /// Writes the head in a way that only a lenient reader takes.
  private mutating func loosen() {
    if random.once(in: 2) {
      let value = [97] + [random.pick(Self.controls.filter { $0 != 0 && $0 != 13 })] + [98]
      draft.head.append(.init(Array("X-Control: ".utf8) + value))
      made.head?.fields.append(GeneratedResponse.Field(name: "X-Control", value: value))
      made.leniencies.insert("controlByte")
      guard random.once(in: 2) else { return }
    }
    // A folded line's break becomes as many spaces as it has bytes, so those stay.
    let whole = draft.head.indices.filter { index in
      index == draft.head.count - 1 || !Self.blanks.contains(draft.head[index + 1].bytes[0])
    }
    if random.once(in: 3) {
      draft.headEnd.ending = [10]
    } else if random.once(in: 2) {
      for index in whole { draft.head[index].ending = [10] }
    } else {
      draft.head[random.pick(whole)].ending = [10]
    }
    made.leniencies.insert("bareLineFeed")
  }

  private mutating func finish() {
    if (draft.interim.joined() + draft.head).contains(where: { Self.blanks.contains($0.bytes[0]) }) {
      made.leniencies.insert("foldedLine")
    }
    if random.once(in: 5) { loosen() }
    made.bytes = draft.interimBytes + draft.headBytes + draft.contentBytes
    made.length = made.bytes.count
    made.content = draft.framing == .chunked ? draft.chunks.flatMap(\.content.bytes) : draft.content
    made.ending = draft.framing == .untilClose ? .closed : .complete
  }

  // MARK: Ones that break off

  private mutating func cut() {
    finish()
    let headEnd = draft.interimBytes.count + draft.headBytes.count
    // What lasts until the end of the connection may end anywhere.
    let length = random.number(0...(draft.framing == .untilClose ? headEnd : made.bytes.count) - 1)
    made.bytes = Array(made.bytes.prefix(length))
    made.length = length
    made.ending = .truncated
    guard length >= headEnd else {
      made.head = nil
      made.content = []
      return
    }
    var left = length - headEnd
    guard draft.framing == .chunked else {
      made.content = Array(made.content.prefix(left))
      return
    }
    made.content = []
    for chunk in draft.chunks {
      left -= chunk.size.joined.count
      made.content += chunk.content.bytes.prefix(max(0, left))
      left -= chunk.content.joined.count
    }
  }

  private mutating func following() -> [UInt8] {
    random.pick([
      Array("HTTP/1.1 200 OK\r\nX-Backend: stray\r\nContent-Length: 5\r\n\r\nstray".utf8), [0], [13, 10], text(20),
    ])
  }
}
