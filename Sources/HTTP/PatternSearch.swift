/// Searches texts for one pattern; reuses its memory from one text to the next.
struct PatternSearch {
  private let steps: [Pattern.Step]
  /// What a match must begin with, where that is one scalar set.
  private let beginning: ScalarSet?
  private var current = Reached()
  private var next = Reached()
  private var pending: [Int] = []

  init(_ pattern: Pattern) {
    steps = pattern.steps
    if case .scalar(let set) = pattern.steps[0] { beginning = set } else { beginning = nil }
    current = Reached(count: steps.count)
    next = Reached(count: steps.count)
  }

  /// Steps that are reached, each once.
  private struct Reached {
    var list: [Int] = []
    private var isIn: [Bool] = []

    init(count: Int = 0) { isIn = Array(repeating: false, count: count) }

    mutating func insert(_ step: Int) -> Bool {
      if isIn[step] { return false }
      isIn[step] = true
      list.append(step)
      return true
    }

    mutating func clear() {
      for step in list { isIn[step] = false }
      list.removeAll(keepingCapacity: true)
    }
  }

  /// Whether the pattern matches anywhere in a text.
  mutating func isFound(in text: String) -> Bool {
    current.clear()
    var scalars = text.unicodeScalars.makeIterator()
    var before: UInt32?
    var scalar = scalars.next()?.value
    while true {
      if current.list.isEmpty, let beginning, let value = scalar, !beginning.contains(value) {
        before = value
        scalar = scalars.next()?.value
        continue
      }
      if Self.reach(0, steps, &current, &pending, before, scalar) { return true }
      guard let value = scalar else { return false }
      let after = scalars.next()?.value
      next.clear()
      for step in current.list {
        guard case .scalar(let set) = steps[step], set.contains(value) else { continue }
        if Self.reach(step + 1, steps, &next, &pending, value, after) { return true }
      }
      swap(&current, &next)
      before = value
      scalar = after
    }
  }

  /// Adds a step and those that follow it without a scalar; the result is whether the end is one of them.
  private static func reach(
    _ first: Int, _ steps: [Pattern.Step], _ reached: inout Reached, _ pending: inout [Int], _ before: UInt32?,
    _ after: UInt32?
  ) -> Bool {
    pending.append(first)
    while let step = pending.popLast() {
      guard reached.insert(step) else { continue }
      switch steps[step] {
      case .scalar: break
      case .jump(let other): pending.append(other)
      case .group: pending.append(step + 1)
      case .fork(let one, let other):
        pending.append(other)
        pending.append(one)
      case .anchor(let anchor): if holds(anchor, before, after) { pending.append(step + 1) }
      case .found:
        pending.removeAll(keepingCapacity: true)
        return true
      }
    }
    return false
  }

  static func holds(_ anchor: Pattern.Anchor, _ before: UInt32?, _ after: UInt32?) -> Bool {
    switch anchor {
    case .textStart: before == nil
    case .textEnd: after == nil
    case .lineStart: before.map { $0 == 0x0A } ?? true
    case .lineEnd: after.map { $0 == 0x0A || $0 == 0x0D } ?? true
    case .wordEdge: isWord(before) != isWord(after)
    case .noWordEdge: isWord(before) == isWord(after)
    }
  }

  private static func isWord(_ scalar: UInt32?) -> Bool { scalar.map(PatternParser.word.contains) ?? false }
}
