internal import Report

/// Whether a target has recovered from an overload, by single requests one after another.
struct Recovery {
  enum Attempt {
    case answered
    case failed
    /// This machine could not send requests, which says nothing about the target.
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
