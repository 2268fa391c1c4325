internal import Load
internal import Statistics

/// What visitors met who came back with what the site gave them, many at a time: values in, counts out.
package struct VisitorReturns: Codable, Sendable, Equatable {
  enum CodingKeys: String, CodingKey { case visitors, visits, kept, moved, unclear }

  /// How many visitors there were, and how often each came, the first time with nothing.
  package var visitors: Int
  package var visits: Int
  /// How often one who came back met the backend of the visit before, and how often another one although that one went on
  /// answering.
  package var kept = 0
  package var moved = 0
  /// Returns that say nothing: no backend was named, then or before, or the one before answered nobody any more.
  package var unclear = 0

  package init(visitors: Int, visits: Int) {
    (self.visitors, self.visits) = (visitors, visits)
  }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    visitors = try fields.decodeCount(forKey: .visitors)
    visits = try fields.decodeCount(forKey: .visits)
    kept = try fields.decodeCount(forKey: .kept)
    moved = try fields.decodeCount(forKey: .moved)
    unclear = try fields.decodeCount(forKey: .unclear)
    let product = visitors.multipliedReportingOverflow(by: max(visits, 1) - 1)
    try fields.demand([
      (
        .kept,
        .equal(
          Figure("kept, moved and unclear", kept.addingSaturated(moved).addingSaturated(unclear)),
          Figure("visitors × (visits − 1)", product.overflow ? .max : product.partialValue))
      )
    ])
  }

  /// Counts visits, each by the first of its answers that another backend gave than the one of the visit before, if any did: one who is
  /// lost within a connection is lost, too.
  init(_ seen: SessionsFindings) {
    self.init(visitors: seen.visitors, visits: seen.rounds.count)
    var last: [Int: Int] = [:]
    for (number, round) in seen.rounds.enumerated() {
      for answer in round.answers { if let backend = answer.backend { last[backend] = number } }
    }
    for visitor in 0..<seen.visitors {
      var home: Int?
      for (number, round) in seen.rounds.enumerated() {
        let answers = seen.answers(in: round, to: visitor).compactMap(\.backend)
        let backend = answers.first { $0 != home ?? answers.first } ?? answers.first
        if number > 0 { count(Return(backend, home: home) { last[$0] ?? 0 >= number }) }
        home = answers.first ?? home
      }
    }
  }

  private mutating func count(_ visit: Return) {
    switch visit {
    case .kept: kept += 1
    case .moved: moved += 1
    case .unclear: unclear += 1
    }
  }

  /// Those that could show a move.
  var clear: Int { kept.addingSaturated(moved) }
}
