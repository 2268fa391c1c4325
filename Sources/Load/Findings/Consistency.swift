internal import Statistics

/// One figure of a run, by the name that it has in part files, or by what it is the sum of.
package struct Figure: Sendable {
  let name: String
  let value: Int

  package init(_ name: String, _ value: Int) {
    self.name = name
    self.value = value
  }

  package init(_ name: String, _ value: UInt64) { self.init(name, Int(clamping: value)) }

  /// The sum of counts, which may each be as large as a file says.
  package init(_ name: String, sumOf counts: some Sequence<Int>) {
    self.init(name, counts.reduce(0) { $0.addingSaturated($1) })
  }

  package static func + (one: Figure, other: Figure) -> Figure {
    Figure("\(one.name) + \(other.name)", one.value.addingSaturated(other.value))
  }
}

/// What has to hold between two figures of every genuine run, since both are counted at the same events.
package enum Consistency: Sendable {
  case equal(Figure, Figure)
  case atMost(Figure, Figure)
  /// What no two numbers show.
  case holds(Bool, String)

  /// What is wrong: words behind the name of a field; `nil` where it holds.
  package var contradiction: String? {
    switch self {
    case .equal(let one, let other): one.value == other.value ? nil : Self.text(one, "equal", other)
    case .atMost(let one, let other): one.value <= other.value ? nil : Self.text(one, "be at most", other)
    case .holds(let holds, let complaint): holds ? nil : complaint
    }
  }

  private static func text(_ one: Figure, _ relation: String, _ other: Figure) -> String {
    "contradicts itself: \(one.name) is \(one.value) and has to \(relation) \(other.name), \(other.value)"
  }
}

extension KeyedDecodingContainer {
  /// Throws at the first that does not hold.
  package func demand(_ rules: [(field: Key, rule: Consistency)]) throws(DecodingError) {
    for (field, rule) in rules {
      if let contradiction = rule.contradiction { throw impossible(field, contradiction) }
    }
  }
}
