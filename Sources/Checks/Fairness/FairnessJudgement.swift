internal import Load
package import Report
package import Statistics

/// What the user expects of the balancer.
package struct FairnessExpectation: Sendable, Equatable {
  /// `nil`: round-robin, or weighted-round-robin if weights were given.
  package var policy: BalancingPolicy?
  package var backends: [ExpectedBackend] = []
  /// The largest distance of a share from its expectation, as a part of all requests (0.02 are two percentage points).
  package var tolerance = 0.02
  /// The least rotation score that counts as a rotation, 0 to 1.
  package var rotationThreshold = 0.95
  /// Below this p-value a deviation is not called chance.
  package var significance = 0.001

  package init() {}

  var judgedPolicy: BalancingPolicy {
    if let policy { return policy }
    let weights = Set(backends.compactMap(\.weight))
    return weights.count > 1 ? .weightedRoundRobin : .roundRobin
  }
}

/// Names the policy that was seen and holds it against the expected one: values in, assertions out.
package struct FairnessJudgement: Sendable {
  package let section: FairnessSection
  package let assertions: [Assertion]
  /// Each backend's expected share in the concurrent stage, where the policy has one.
  package let expectedShares: [String: Double]
  package let policy: BalancingPolicy
  package let notes: [String]
  /// Whether chance alone decided against the balancer, so that another sample is worth its time.
  package let wantsAnotherSample: Bool

  package init(_ seen: FairnessObservations, against expectation: FairnessExpectation) {
    // In the order of their names, which is mostly that of the balancer's configuration.
    let answered = seen.answered.sorted()
    let numbers = Dictionary(uniqueKeysWithValues: answered.enumerated().map { ($1, $0) })
    let segments = seen.serial.map { $0.map { numbers[$0]! } }
    let rotation = Rotation(segments: segments)
    policy = seen.areBackendsHidden ? .unknown : FairnessJudgement.name(seen, segments, rotation)
    let judged = expectation.judgedPolicy
    let isRotation = policy == .roundRobin || policy == .weightedRoundRobin
    let period = isRotation ? rotation.period.map { answered[$0] } : []

    let figures = ShareFigures(
      seen, FairnessJudgement.shares(seen, expectation, period: period, judged: judged))
    expectedShares = figures.shares
    section = FairnessSection(
      policy: policy.rawValue, expectedPolicy: judged.rawValue, period: period,
      rotationScore: answered.count > 1 ? rotation.score : nil,
      maxDeviation: figures.deviation?.maxDeviation, jainIndex: figures.deviation?.jainIndex,
      chiSquare: figures.chiSquare.map {
        ChiSquareSection(statistic: $0.statistic, degreesOfFreedom: $0.degreesOfFreedom, pValue: $0.pValue)
      },
      detectableDeviation: figures.detectable, stickyBy: seen.stickyBy, nobody: seen.nobody)
    let chance = judged == .random ? FairnessJudgement.chance(figures, expectation) : nil
    wantsAnotherSample = chance?.wantsAnotherSample ?? false
    assertions =
      [FairnessJudgement.policyAssertion(policy, judged, seen, period)]
      + FairnessJudgement.attendance(seen, expectation, answered, judged) + FairnessJudgement.losses(seen)
      + [chance?.assertion ?? FairnessJudgement.deviationAssertion(figures, expectation.tolerance)].compactMap(\.self)
      + (isRotation && (judged == .roundRobin || judged == .weightedRoundRobin)
        ? [FairnessJudgement.rotationAssertion(rotation, expectation.rotationThreshold)] : [])
    notes = FairnessJudgement.notes(policy, seen, figures.detectable, judged, expectation, figures.total)
  }

  /// Requests that failed, and answers that no backend gave.
  private static func losses(_ seen: FairnessObservations) -> [Assertion] {
    let failed = Assertion(
      .traffic(.noRequestFailed), verdict: Verdict(onFailures: seen.failed, acrossPauses: seen.failedAcrossPauses),
      expected: "0 of \(seen.requests) failed",
      actual: seen.failed == 0
        ? "0"
        : "\(seen.failed) failed: \(seen.failuresInWords)"
          + Measurements.acrossPausesInWords(seen.failedAcrossPauses))
    guard seen.nameless > 0 else {
      return [failed] + AnswerOrigins.servedByBackends(nameless: seen.namelessErrors, of: seen.requests)
    }
    return [
      failed,
      Assertion(
        .standing(.servedByBackends), verdict: .fail, expected: "a backend's name on every answer",
        actual: "\(seen.nameless) answers named none",
        detail: "The balancer itself, or a server that it does not name, may have answered."),
    ]
  }

  /// Whether the shares are those of chance; `nil` where that cannot be asked.
  private static func chance(
    _ figures: ShareFigures, _ expectation: FairnessExpectation
  ) -> (assertion: Assertion, wantsAnotherSample: Bool)? {
    guard let deviation = figures.deviation, let chiSquare = figures.chiSquare else { return nil }
    let isChance = chiSquare.pValue >= expectation.significance
    // The statistic is chi-square distributed only where every count is expected to be 5 or more (Cochran's rule), and chance is
    // no finding where a fault of the tolerated size would not have shown.
    let least = (figures.expected.filter { $0 > 0 }.min() ?? 0) * Double(figures.total)
    let isTooFew = least < 5 || isChance && (figures.detectable ?? 1) > expectation.tolerance
    let assertion = Assertion(
      .sharing(.chance), verdict: isTooFew ? .inconclusive : isChance ? .pass : .fail,
      expected: "chi-square p ≥ \(expectation.significance)",
      actual: chiSquare.pValue < 0.0001 ? "p < 0.0001" : "p = \(Formatting.number(chiSquare.pValue, decimals: 4))",
      detail: "Largest distance of a share from its expectation: \(Formatting.pointsSize(deviation.maxDeviation))."
        + (isTooFew ? " \(figures.total) requests are too few to tell chance from a fault." : ""))
    return (assertion, !isChance && !isTooFew)
  }

  private static func rotationAssertion(_ rotation: Rotation, _ threshold: Double) -> Assertion {
    Assertion(
      .sharing(.rotationScore), verdict: rotation.score >= threshold ? .pass : .fail, expected: "≥ \(threshold)",
      actual: "\(Formatting.number(rotation.score, decimals: 4))",
      detail: "The part of serial answers that came from the same backend as one period earlier.")
  }

  /// Names the policy from both stages and, where one backend answered alone, from what varying it brought.
  private static func name(_ seen: FairnessObservations, _ segments: [[Int]], _ rotation: Rotation) -> BalancingPolicy {
    // Of one backend alone there is no order to look at.
    if !seen.unseenMethods.isEmpty, seen.answered.count == 1 { return .single }
    let observed = BalancingPolicy.observed(inSegments: segments, rotation: rotation)
    guard observed == .single else { return observed }
    if seen.stickyBy != nil { return .sticky }
    guard seen.answered.count > 1 else { return .single }
    return seen.isConstantByConnection ? .sticky : .unknown
  }

  private static func shares(
    _ seen: FairnessObservations, _ expectation: FairnessExpectation, period: [String], judged: BalancingPolicy
  ) -> [String: Double] {
    guard judged != .sticky, judged != .single else { return [:] }
    let weights: [(String, Int)]
    if !expectation.backends.isEmpty {
      weights = expectation.backends.compactMap { backend in backend.weight.map { (backend.name, $0) } }
    } else if judged == .weightedRoundRobin, !period.isEmpty {
      // No weights were given: the order that was seen has to hold for the shares, too.
      weights = Set(period).map { name in (name, period.count { $0 == name }) }
    } else if judged == .weightedRoundRobin, !seen.hasSerialStage {
      // Neither configured nor seen.
      return [:]
    } else {
      weights = Set(seen.answered + seen.failedTries + seen.answeredBefore).map { ($0, 1) }
    }
    let sum = Double(weights.reduce(0) { $0 + $1.1 })
    return Dictionary(weights.map { ($0.0, Double($0.1) / sum) }, uniquingKeysWith: +)
  }

  private static func policyAssertion(
    _ policy: BalancingPolicy, _ judged: BalancingPolicy, _ seen: FairnessObservations, _ period: [String]
  ) -> Assertion {
    var actual = policy.rawValue
    if let key = seen.stickyBy { actual += " by \(key)" }
    let verdict: Verdict = policy == judged ? .pass : policy == .unknown ? .inconclusive : .fail
    let detail: String? =
      switch (policy, verdict) {
      case (_, .pass): nil
      case (.unknown, _) where seen.areBackendsHidden:
        "Too many answers are no backend's to tell how the backends are chosen."
      case (.unknown, _) where !seen.unseenMethods.isEmpty:
        "The order of \(seen.unseenMethods.joined(separator: " and ")) was not looked at: --probe-as-is does."
      case (.unknown, _) where !seen.hasSerialStage:
        "There was no serial stage, and only that shows an order."
      case (.unknown, _):
        "The order is neither a rotation nor chance; requests of other visitors in between look like this."
      case (.random, _): "The order is that of chance; many requests of other visitors in between look like this, too."
      case (.single, _): "One backend gave every answer."
      case (.sticky, _): "The same request over the same connection always met the same backend."
      default: nil
      }
    return Assertion(.sharing(.policy), verdict: verdict, expected: judged.rawValue, actual: actual, detail: detail)
  }

  /// Who had to answer and did not, who answered and had no business to, and whether backups kept silent.
  private static func attendance(
    _ seen: FairnessObservations, _ expectation: FairnessExpectation, _ answered: [String], _ judged: BalancingPolicy
  ) -> [Assertion] {
    var assertions: [Assertion] = []
    let primaries = expectation.backends.primaries.map(\.name)
    let backups = expectation.backends.backups.map(\.name)
    // A backend that the balancer tries is one that it is configured to use.
    // So is one that has just answered, where the choice does not depend on the request.
    let gone = seen.answeredBefore.filter { !answered.contains($0) }
    let used = Set(seen.failedTries + (judged == .sticky ? [] : gone))
    let required = primaries + used.subtracting(primaries + backups).sorted()
    let everywhere = answered + gone
    let detail = [
      seen.failedTries.isEmpty ? nil : "The balancer tried failed tries: \(list(seen.failedTries)).",
      gone.isEmpty ? nil : "Answered before the stages and not in them: \(list(gone)).",
    ].compactMap(\.self).joined(separator: " ")
    let silent = (required.isEmpty ? [] : required).filter { !answered.contains($0) }
    if judged == .single {
      assertions.append(
        Assertion(
          .sharing(.oneBackendAnswered), verdict: answered.count == 1 && silent.isEmpty ? .pass : .fail,
          expected: "one backend", actual: list(answered),
          detail: detail.isEmpty ? nil : detail))
    } else {
      let wanted = required.isEmpty ? "at least two backends" : list(required)
      let isMet = silent.isEmpty && (!required.isEmpty || answered.count > 1)
      assertions.append(
        Assertion(
          .sharing(.everyBackendAnswered), verdict: isMet ? .pass : .fail, expected: wanted,
          actual: silent.isEmpty ? list(answered) : "silent: \(list(silent))",
          detail: detail.isEmpty ? nil : detail))
    }
    if !expectation.backends.isEmpty {
      let strangers = everywhere.filter { name in !expectation.backends.contains { $0.name == name } }
      assertions.append(
        Assertion(
          .sharing(.noOtherBackend), verdict: strangers.isEmpty ? .pass : .fail, expected: "no answer from any other",
          actual: strangers.isEmpty ? "none" : "answered: \(list(strangers))"))
    }
    if !backups.isEmpty {
      let active = backups.filter(everywhere.contains)
      assertions.append(
        Assertion(
          .sharing(.backupSilent), verdict: active.isEmpty ? .pass : .fail, expected: "\(list(backups)) silent",
          actual: active.isEmpty ? "silent" : "answered: \(list(active))"))
    }
    return assertions
  }

  private static func deviationAssertion(_ figures: ShareFigures, _ tolerance: Double) -> Assertion? {
    guard let deviation = figures.deviation?.maxDeviation else { return nil }
    let (requests, backends) = (figures.total, figures.expected.count)
    // A perfect rotation ends anywhere in its period: that much one sample cannot tell.
    let grain = backends > 1 ? (1 - 1 / Double(backends)) / Double(requests) : 0
    let verdict: Verdict = deviation <= tolerance ? .pass : deviation <= grain + 1e-9 ? .inconclusive : .fail
    return Assertion(
      .sharing(.maxDeviation), verdict: verdict, expected: "≤ \(Formatting.pointsSize(tolerance))",
      actual: Formatting.pointsSize(deviation),
      detail: verdict == .inconclusive ? "\(requests) requests are too few for this tolerance." : nil)
  }

  private static func notes(
    _ policy: BalancingPolicy, _ seen: FairnessObservations, _ detectable: Double?, _ judged: BalancingPolicy,
    _ expectation: FairnessExpectation, _ total: Int
  ) -> [String] {
    var notes: [String] = []
    if policy == .roundRobin, seen.failedTries.isEmpty, seen.failed == 0, total > 0, seen.concurrent.count > 1 {
      notes.append(evenness(seen, total))
    }
    if policy == .single {
      notes.append(
        "One backend answered every request; from one client address, a balancer that sticks to client addresses looks the same."
      )
    }
    if judged == .random, let detectable, detectable > expectation.tolerance {
      notes.append(
        "\(total) requests would show only a deviation of \(Formatting.pointsSize(detectable)) or more; ask for more with --requests."
      )
    }
    return notes
  }

  /// What the counts under concurrency say about the rotation behind them.
  ///
  /// A rotation that all connections share ends less than one request from even; W workers that rotate apart end within
  /// W · (k − 1) / k requests for k backends.
  private static func evenness(_ seen: FairnessObservations, _ total: Int) -> String {
    let count = Double(seen.concurrent.count)
    let mean = Double(total) / count
    let distance = seen.concurrent.map { abs(Double($0.answers) - mean) }.max() ?? 0
    if distance < 1 {
      return "Under concurrent load the counts stayed as even as one rotation for all connections makes them."
    }
    let workers = Int((distance * count / (count - 1)).rounded(.up))
    return "Under concurrent load the counts strayed by \(Int(distance.rounded(.up))) requests from one rotation: "
      + "\(workers) or more workers rotate apart, or the choice looks at the load, as least connections does, which rotates "
      + "only while it is idle (fewest connections everywhere)."
  }
}

