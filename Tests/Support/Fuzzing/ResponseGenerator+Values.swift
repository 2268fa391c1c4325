/// A header field or trailer as it is written, and as it is read.
struct GeneratedField {
  var name: String
  var lines: [ResponseDraft.Line]
  var value: [UInt8]

  init(name: String, lines: [ResponseDraft.Line], value: [UInt8]) {
    self.name = name
    self.lines = lines
    self.value = value
  }

  init(name: String, value: [UInt8]) {
    self.init(name: name, lines: [.init(Array("\(name): ".utf8) + value)], value: value)
  }
}

extension ResponseGenerator {
  static let blanks = Array(" \t".utf8)
  static let controls = (0...31).filter { $0 != 9 && $0 != 10 } + [127] as [UInt8]
  private static let tokenBytes = Array(
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
  private static let separators = Array(" \t,;:\"=\\".utf8)
  private static let framingBytes: [UInt8] = [13, 10, 48, 72]
  private static let backends = [
    "app-1", "app-2", "10.0.0.1:3000", "[::1]:80", "unix:/tmp/sock", "zwölf", "two words",
    String(repeating: "n", count: 300),
  ]

  mutating func field(_ name: String, _ value: String) -> GeneratedField {
    wrapped(name, pieces: [Array(value.utf8)])
  }

  /// A field that means nothing to lbcheck, unless its name does.
  mutating func plainField(named name: String? = nil) -> GeneratedField {
    let name =
      name
      ?? String(
        decoding: [120, 45] + (0..<random.number(0...12)).map { _ in random.pick(Self.tokenBytes) },
        as: UTF8.self)
    let pieces = (0..<(random.once(in: 8) ? random.number(2...4) : 1)).map { _ in text(16) }
    return wrapped(name, pieces: pieces)
  }

  mutating func backendField(_ head: inout GeneratedResponse.Head) -> GeneratedField {
    var names: [String] = []
    var value = ""
    for index in 0..<(random.once(in: 4) ? random.number(2...4) : 1) {
      if index > 0 { value += random.pick([", ", ",", " ,\t", " : "]) }
      names.append(random.once(in: 12) ? "-" : random.pick(Self.backends))
      value += names[index]
    }
    // No more than 255 bytes of a name are kept.
    let read = names.map { $0 == "-" ? nil : String($0.prefix(255)) }
    head.backend = read.last!
    head.earlierBackends = read.dropLast().compactMap(\.self)
    let field = field(anyCase("x-backend"), value)
    head.backendValue = field.value
    return field
  }

  /// A field's lines: blanks around its value, and a line break before each piece but the first (RFC 9112 5.2).
  private mutating func wrapped(_ name: String, pieces: [[UInt8]]) -> GeneratedField {
    var lines = [ResponseDraft.Line(Array("\(name):".utf8) + padding())]
    var value: [UInt8] = []
    for (index, piece) in pieces.enumerated() {
      if index > 0 {
        let lead = [random.pick(Self.blanks)] + padding()
        lines.append(.init(lead))
        value += [32, 32] + lead
      }
      lines[index].bytes += piece
      value += piece
    }
    lines[lines.count - 1].bytes += padding()
    let isBlank = Self.blanks.contains
    let trimmed = value.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
    return GeneratedField(name: name, lines: lines, value: Array(trimmed))
  }

  private mutating func padding() -> [UInt8] {
    random.once(in: 3) ? (0..<random.number(0...3)).map { _ in random.pick(Self.blanks) } : [32]
  }

  mutating func anyCase(_ name: String) -> String {
    switch random.number(0...2) {
    case 0: name
    case 1: name.uppercased()
    default: String(name.map { random.once(in: 2) ? Character($0.uppercased()) : $0 })
    }
  }

  /// Bytes that a value, an extension or a trailer may hold.
  mutating func text(_ longest: Int) -> [UInt8] {
    (0..<random.number(0...longest)).map { _ in
      let byte = UInt8(truncatingIfNeeded: random.next())
      return random.once(in: 6) ? random.pick(Self.separators) : byte < 0x20 || byte == 0x7F ? 97 : byte
    }
  }

  /// Any bytes, such as those that look like framing.
  mutating func content() -> [UInt8] {
    let count = random.once(in: 100) ? random.number(0...9_000) : random.number(0...40)
    return (0..<count).map { _ in
      random.once(in: 4) ? random.pick(Self.framingBytes) : UInt8(truncatingIfNeeded: random.next())
    }
  }
}
