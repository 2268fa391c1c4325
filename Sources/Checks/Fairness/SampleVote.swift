internal import Report
internal import Statistics

extension FairnessObservations {
  /// Whether a sample shows nothing beside its shares that another one in its place would hide: no request failed, and only primaries
  /// answered.
  func mayBeReplaced(_ expectation: FairnessExpectation) -> Bool {
    let primaries = Set(expectation.backends.primaries.map(\.name))
    return failed == 0 && nameless == 0 && namelessErrors == 0 && failedTries.isEmpty
      && (primaries.isEmpty || primaries.isSuperset(of: answered))
  }
}

/// Whether samples of the concurrent stage that differ are those of a balancer whose backends paused, or of one that is not what is
/// expected.
///
/// The first sample that is even decides where none before it was uneven. Else most of them have to be even, and no backend may be the
/// one that got too few in three of them: pauses of a busy machine fall on any.
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

  private static let mostOfOne = 2

  /// All samples so far.
  let samples: Int
  /// Who got the fewest requests in each uneven one among them.
  let slow: [String]
  let most: Int

  private var uneven: Int { slow.count }
  private var even: Int { samples - uneven }
  private var isOneSlow: Bool { slow.contains { one in slow.count { $0 == one } > Self.mostOfOne } }
  private var isCarried: Bool { uneven == 0 || even > uneven && !isOneSlow }

  /// Whether further samples may still decide for the balancer, and are worth their time.
  var isOpen: Bool { !isCarried && !isOneSlow && samples + uneven - even + 1 <= most }

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