/// The concurrent stage's counts against the shares that were expected.
private struct ShareFigures {
  /// Each backend's expected share; empty where the policy has none.
  let shares: [String: Double]
  /// Answers in all.
  let total: Int
  /// The expected shares of all backends, those that answered unexpectedly with 0.
  let expected: [Double]
  let deviation: ShareDeviation?
  let chiSquare: ChiSquare?
  /// The smallest deviation that so many requests would show.
  let detectable: Double?

  init(_ seen: FairnessObservations, _ shares: [String: Double]) {
    self.shares = shares
    let total = seen.concurrent.reduce(0) { $0 + $1.answers }
    let names = shares.keys.sorted() + seen.concurrent.map(\.name).filter { shares[$0] == nil }.sorted()
    let counts = names.map { name in seen.concurrent.first { $0.name == name }?.answers ?? 0 }
    let expected = names.map { shares[$0] ?? 0 }
    let hasShares = !shares.isEmpty && total > 0
    deviation = hasShares ? ShareDeviation(counts: counts, expectedShares: expected) : nil
    chiSquare = hasShares && names.count > 1 ? ChiSquare(observed: counts, expectedShares: expected) : nil
    detectable =
      hasShares
      ? expected.compactMap { ShareDeviation.detectableDeviation(requests: total, expectedShare: $0) }.max() : nil
    (self.total, self.expected) = (total, expected)
  }
}

/// At most eight names, the rest as a number.
private func list(_ names: [String]) -> String {
  guard !names.isEmpty else { return "none" }
  let shown = names.sorted().prefix(8).joined(separator: ", ")
  return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
}
