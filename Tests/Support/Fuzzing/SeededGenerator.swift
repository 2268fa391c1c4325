internal import Statistics

/// Repeatable pseudo-random numbers, and what tests make of them.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var source: SplitMix64

  package init(seed: UInt64) { source = SplitMix64(seed: seed) }

  package mutating func next() -> UInt64 { source.next() }

  /// A number of the range, each as likely.
  package mutating func number(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }

  /// True once in so many times.
  package mutating func once(in times: Int) -> Bool { next() % UInt64(times) == 0 }

  package mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[number(0...elements.count - 1)]
  }
}
