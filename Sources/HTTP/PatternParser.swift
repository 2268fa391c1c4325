/// Reads the text of a ``Pattern``.
struct PatternParser {
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var depth = 0
  private var ignoresCase = false
  private var dotTakesLines = false
  private var anchorsAreLines = false

  static let digit = ScalarSet(ranges: [0x30...0x39])
  static let word = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
  static let blank = ScalarSet(ranges: [0x09...0x0D, 0x20...0x20])
  private static let longestCount = 1000

  /// Whether the next group is the one whose place is told.
  private var tellsGroup: Bool

  init(_ text: String, tellsGroup: Bool = false) {
    scalars = Array(text.unicodeScalars)
    self.tellsGroup = tellsGroup
  }

  mutating func pattern() throws(BodyExpectationError) -> Pattern.Node {
    try flags()
    let node = try choice()
    guard index == scalars.count else { throw Self.error("no ')' without its '('") }
    return node
  }

  private static func error(_ text: String) -> BodyExpectationError {
    BodyExpectationError("a regular expression (\(text))")
  }

  private var scalar: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
    guard scalar == wanted else { return false }
    index += 1
    return true
  }

  private mutating func take(_ wanted: String) -> Bool {
    let wanted = Array(wanted.unicodeScalars)
    guard scalars[index...].starts(with: wanted) else { return false }
    index += wanted.count
    return true
  }

  /// `(?i)` at the beginning.
  private mutating func flags() throws(BodyExpectationError) {
    let start = index
    guard take("(?") else { return }
    var names: [Unicode.Scalar] = []
    while let flag = scalar, "ism".unicodeScalars.contains(flag) {
      names.append(flag)
      index += 1
    }
    guard !names.isEmpty, take(")") else {
      index = start
      return
    }
    ignoresCase = names.contains("i")
    dotTakesLines = names.contains("s")
    anchorsAreLines = names.contains("m")
  }

  private mutating func choice() throws(BodyExpectationError) -> Pattern.Node {
    var nodes = [try sequence()]
    while take("|") { nodes.append(try sequence()) }
    return nodes.count == 1 ? nodes[0] : .choice(nodes)
  }

  private mutating func sequence() throws(BodyExpectationError) -> Pattern.Node {
    var nodes: [Pattern.Node] = []
    while let next = scalar, next != "|", next != ")" {
      var node = try atom()
      while let count = try count() {
        // A lazy quantifier finds the same texts, but shorter matches.
        node = .repetition(node, least: count.least, most: count.most, isLazy: take("?"))
        if scalar == "+" { throw Self.error("no possessive quantifiers") }
        if scalar == "*" || scalar == "?" { throw Self.error("no quantifier after another") }
      }
      nodes.append(node)
    }
    return nodes.isEmpty ? .empty : .sequence(nodes)
  }

  private mutating func count() throws(BodyExpectationError) -> (least: Int, most: Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    let start = index
    guard take("{") else { return nil }
    let least = number()
    let hasComma = take(",")
    let most = hasComma ? number() : least
    // Otherwise the brace stands for itself, as in JSON.
    guard take("}"), least != nil || (hasComma && most != nil) else {
      index = start
      return nil
    }
    guard (least ?? 0) <= Self.longestCount, (most ?? 0) <= Self.longestCount, least ?? 0 <= most ?? .max else {
      throw Self.error("counts from small to large, no more than \(Self.longestCount)")
    }
    return (least ?? 0, most)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let digit = scalar?.value, digit &- 0x30 < 10 {
      value = min((value ?? 0) * 10 + Int(digit - 0x30), Self.longestCount + 1)
      index += 1
    }
    return value
  }

  private mutating func atom() throws(BodyExpectationError) -> Pattern.Node {
    guard let next = scalar else { return .empty }
    let start = index
    index += 1
    switch next {
    case ".":
      return .scalar(
        dotTakesLines ? ScalarSet(isInverted: true) : ScalarSet(ranges: [0x0A...0x0A, 0x0D...0x0D], isInverted: true))
    case "^": return .anchor(anchorsAreLines ? .lineStart : .textStart)
    case "$": return .anchor(anchorsAreLines ? .lineEnd : .textEnd)
    case "(": return try group()
    case "[": return .scalar(try bracketed())
    case "\\": return try escaped()
    case "*", "+", "?": throw Self.error("something before '\(next)'")
    case "{":
      index = start
      if try count() != nil { throw Self.error("something before '{'") }
      index = start + 1
    default: break
    }
    return .scalar(one(next))
  }

  private func one(_ scalar: Unicode.Scalar) -> ScalarSet {
    ScalarSet(ranges: [scalar.value...scalar.value], ignoresCase: ignoresCase)
  }

  private mutating func group() throws(BodyExpectationError) -> Pattern.Node {
    let isPlain = !take("?")
    guard isPlain || take(":") else {
      throw Self.error("groups (…) and (?:…) alone, no lookaround, and flags at the beginning")
    }
    let isTold = isPlain && tellsGroup
    if isTold { tellsGroup = false }
    depth += 1
    guard depth <= Pattern.deepest else { throw Self.error("no more than \(Pattern.deepest) groups in one another") }
    let node = try choice()
    depth -= 1
    guard take(")") else { throw Self.error("a ')' for each '('") }
    return isTold ? .group(node) : node
  }

  private mutating func escaped() throws(BodyExpectationError) -> Pattern.Node {
    if take("b") { return .anchor(.wordEdge) }
    if take("B") { return .anchor(.noWordEdge) }
    if take("A") { return .anchor(.textStart) }
    if take("z") || take("Z") { return .anchor(.textEnd) }
    return .scalar(try escapedSet())
  }

  /// An escape, within brackets or not.
  private mutating func escapedSet() throws(BodyExpectationError) -> ScalarSet {
    guard let next = scalar else { throw Self.error("something after '\\'") }
    index += 1
    switch next {
    case "d": return Self.digit
    case "w": return Self.word
    case "s": return Self.blank
    case "D", "W", "S":
      var set = next == "D" ? Self.digit : next == "W" ? Self.word : Self.blank
      set.isInverted = true
      return set
    case "n": return one("\n")
    case "r": return one("\r")
    case "t": return one("\t")
    default:
      let isLetter = next.properties.isAlphabetic || ("0"..."9").contains(next)
      guard !isLetter else { throw Self.error("no '\\\(next)'") }
      return one(next)
    }
  }

  private mutating func bracketed() throws(BodyExpectationError) -> ScalarSet {
    var set = ScalarSet(isInverted: take("^"), ignoresCase: ignoresCase)
    var isFirst = true
    while let next = scalar, next != "]" || isFirst {
      isFirst = false
      index += 1
      var low = next.value
      if next == "\\" {
        let escaped = try escapedSet()
        guard !escaped.isInverted else { throw Self.error("no '\\D', '\\W' or '\\S' in brackets") }
        guard escaped.ranges.count == 1, escaped.ranges[0].count == 1 else {
          set.ranges += escaped.ranges
          continue
        }
        low = escaped.ranges[0].lowerBound
      }
      var high = low
      if scalar == "-", index + 1 < scalars.count, scalars[index + 1] != "]" {
        index += 1
        high = scalars[index].value
        index += 1
        if high == 0x5C {
          let escaped = try escapedSet()
          guard !escaped.isInverted, escaped.ranges.count == 1, escaped.ranges[0].count == 1 else {
            throw Self.error("two characters around '-' in brackets")
          }
          high = escaped.ranges[0].lowerBound
        }
      }
      guard low <= high else { throw Self.error("ranges in brackets from small to large") }
      set.ranges.append(low...high)
    }
    guard take("]") else { throw Self.error("a ']' for each '['") }
    return set
  }
}
