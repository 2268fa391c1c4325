internal import Report
internal import Statistics

/// Whether samples of the concurrent stage that differ are those of a balancer whose backends paused, or of one that is not what is
/// expected.
///
/// The first sample that is even decides where none before it was uneven. Else most of them have to be even: a backend that is slow for
/// more than half of the time is slow.
struct SampleVote {
  /// Why one sample does not decide.
  enum Doubt {
    /// Chance explains it too rarely; of a fault the next sample shows the same.
    case chance
    /// A balancer that prefers idle backends gives one that pauses fewer requests.
    case pause
  }

  /// So many samples at most, where a rotation is expected and where least connections or two choices are.
  static let most = 7
  static let mostOfLoad = 3

  /// All samples so far, and the uneven ones among them.
  let samples: Int
  let uneven: Int
  let most: Int

  private var even: Int { samples - uneven }
  private var isCarried: Bool { uneven == 0 || even > uneven }

  /// Whether further samples may still decide for the balancer, and are worth their time.
  var isOpen: Bool { !isCarried && samples + uneven - even + 1 <= most }

  /// An assertion of the last sample, left open where most of them were uneven.
  func decided(_ assertion: Assertion) -> Assertion {
    guard !isCarried, assertion.verdict == .pass else { return assertion }
    var open = assertion
    open.verdict = .inconclusive
    open.reason =
      "In \(Formatting.count(uneven)) of \(Formatting.count(samples, "sample")) who took longer got fewer requests, as least "
      + "connections gives them: a backend is slow much of the time, or the machine is busy."
    open.detail = open.reason
    return open
  }
}
