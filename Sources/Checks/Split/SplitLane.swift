internal import Platform

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
      if split.wait != nil { arrivedAfter = testBegan }
      isOver = true
    case .different:
      guard split.wait != nil else { return isOver = true }
      // What is waited for may have come meanwhile.
      attempt += 1
      if let next = SplitTest(split, attempt: attempt) { test = next }
    }
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
