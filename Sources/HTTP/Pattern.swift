/// A regular expression without features that need backtracking: a search takes time that grows with the
/// text's length times the pattern's, whatever both contain.
///
/// Supported are literals, `.`, classes such as `[a-z]`, `\d`, `\w` and `\s`, groups, `|`, `*`, `+`, `?`, `{2,5}`, the
/// anchors `^`, `$` and `\b`, and `(?i)`, `(?s)` and `(?m)` at the beginning. A text is taken scalar by scalar.
struct Pattern {
  /// The most steps; a count such as `{5}` repeats those of what it counts.
  static let mostSteps = 256
  /// How deep groups may be nested.
  static let deepest = 32

  indirect enum Node {
    case empty
    case scalar(ScalarSet)
    case anchor(Anchor)
    /// The one whose place is told.
    case group(Node)
    case sequence([Node])
    case choice([Node])
    /// Without an upper end where `most` is `nil`.
    case repetition(Node, least: Int, most: Int?, isLazy: Bool)
  }

  enum Anchor {
    case textStart, textEnd, lineStart, lineEnd, wordEdge, noWordEdge
  }

  /// What a search does next.
  enum Step {
    case scalar(ScalarSet)
    case anchor(Anchor)
    case jump(Int)
    case fork(Int, Int)
    /// The beginning or the end of the group whose place is told.
    case group(isEnd: Bool)
    case found
  }

  private(set) var steps: [Step] = []
  /// How many nodes were added, repeated ones each time: those without a step cost time as well.
  private var nodes = 0

  /// - Parameter tellsGroup: whether the place of the first group is wanted.
  /// - Throws: ``BodyExpectationError`` saying what is not supported.
  init(_ text: String, tellsGroup: Bool = false) throws(BodyExpectationError) {
    var parser = PatternParser(text, tellsGroup: tellsGroup)
    try append(try parser.pattern())
    steps.append(.found)
  }

  private mutating func append(_ node: Node) throws(BodyExpectationError) {
    nodes += 1
    guard steps.count < Self.mostSteps, nodes < 64 * Self.mostSteps else {
      throw BodyExpectationError(
        "a shorter pattern: of no more than \(Self.mostSteps) steps, counts such as {5} repeated")
    }
    switch node {
    case .empty: break
    case .scalar(let set): steps.append(.scalar(set))
    case .anchor(let anchor): steps.append(.anchor(anchor))
    case .group(let node):
      steps.append(.group(isEnd: false))
      try append(node)
      steps.append(.group(isEnd: true))
    case .sequence(let nodes): for node in nodes { try append(node) }
    case .choice(let nodes):
      var jumps: [Int] = []
      for node in nodes.dropLast() {
        let fork = reserve()
        try append(node)
        jumps.append(reserve())
        steps[fork] = .fork(fork + 1, steps.count)
      }
      try append(nodes[nodes.count - 1])
      for jump in jumps { steps[jump] = .jump(steps.count) }
    case .repetition(let node, let least, let most, let isLazy):
      for _ in 0..<least { try append(node) }
      guard let most else {
        let fork = reserve()
        try append(node)
        steps.append(.jump(fork))
        steps[fork] = isLazy ? .fork(steps.count, fork + 1) : .fork(fork + 1, steps.count)
        return
      }
      for _ in least..<most {
        let fork = reserve()
        try append(node)
        steps[fork] = isLazy ? .fork(steps.count, fork + 1) : .fork(fork + 1, steps.count)
      }
    }
  }

  /// The index of a step that is filled in later.
  private mutating func reserve() -> Int {
    steps.append(.jump(0))
    return steps.count - 1
  }
}

/// Scalars that match one another in a pattern.
struct ScalarSet {
  var ranges: [ClosedRange<UInt32>] = []
  var isInverted = false
  var ignoresCase = false

  func contains(_ scalar: UInt32) -> Bool {
    var isIn = holds(scalar)
    if !isIn, ignoresCase { isIn = Self.otherCases(of: scalar).contains(where: holds) }
    return isIn != isInverted
  }

  private func holds(_ scalar: UInt32) -> Bool {
    for range in ranges where range.contains(scalar) { return true }
    return false
  }

  private static func otherCases(of scalar: UInt32) -> [UInt32] {
    if scalar < 0x80 { return scalar & ~0x20 &- 0x41 < 26 ? [scalar ^ 0x20] : [] }
    guard let properties = Unicode.Scalar(scalar)?.properties else { return [] }
    return (properties.lowercaseMapping + properties.uppercaseMapping).unicodeScalars.map(\.value)
  }
}
