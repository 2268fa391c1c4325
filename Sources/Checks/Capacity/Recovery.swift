internal import Report

/// Whether a target answers again after a step that was too much, by single requests one after the other.
struct Recovery {
  enum Attempt {
    case answered
    case failed
    /// This machine had no means to ask, which says nothing of the target.
    case notAsked
  }

  private static let answersWanted = 3

  private var answers = 0
  private var hasFailedLast = false
  private var couldNotAsk = false

  mutating func note(_ attempt: Attempt) {
    switch attempt {
    case .answered:
      answers += 1
      hasFailedLast = false
    case .failed:
      answers = 0
      hasFailedLast = true
    case .notAsked: couldNotAsk = true
    }
  }

  /// Three requests were answered with no failure among them.
  var isComplete: Bool { answers >= Self.answersWanted }

  /// Of all attempts together.
  var verdict: Verdict {
    if isComplete { return .pass }
    return couldNotAsk && !hasFailedLast ? .inconclusive : .fail
  }
}
