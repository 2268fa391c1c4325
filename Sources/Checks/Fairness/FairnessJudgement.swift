internal import Load
package import Report
package import Statistics

/// Holds what was seen of the balancer against what is expected: values in, assertions out.
package struct FairnessJudgement: Sendable {
  package let section: FairnessSection
  package let assertions: [Assertion]
  /// Each backend's expected share, where the policy has one.
  package let expectedShares: [String: Double]
  package let policy: BalancingPolicy
  package let notes: [String]
  /// Whether chance or a pause may have decided against the balancer, so that another sample is worth its time.
  package let wantsAnotherSample: Bool
  /// Who got the fewest requests in the last sample, where it may have met a backend that paused; empty where no shares are expected.
  let slowInSample: String?
  /// Whether connections met one backend each, which may only have kept in step with a rotation, so that connections taken by
  /// chance are worth their time.
  package let wantsShuffledConnections: Bool

  package init(_ seen: FairnessObservations, against expectation: FairnessExpectation) {
    let observed = ObservedBalancing(seen, expectation)
    let judged = expectation.judgedPolicy
    policy = observed.policy(judgedAs: judged, seen.cookie)
    let stickyBy = Self.stickyBy(observed, seen.cookie)
    // What is dealt out to new visitors is of no account to whoever asks whether visitors stay.
    let unit = policy == observed.policy || policy.heedsLoad ? observed.unit : nil
    let shares = Self.shares(seen, expectation, observed, judged)
    let isOfRequests = judged.shareRule == .deviation || judged.shareRule == .chance
    let figures = ShareFigures(Self.counted(seen, observed, judged), judged.shareRule == .busyTime ? [:] : shares)
    expectedShares = isOfRequests ? shares : [:]

    section = FairnessSection(
      policy: policy.rawValue, expectedPolicy: judged.rawValue, per: unit, period: observed.period,
      rotationScore: observed.answered.count > 1 ? observed.rotationScore : nil,
      maxDeviation: figures.deviation?.maxDeviation, jainIndex: figures.deviation?.jainIndex,
      chiSquare: figures.chiSquare.map {
        ChiSquareSection(statistic: $0.statistic, degreesOfFreedom: $0.degreesOfFreedom, pValue: $0.pValue)
      },
      detectableDeviation: figures.detectable, stickyBy: stickyBy,
      busyShares: judged.heedsLoad || policy.heedsLoad ? observed.load?.busyShares : nil, nobody: seen.nobody)
    var rule = Self.judgeShares(figures, judged, observed, seen, expectation)
    if isOfRequests, !policy.heedsLoad, observed.unit != .connection {
      rule.assertion = Self.throughout(rule.assertion, observed.change, seen, shares, expectation)
    }
    if isOfRequests, !policy.heedsLoad, observed.unit == .request {
      rule.assertion = Self.amongFirstAnswers(rule.assertion, seen, shares)
    }
    let doubt = rule.doubt == .pause && !seen.mayBeReplaced(expectation) ? nil : rule.doubt
    slowInSample = doubt == .pause ? figures.leastGiven ?? "" : nil
    let vote = SampleVote(
      samples: seen.samples, slow: seen.slowInSamples + [slowInSample].compactMap(\.self),
      most: judged.heedsLoad ? SampleVote.mostOfLoad : SampleVote.most)
    wantsAnotherSample = doubt == .chance ? seen.samples < 2 : vote.isOpen
    wantsShuffledConnections = Self.pinned(unit, observed, seen, expectation) != nil && !seen.hasShuffledStage
    assertions =
      [vote.decided(Self.policyAssertion(policy, judged, seen, observed, stickyBy, expectation))]
      + [Self.unitAssertion(unit, observed, seen, expectation)].compactMap(\.self)
      + Self.attendance(seen, expectation, observed, judged) + Self.losses(seen)
      + [rule.assertion].compactMap(\.self)
      + (observed.policy.isRotation && judged.isRotation
        ? [Self.rotationAssertion(observed, seen, expectation.rotationThreshold)] : [])
      + [seen.unequal.flatMap { Self.unequalAssertion($0, observed) }].compactMap(\.self)
    notes = Self.notes(policy, observed, seen, figures, judged, expectation)
  }

  /// What visitors stay by: the keys that decide, else a cookie of the server.
  private static func stickyBy(_ observed: ObservedBalancing, _ cookie: CookieAffinity?) -> String? {
    observed.keys.text ?? cookie.map { AffinityKey.cookie($0.cookie).name }
  }

  /// Requests that failed, and answers that no backend gave.
  private static func losses(_ seen: FairnessObservations) -> [Assertion] {
    let failed = Assertion(
      .traffic(.noRequestFailed), verdict: Verdict(onFailures: seen.failed, acrossPauses: seen.failedAcrossPauses),
      expected: "0 of \(Formatting.count(seen.requests)) failed",
      actual: seen.failed == 0
        ? "0"
        : "\(Formatting.count(seen.failed)) failed: \(seen.failuresInWords)"
          + Measurements.acrossPausesInWords(seen.failedAcrossPauses),
      finding: seen.failed == 0
        ? nil : .labelled(seen.failuresInWords + Measurements.acrossPausesInWords(seen.failedAcrossPauses)))
    guard seen.nameless > 0 else {
      return [failed] + AnswerOrigins.servedByBackends(nameless: seen.namelessErrors, of: seen.requests)
    }
    return [
      failed,
      Assertion(
        .standing(.servedByBackends), verdict: .fail, expected: "a backend's name on every answer",
        actual: "\(Formatting.count(seen.nameless, "answer")) named none",
        detail: "The balancer itself, or a server that it does not name, may have answered."),
    ]
  }

  private static func rotationAssertion(
    _ observed: ObservedBalancing, _ seen: FairnessObservations, _ threshold: Double
  ) -> Assertion {
    let score = observed.rotationScore
    // Who prefers idle backends deals out no more evenly than by chance either, and is a rotation while all are alike.
    if score >= threshold, observed.unit == .request, observed.load?.isAsByChance != false,
      observed.load?.mayPreferIdle != true,
      seen.isChanceUnderLoad
    {
      let reason =
        "One request after another is dealt out in turn, and many at a time no more evenly than by chance: other visitors' "
        + "requests in between do that, or a balancer that chooses otherwise under load."
      return Assertion(
        .sharing(.rotationScore), verdict: .inconclusive,
        expected: "≥ \(Formatting.shortPercent(threshold)), under load too",
        actual: "\(Formatting.percent(score)), not under load", detail: reason, reason: reason)
    }
    return Assertion(
      .sharing(.rotationScore), verdict: score >= threshold ? .pass : .inconclusive,
      expected: "≥ \(Formatting.shortPercent(threshold))",
      actual: Formatting.percent(score),
      detail: observed.areTurnsVaried
        ? "The part of the turns in which each backend has its weight; their order varies."
        : "The part of serial answers that came from the same backend as one period earlier.",
      reason: score >= threshold ? nil : "Other visitors' requests break a rotation's order like this.")
  }

  private static func policyAssertion(
    _ policy: BalancingPolicy, _ judged: BalancingPolicy, _ seen: FairnessObservations, _ observed: ObservedBalancing,
    _ stickyBy: String?, _ expectation: FairnessExpectation
  ) -> Assertion {
    var actual = policy.rawValue
    if policy == .sticky, let stickyBy { actual += " by \(stickyBy)" }
    // Of whose visitors none was looked at, nobody knows whether they stay.
    let unasked =
      policy == .sticky
      ? seen.cookie.map { seen.answered.filter(Set(seen.answered).subtracting($0.backends).contains) } ?? [] : []
    let isUntold = observed.mayHeedLoad(judged, policy)
    let weights = wrongWeights(observed, judged, expectation)
    let staying = policy == .sticky && judged == .sticky ? StayingEvidence(seen, observed.keys) : nil
    let isHeld = unasked.isEmpty && staying?.tooFew == nil
    let verdict: Verdict =
      weights != nil || staying?.moves != nil
      ? .fail
      : policy == judged
        ? (isHeld ? .pass : .inconclusive) : policy == .unknown || isUntold ? .inconclusive : .fail
    let detail: String? =
      switch (policy, verdict) {
      case (_, .pass): staying?.power
      case (.sticky, .fail) where staying?.moves != nil: staying?.moves.map { "\($0)." }
      case (_, .inconclusive) where isUntold:
        "All backends were equally busy, and then it looks like any other policy: name a path with a latency that "
          + "differs among them with --unequal."
      case (.sticky, .inconclusive) where unasked.isEmpty: staying?.tooFew
      case (.sticky, .inconclusive): "No visitor of \(list(unasked)) was met in time to see whether they stay."
      case (.unknown, _) where seen.areBackendsHidden:
        "Too many answers are no backend's to tell how the backends are chosen."
      case (.unknown, _) where !seen.unseenMethods.isEmpty:
        "The order of \(seen.unseenMethods.joined(separator: " and ")) was not looked at: --probe-as-is does."
      case (.unknown, _) where !seen.hasSerialStage:
        "There was no serial stage, and only that shows an order."
      case (.unknown, _) where Set(seen.serial.flatMap { $0 } + seen.fresh).count == 1:
        "One request after another met one backend, and many at a time several: no key of the request explains it."
      case (.unknown, _): tooFewForChance(observed, expectation) ?? policy.detail
      default: policy.detail
      }
    return Assertion(
      .sharing(.policy), verdict: verdict, expected: judged.rawValue + (weights.map { ", \($0.named)" } ?? ""),
      actual: actual + (weights.map { ", \($0.seen)" } ?? ""), detail: detail,
      finding: staying?.moves.map { .labelled($0) } ?? .policy(policy, stickyBy: stickyBy))
  }

  /// The weights that are named and those that the turn shows, where it is seen without a break and they differ.
  private static func wrongWeights(
    _ observed: ObservedBalancing, _ judged: BalancingPolicy, _ expectation: FairnessExpectation
  ) -> (named: String, seen: String)? {
    let named = expectation.namedWeights
    guard judged == .weightedRoundRobin, observed.policy == judged, !named.isEmpty, !observed.areTurnsVaried,
      observed.rotationScore == 1
    else { return nil }
    let seen = Dictionary(observed.period.map { ($0, 1) }, uniquingKeysWith: +)
    guard Set(seen.keys) == Set(named.keys), seen != named else { return nil }
    func text(_ weights: [String: Int]) -> String {
      let all = weights.sorted { $0.key < $1.key }
      return all.prefix(8).map { "\($0.key) \($0.value)" }.joined(separator: ", ") + (all.count > 8 ? " …" : "")
    }
    return (text(named), text(seen))
  }

  /// Connections that met one backend each though requests are dealt out, more of them than by chance.
  private static func pinned(
    _ unit: BalancingUnit?, _ observed: ObservedBalancing, _ seen: FairnessObservations,
    _ expectation: FairnessExpectation
  ) -> PinnedConnections? {
    guard unit == .request, (expectation.per ?? .request) == .request, observed.keys.isEmpty, seen.cookie == nil
    else { return nil }
    return seen.pinned.flatMap { $0.isChance ? nil : $0 }
  }

  /// Whether requests are dealt out, or connections; `nil` where it was not seen, or makes no difference.
  private static func unitAssertion(
    _ unit: BalancingUnit?, _ observed: ObservedBalancing, _ seen: FairnessObservations,
    _ expectation: FairnessExpectation
  ) -> Assertion? {
    guard let unit, !observed.keys.contains(.clientAddress) else { return nil }
    let wanted = expectation.per ?? .request
    if let reason = pinned(unit, observed, seen, expectation).flatMap({ seen.whyNotInStep($0) }) {
      return Assertion(
        .sharing(.per), verdict: .inconclusive, expected: "each \(wanted.rawValue)",
        actual: "each request, but for some connections", detail: reason, reason: reason)
    }
    if !observed.isUnitCertain, expectation.per == nil { return nil }
    let verdict: Verdict = unit == wanted ? .pass : observed.isUnitCertain ? .fail : .inconclusive
    let detail: String? =
      switch (verdict, unit) {
      case (.pass, _): nil
      case (.inconclusive, _):
        "Every request had a connection of its own, so that turns by request and by connection look alike."
      case (.fail, .connection):
        "All requests of a connection meet the backend of its first one. A visitor on one kept connection, an HTTP/2 or gRPC "
          + "client or another proxy's pool, loads one backend alone; that matters where few connections carry much."
      case (.fail, .request): "Requests over the same connection met different backends."
      }
    return Assertion(
      .sharing(.per), verdict: verdict, expected: "each \(wanted.rawValue)", actual: "each \(unit.rawValue)",
      detail: detail, finding: unit == .connection ? .connectionsDistributed : nil)
  }

  private static func notes(
    _ policy: BalancingPolicy, _ observed: ObservedBalancing, _ seen: FairnessObservations, _ figures: ShareFigures,
    _ judged: BalancingPolicy, _ expectation: FairnessExpectation
  ) -> [String] {
    var notes: [String] = []
    let total = figures.total
    notes += RunNotes(seen, policy, observed, total).lines
    if let cookie = seen.cookie {
      notes.append(
        "Visitors stay by cookie \(cookie.cookie): \(Formatting.count(cookie.visitors)) of them came back with it \(Formatting.count(cookie.returns, "time")) on "
          + "connections of their own, each time to the same backend. \(StayingEvidence.power(cookie.returns)) "
          + "The shares are those of visitors without it.")
    }
    if policy == .single, expectation.backends.primaries.count != 1 {
      notes.append(oneBackend(seen.choice?.inert ?? []))
    }
    if judged.shareRule == .chance, let found = figures.found(expectation), found > expectation.tolerance {
      let what = observed.unit == .connection ? "connections" : "requests"
      let ratio = found / max(expectation.tolerance, 1e-6)
      let needed = Int((Double(total) * ratio * ratio / 100).rounded(.up)) * 100
      notes.append(
        "\(Formatting.count(total)) \(what) find only a deviation of \(Formatting.pointsSize(found)) or more in 99 runs of 100; ask for "
          + "\(Formatting.count(needed)) with --requests"
          + (observed.unit == .connection ? " and --fresh-connections 100%." : "."))
    }
    return notes
  }

  private static func oneBackend(_ inert: [AffinityKey]) -> String {
    let whatever = inert.text.map { ", whatever \($0) it had" } ?? ""
    let other =
      inert.contains(.clientAddress)
      ? "" : "; from one client address, a balancer that sticks to client addresses looks the same"
    return "One backend answered every request\(whatever)\(other)."
  }
}
