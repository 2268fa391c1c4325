internal import Report
internal import Statistics

/// The place in the order of requests from which on the backends have other shares than before.
struct ShareChange {
  /// How many requests came before.
  let position: Int
  /// Answers by backend before it and after it.
  let before: [Int]
  let after: [Int]

  /// So many places are tried, which are even parts of the run; that any of them is found by chance is bounded for all together, and
  /// a rotation is more even than chance.
  private static let places = 64
  private static let fewestRequests = 20

  /// The place where chance explains the difference least.
  ///
  /// - Parameters:
  ///   - order: the number of the backend that each request met.
  ///   - count: how many backends there are.
  /// - Returns: `nil` where chance explains it everywhere.
  init?(_ order: [Int], backends count: Int) {
    var counts = [Int](repeating: 0, count: count)
    var cuts: [(position: Int, before: [Int])] = []
    let places = Set((1..<Self.places).map { $0 * order.count / Self.places })
    for (position, backend) in order.enumerated() where counts.indices.contains(backend) {
      if places.contains(position) { cuts.append((position, counts)) }
      counts[backend] += 1
    }
    let total = counts
    let tests = cuts.compactMap { cut -> (position: Int, before: [Int], after: [Int], test: ChiSquare)? in
      guard cut.position >= Self.fewestRequests, order.count - cut.position >= Self.fewestRequests else { return nil }
      let after = zip(total, cut.before).map { $0 - $1 }
      return ChiSquare(contingencyTable: [cut.before, after]).map { (cut.position, cut.before, after, $0) }
    }
    guard let best = tests.max(by: { $0.test.statistic < $1.test.statistic }),
      best.test.pValue < ChiSquare.beyondChance / Double(Self.places)
    else { return nil }
    (position, before, after) = (best.position, best.before, best.after)
  }

  /// Whether it comes after the first quarter of the run: a balancer that heeds the load settles by then.
  var isLate: Bool { 3 * before.reduce(0, +) > after.reduce(0, +) }

  /// The backend whose share changed most, and its shares before and after.
  var most: (backend: Int, before: Double, after: Double) {
    func shares(_ counts: [Int]) -> [Double] { counts.map { Double($0) / Double(max(counts.reduce(0, +), 1)) } }
    let parts = Array(zip(shares(before), shares(after)))
    let backend = parts.indices.max { abs(parts[$0].0 - parts[$0].1) < abs(parts[$1].0 - parts[$1].1) } ?? 0
    return (backend, parts[backend].0, parts[backend].1)
  }
}

extension FairnessObservations {
  /// A change of the shares under load, and the time from which on requests met it; not where connections are dealt out, or what
  /// a backend answers depends on the load, or connections are visitors who stay.
  var change: (share: ShareChange, sent: UInt64, text: String)? {
    guard !areConnectionsVisitors else { return nil }
    let all = sent
    // Before each backend has answered, who heeds the load knows nothing of a slow one.
    let firsts = Dictionary(all.map { ($0.backend, $0.done) }, uniquingKeysWith: min)
    let settled = firsts.values.max() ?? 0
    let settledRequests = all.enumerated().filter { $1.sent >= settled || $0 >= all.count / 10 }.map(\.element)
    guard let change = ShareChange(settledRequests.map(\.backend), backends: concurrent.count) else { return nil }
    let first = settledRequests[change.position].sent
    let seconds = Formatting.fixed(Double(first) / 1e9, decimals: 1)
    return (change, first, Self.text(change, concurrent.map(\.name), "at \(seconds) s under load"))
  }

  /// The same for one request after another over one connection.
  var serialChange: String? {
    let order = serial.flatMap { $0 }
    let names = Set(order).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    return ShareChange(order.map { numbers[$0]! }, backends: names.count).map {
      Self.text($0, names, "after \($0.position) requests one after another")
    }
  }

  private static func text(_ change: ShareChange, _ names: [String], _ place: String) -> String {
    let most = change.most
    return
      "The shares changed \(place): \(names[most.backend]) had \(Formatting.percent(most.before)) of the requests before and "
      + "\(Formatting.percent(most.after)) after. Weights or membership may have changed."
  }
}

extension FairnessJudgement {
  /// An assertion about the shares of the whole run, which fails if they hold for neither part of it, however they add up.
  static func throughout(
    _ assertion: Assertion?, _ change: (share: ShareChange, sent: UInt64, text: String)?, _ seen: FairnessObservations,
    _ shares: [String: Double],
    _ expectation: FairnessExpectation
  ) -> Assertion? {
    guard var assertion, assertion.verdict == .pass, let change, !shares.isEmpty else { return assertion }
    let names = seen.concurrent.map(\.name)
    let parts = [change.share.before, change.share.after].map { counts in
      ShareFigures(zip(names, counts).map { (name: $0, answers: $1) }, shares)
    }
    let off = parts.filter { !$0.beyond(risk: expectation.significance, ShareLimit(expectation).of).isEmpty }
    guard let worst = off.compactMap({ $0.deviation?.maxDeviation }).max() else { return assertion }
    assertion.verdict = .fail
    assertion.actual = "\(Formatting.pointsSize(worst)) in a part of the run"
    assertion.detail = change.text
    return assertion
  }
}
