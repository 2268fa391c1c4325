internal import Report
internal import Statistics

extension FairnessJudgement {
  /// What the judged policy's shares are taken of.
  static func counted(
    _ seen: FairnessObservations, _ observed: ObservedBalancing, _ judged: BalancingPolicy
  ) -> [(name: String, answers: Int)] {
    if judged.shareRule == .keys, let choice = seen.choice, !choice.keys.isEmpty {
      return choice.values.sorted { $0.key < $1.key }.map { (name: $0.key, answers: $0.value) }
    }
    // A visitor counts once.
    return observed.unit == .connection || seen.areConnectionsVisitors ? seen.firstAnswers : seen.concurrent
  }

  /// The share that each backend is due.
  static func shares(
    _ seen: FairnessObservations, _ expectation: FairnessExpectation, _ observed: ObservedBalancing,
    _ judged: BalancingPolicy
  ) -> [String: Double] {
    guard judged.shareRule != .none else { return [:] }
    if !expectation.backends.isEmpty { return expectation.namedShares }
    let weights: [(String, Int)]
    if judged == .weightedRoundRobin, !observed.period.isEmpty {
      // No weights were given: the order that was seen has to hold for the shares, too.
      weights = Set(observed.period).map { name in (name, observed.period.count { $0 == name }) }
    } else if judged == .weightedRoundRobin, !seen.hasSerialStage {
      // Neither configured nor seen.
      return [:]
    } else {
      weights = Set(seen.answered + seen.failedTries + seen.answeredBefore).map { ($0, 1) }
    }
    let sum = Double(weights.reduce(0) { $0 + $1.1 })
    return Dictionary(weights.map { ($0.0, Double($0.1) / sum) }, uniquingKeysWith: +)
  }

  /// Whether the shares are the expected ones, by the rule of the policy; no assertion where that cannot be asked.
  static func judgeShares(
    _ figures: ShareFigures, _ judged: BalancingPolicy, _ observed: ObservedBalancing, _ seen: FairnessObservations,
    _ expectation: FairnessExpectation
  ) -> (assertion: Assertion?, doubt: SampleVote.Doubt?) {
    switch judged.shareRule {
    case .none: (nil, nil)
    case .deviation:
      (
        deviationAssertion(figures, expectation, observed),
        mayBePause(figures, judged, observed, seen, expectation) ? .pause : nil
      )
    case .chance: chance(figures, expectation, of: observed.unit ?? .request, sample: seen.samples)
    case .busyTime: busy(judged, observed, seen, expectation)
    case .keys: (keyAssertion(figures, seen, expectation), nil)
    }
  }

  /// A machine that is busy otherwise makes a backend pause for some 10 to 50 ms, which in so short a run (in ns) shows.
  private static let shortRun: UInt64 = 1_000_000_000

  /// Who ignores the load, or heeds it otherwise, does so in each sample.
  private static func busy(
    _ judged: BalancingPolicy, _ observed: ObservedBalancing, _ seen: FairnessObservations,
    _ expectation: FairnessExpectation
  ) -> (assertion: Assertion?, doubt: SampleVote.Doubt?) {
    let assertion = busyAssertion(observed.load, expectation.tolerance, seen)
    let isHeeding = observed.policy.heedsLoad || observed.policy == .unknown && observed.load?.isAsByChance == false
    let isOff = observed.policy != judged && !observed.isLoadPolicyOpen || assertion?.verdict == .fail
    return (assertion, isHeeding && isOff && !observed.isLoadUnequal ? .pause : nil)
  }

  /// Whether a balancer that prefers idle backends, and is a rotation while all are alike, may have met backends that paused: those that
  /// stay slower show it in every sample.
  private static func mayBePause(
    _ figures: ShareFigures, _ judged: BalancingPolicy, _ observed: ObservedBalancing, _ seen: FairnessObservations,
    _ expectation: FairnessExpectation
  ) -> Bool {
    guard judged.isRotation, let load = observed.load, load.mayPreferIdle, !observed.isLoadUnequal,
      load.mayExplainCounts || observed.isUneven,
      !figures.over(ShareLimit(expectation).of).isEmpty,
      let first = seen.inFlight.map(\.sent).min(), let last = seen.inFlight.map(\.sent).max()
    else { return false }
    return last - first <= shortRun
  }

  /// A second sample is held to a significance so many times as large.
  private static let secondLook = 10.0

