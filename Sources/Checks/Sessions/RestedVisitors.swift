internal import Statistics

/// Visitors who came back after nobody had asked for a while, and whether they met their backend: values in, counts out.
struct RestedVisitors: Equatable {
  /// How long they rested at least, in seconds.
  let seconds: Double
  private(set) var kept = 0
  /// Those who met another backend although theirs went on answering somebody.
  private(set) var moved = 0
  /// Those who met none, or whose own answered nobody any more.
  private(set) var unclear = 0

  /// - Parameter homes: each visitor's backend before.
  static func all(_ seen: SessionsFindings, homes: [Int?]) -> [RestedVisitors] {
    let answering = seen.rests.map { Set($0.answers.compactMap(\.backend)) }
    return seen.rests.indices.map { number in
      let rest = seen.rests[number]
      let present = answering[number...].reduce(into: Set<Int>()) { $0.formUnion($1) }
      var rested = RestedVisitors(seconds: rest.seconds)
      for (visitor, answer) in zip(rest.visitors, rest.answers) {
        switch Return(answer.backend, home: homes[visitor], isPresent: present.contains) {
        case .kept: rested.kept += 1
        case .moved: rested.moved += 1
        case .unclear: rested.unclear += 1
        }
      }
      return rested
    }
  }

  private init(seconds: Double) { self.seconds = seconds }

  var clear: Int { kept + moved }

  /// As a clause.
  var moves: String {
    "\(Formatting.count(moved)) of \(Formatting.count(clear)) met another backend after \(Self.inWords(seconds)) without a request"
  }

  static func inWords(_ seconds: Double) -> String { Formatting.seconds(seconds, decimals: seconds < 1 ? 3 : 1) }
}
