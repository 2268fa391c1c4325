internal import Report
internal import Statistics

/// How often it was seen that visitors stay, where they are expected to: by a key of the request, or by a cookie.
struct StayingEvidence {
  /// Answers that could have shown a move.
  let answers: Int
  /// That visitors moved, in words; `nil` where none did.
  let moves: String?

  init(_ seen: FairnessObservations, _ keys: [AffinityKey]) {
    guard keys.isEmpty, let cookie = seen.cookie else {
      // Each value is asked twice, and the request as it is all the time.
      let values = seen.choice?.values.values.reduce(0, +) ?? 0
      answers = values + seen.concurrent.reduce(0) { $0 + $1.answers }
      moves = nil
      return
    }
    answers = cookie.returns + (cookie.crowd?.clear ?? 0)
    let crowd = cookie.crowd.flatMap { crowd in
      crowd.moved > 0
        ? "\(Formatting.count(crowd.moved)) of \(Formatting.count(crowd.clear)) times a visitor who came back with \(cookie.cookie) met another backend"
        : nil
    }
    let mixed =
      seen.keepsCookies && seen.mixedConnections > 0
      ? "\(Formatting.count(seen.mixedConnections)) connections that sent \(cookie.cookie) back met several backends"
      : nil
    moves = crowd ?? mixed
  }

  /// Why that visitors stay is not known well enough; `nil` where it is.
  var tooFew: String? {
    Draws.areEnoughToShowMoves(answers)
      ? nil
      : "\(Formatting.count(answers, "answer")) could have shown a move, too few to find one in "
        + "\(Formatting.count(Int(1 / Draws.rareMove)))."
  }

  /// The rarest move that would have been found.
  var power: String { Self.power(answers) }

  /// The rarest move that so many answers find.
  static func power(_ answers: Int) -> String {
    "\(Formatting.count(answers, "answer")) could have shown a move; one in \(Formatting.count(Draws.move(foundIn: answers))) would have been found."
  }
}
