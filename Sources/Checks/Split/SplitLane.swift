internal import Platform
internal import Statistics

/// One address of the target with one kind of request, whose split is judged by itself: each may lead to a balancer of its own.
struct SplitLane: Sendable {
  let address: String
  let request: String
  /// What differs among the lanes; empty where there is one.
  let name: String
  /// The last test; with a change that is waited for, the one that took the split, if any did.
  private(set) var test: SplitTest
  /// From the beginning until the first answer of that test, in nanoseconds; `nil` where nothing is waited for.
  private(set) var arrivedAfter: Nanoseconds?
  /// Whether it is decided.
  private(set) var isOver = false
  /// How many requests were sent, or are about to be.
  var asked = 0

  private var attempt = 1
  private var testBegan: Nanoseconds = 0
  /// Since when every test has taken the split that is waited for; `nil` where the last one has not.
  private(set) var holdsSince: Nanoseconds?

  /// How many tests in a row have.
  private var held = 0

  /// A split that is waited for has to hold for so long, and in so many tests: one that passes by has its shares for a moment.
  static let settling: Nanoseconds = 2_000_000_000
  private static let fewestHeld = 3

  init(of lane: FairnessLane, _ test: SplitTest, arrivedAfter: Nanoseconds? = nil) {
    (address, request, name) = (lane.address, lane.request, lane.name)
    (self.test, self.arrivedAfter) = (test, arrivedAfter)
  }

  /// Counts one more answer; after the decision nothing changes.
  ///
  /// - Parameters:
  ///   - part: the part that it names; `nil` for none.
  ///   - time: when it was asked for, from the beginning.
  mutating func add(_ part: String?, after time: Nanoseconds, _ split: SplitExpectation) {
    guard !isOver else { return }
    if test.total == 0 { testBegan = time }
    test.add(part)
    switch test.decision {
    case .undecided: break
    case .asExpected:
      guard split.wait != nil else { return isOver = true }
      let since = holdsSince ?? testBegan
      holdsSince = since
      held += 1
      guard held >= Self.fewestHeld, time >= since.addingSaturated(Self.settling) else { return begin(split) }
      arrivedAfter = since
      isOver = true
    case .different:
      guard split.wait != nil else { return isOver = true }
      // What is waited for may have come meanwhile.
      (holdsSince, held) = (nil, 0)
      begin(split)
    }
  }

  private mutating func begin(_ split: SplitExpectation) {
    attempt += 1
    if let next = SplitTest(split, attempt: attempt) { test = next }
  }
}

extension SplitExpectation {
  /// The same for each of several lanes, none of which is refused falsely with the chance that holds for one.
  func shared(by lanes: Int) -> SplitExpectation {
    var own = self
    own.margin = usedMargin
    own.falseAlarm /= Double(max(1, lanes))
    return own
  }
}