  /// Whether the shares are those of chance.
  private static func chance(
    _ figures: ShareFigures, _ expectation: FairnessExpectation, of unit: BalancingUnit, sample: Int
  ) -> (assertion: Assertion?, doubt: SampleVote.Doubt?) {
    guard let deviation = figures.deviation, let chiSquare = figures.chiSquare else { return (nil, nil) }
    // Only what chance explains too rarely is drawn again: a fault that one sample in two hundred misses is to show in the next.
    let significance = min(sample > 1 ? secondLook * expectation.significance : expectation.significance, 0.5)
    let isChance = chiSquare.pValue >= significance
    // The statistic is chi-square distributed only where every count is expected to be 5 or more (Cochran's rule), and chance is
    // no finding where a fault of the tolerated size would not have shown.
    let least = (figures.expected.filter { $0 > 0 }.min() ?? 0) * Double(figures.total)
    let found = figures.found(expectation) ?? 1
    let isTooFew = least < 5 || isChance && found > expectation.tolerance
    let tooFew = "\(Formatting.count(figures.total)) \(unit.rawValue)s are too few to tell chance from a fault."
    let assertion = Assertion(
      .sharing(.chance), verdict: isTooFew ? .inconclusive : isChance ? .pass : .fail,
      expected: "chi-square p ≥ \(Formatting.number(significance, decimals: 4))",
      actual: chiSquare.pValue < 0.0001 ? "p < 0.0001" : "p = \(Formatting.number(chiSquare.pValue, decimals: 4))",
      detail: "Largest distance of a share from its expectation: \(Formatting.pointsSize(deviation.maxDeviation))."
        + (isTooFew
          ? " \(tooFew)"
          : isChance ? " One of \(Formatting.pointsSize(found)) would have been found in 99 runs of 100." : ""),
      reason: isTooFew ? tooFew : nil)
    // One sample in a thousand of an honest random balancer fails; of those one in a hundred fails again.
    return (assertion, isChance || isTooFew ? nil : .chance)
  }

  private static func deviationAssertion(
    _ figures: ShareFigures, _ expectation: FairnessExpectation, _ observed: ObservedBalancing
  ) -> Assertion? {
    let (limit, unit) = (ShareLimit(expectation), observed.unit ?? .request)
    guard let deviation = figures.deviation?.maxDeviation else { return nil }
    let (total, backends) = (figures.total, figures.expected.count)
    // A perfect rotation ends anywhere in its period: that much one sample cannot tell.
    let grain = backends > 1 ? (1 - 1 / Double(backends)) / Double(total) : 0
    let isTooFew = deviation <= grain + 1e-9
    // Others' requests take turns of a rotation by chance, and with them what is left of it to lbcheck.
    let mayBeOthers =
      observed.isDisturbed && figures.beyond(risk: expectation.significance, limit.of).isEmpty
    // What one request shifts is no finding.
    let isWithin = figures.over { max(limit.of($0), min(limit.tolerance, 1 / Double(max(total, 1)))) }.isEmpty
    let verdict: Verdict = isWithin ? .pass : isTooFew || mayBeOthers ? .inconclusive : .fail
    return Assertion(
      .sharing(.maxDeviation), verdict: verdict,
      expected: limit.inWords(figures.expected.filter { $0 > 0 }.map(limit.of)),
      actual: Formatting.pointsSize(deviation),
      detail: verdict != .inconclusive
        ? nil
        : isTooFew
          ? "\(Formatting.count(total)) \(unit.rawValue)s are too few for this tolerance."
          : "Chance explains it where other visitors' requests come in between.")
  }

  /// Fewer first answers show nothing.
  private static let fewestFirstAnswers = 20

  /// An assertion about the shares of all requests, left open where the first answers of the connections have others: a visitor
  /// who makes one request meets those.
  static func amongFirstAnswers(
    _ assertion: Assertion?, _ seen: FairnessObservations, _ shares: [String: Double]
  ) -> Assertion? {
    let figures = ShareFigures(seen.firstAnswers, shares)
    guard var assertion, assertion.verdict == .pass, figures.total >= fewestFirstAnswers,
      let fit = figures.chiSquare, fit.pValue < ChiSquare.beyondChance
    else { return assertion }
    let most = figures.names.indices.max { figures.counts[$0] < figures.counts[$1] } ?? 0
    assertion.verdict = .inconclusive
    assertion.reason =
      "\(figures.names[most]) gave the first answer on \(Formatting.count(figures.counts[most])) of "
      + "\(Formatting.count(figures.total, "connection")): visitors with one request each may not be shared like this. "
      + "--fresh-connections 100% asks as they do."
    assertion.detail = assertion.reason
    return assertion
  }

  /// Whether all backends are equally busy for their weights.
  private static func busyAssertion(
    _ load: LoadLook?, _ tolerance: Double, _ seen: FairnessObservations
  ) -> Assertion? {
    guard let load else { return nil }
    let limit = max(tolerance, LoadLook.blur)
    // Where the times are short, what waits at the balancer counts as well, and may double the distance.
    let isBlurred = load.deviation > limit && load.deviation <= 2 * LoadLook.blur
    // With fewer than two each, whoever is idle gets the next one whatever the weights are.
    let isTooFew = load.meanInFlight < 2 * Double(seen.concurrent.count)
    let shares = load.busyShares.sorted { $0.key < $1.key }.map { "\($0.key) \(Formatting.percent($0.value))" }
    return Assertion(
      .sharing(.busyShares),
      verdict: isTooFew || isBlurred ? .inconclusive : load.deviation <= limit ? .pass : .fail,
      expected: "≤ \(Formatting.pointsSize(limit)) from the weights", actual: Formatting.pointsSize(load.deviation),
      detail: isTooFew
        ? "Only \(Formatting.number(load.meanInFlight, decimals: 1)) requests were in flight on average, too few to tell."
        : "What waits at the balancer blurs it: nearer is not told. Time in flight: \(shares.prefix(8).joined(separator: ", "))\(shares.count > 8 ? " and others" : "")."
    )
  }
}
