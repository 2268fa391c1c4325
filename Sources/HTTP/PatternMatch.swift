/// Finds where a pattern first matches, and its first group in there, in time that grows with the line's length times the
/// pattern's.
///
/// All ways through the pattern are followed at once, those that a backtracking search would try first before the others.
///
/// Source: R. Cox, "Regular Expression Matching: the Virtual Machine Approach" (2009), Pike's implementation.
struct PatternMatch {
  private let steps: [Pattern.Step]

  private struct Thread {
    let step: Int
    let start: Int
    var group: (start: Int, end: Int?)?

    func at(_ step: Int) -> Thread { Thread(step: step, start: start, group: group) }
  }

  private var current: [Thread] = []
  private var next: [Thread] = []
  private var pending: [Thread] = []
  /// At which position each step was last reached.
  private var reached: [Int]

  init(_ pattern: Pattern) {
    steps = pattern.steps
    reached = Array(repeating: -1, count: pattern.steps.count)
  }

  /// The place of the first group in the leftmost match, or of the match where it has no group; `nil` where there is none.
  mutating func first(in line: [UInt32]) -> Range<Int>? {
    var found: Range<Int>?
    current.removeAll(keepingCapacity: true)
    for index in reached.indices { reached[index] = -1 }
    for position in 0...line.count {
      // What began earlier goes before; once something matches, nothing begins any more.
      if found == nil { follow(Thread(step: 0, start: position), at: position, in: line) }
      if current.isEmpty, found != nil { break }
      next.removeAll(keepingCapacity: true)
      swap(&current, &next)
      for thread in next {
        switch steps[thread.step] {
        case .found:
          found = thread.group.flatMap { group in group.end.map { group.start..<$0 } } ?? thread.start..<position
        case .scalar(let set):
          guard position < line.count, set.contains(line[position]) else { continue }
          follow(
            Thread(step: thread.step + 1, start: thread.start, group: thread.group), at: position + 1, in: line)
          continue
        case .anchor, .jump, .fork, .group: continue
        }
        // Those behind it would have been tried later.
        break
      }
    }
    return found
  }

  /// Adds a thread, and those that go on from it without a scalar.
  private mutating func follow(_ first: Thread, at position: Int, in line: [UInt32]) {
    pending.append(first)
    while let thread = pending.popLast() {
      guard reached[thread.step] != position else { continue }
      reached[thread.step] = position
      switch steps[thread.step] {
      case .scalar, .found: current.append(thread)
      case .jump(let other): pending.append(thread.at(other))
      case .fork(let one, let other):
        pending.append(thread.at(other))
        pending.append(thread.at(one))
      case .group(let isEnd):
        var within = thread.at(thread.step + 1)
        if isEnd { within.group?.end = position } else { within.group = (position, nil) }
        pending.append(within)
      case .anchor(let anchor):
        let before = position > 0 ? line[position - 1] : nil
        let after = position < line.count ? line[position] : nil
        if PatternSearch.holds(anchor, before, after) { pending.append(thread.at(thread.step + 1)) }
      }
    }
  }
}
