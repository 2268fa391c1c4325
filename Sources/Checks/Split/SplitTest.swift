internal import Glibc
internal import Statistics

/// Whether answers are divided as expected, decided as soon as those seen allow it: one sequential test for each part, and a look
/// for parts that nobody named.
struct SplitTest {
  enum Decision: Equatable {
    case undecided
    case asExpected
    case different
  }

  private(set) var decision = Decision.undecided
  /// Answers that count, until the decision.
  private(set) var total = 0
  /// Answers by the part that they name, in the order of the parts.
  private(set) var counts: [Int]
  /// Answers by the names that are no part's.
  private(set) var others: [String: Int] = [:]
  /// Answers that name nothing.
  private(set) var nameless = 0

  private let names: [String: Int]
  private(set) var tests: [SequentialShareTest]
  private let fewest: Int

  /// A part that nobody named is found where it has a hundredth of the answers.
  private static let otherShare = 0.01
  private static let mostOthers = 64

  /// - Parameter attempt: which of several tests of the same change this is, from 1. Each may take a wrong split with a smaller
  ///   chance, so that all together keep to the expected one: Σ 1 / (n (n + 1)) = 1.
  /// - Returns: `nil` where the margin leaves no test.
  init?(_ split: SplitExpectation, attempt: Int = 1) {
    let alarms = split.falseAlarm / Double(max(1, split.parts.count))
    let miss = split.wait == nil ? split.miss : split.miss / Double(attempt * (attempt + 1))
    tests = split.shares.compactMap {
      SequentialShareTest(expectedShare: $0, margin: split.usedMargin, falseAlarm: alarms, miss: miss)
    }
    guard tests.count == split.parts.count, tests.count > 1 else { return nil }
    names = Dictionary(split.parts.enumerated().map { ($1.name, $0) }) { first, _ in first }
    counts = split.parts.map { _ in 0 }
    fewest = Int((log(miss) / log(1 - Self.otherShare)).rounded(.up))
  }

  /// Counts one more answer; after the decision nothing changes.
  ///
  /// - Parameter name: the part that it names; `nil` for none.
  mutating func add(_ name: String?) {
    guard decision == .undecided else { return }
    total += 1
    let number = name.flatMap { names[$0] }
    if let number {
      counts[number] += 1
    } else if let name {
      if others[name] != nil || others.count < Self.mostOthers { others[name, default: 0] += 1 }
    } else {
      nameless += 1
    }
    for index in tests.indices { tests[index].add(isHit: index == number) }
    let decisions = tests.map(\.decision)
    if decisions.contains(.larger) || decisions.contains(.smaller) {
      decision = .different
    } else if decisions.allSatisfy({ $0 == .asExpected }), total >= fewest {
      decision = .asExpected
    }
  }

  /// The answers that a decision takes on average where all is as expected.
  var expectedCount: Int { max(fewest, tests.map(\.expectedCount).max() ?? 0) }
}
