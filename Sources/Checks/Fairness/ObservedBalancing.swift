internal import Statistics

/// What all stages together show of how the balancer chooses: found before anything is judged.
struct ObservedBalancing {
  /// The policy by which requests or connections are dealt out, those of new visitors where a cookie of the server keeps them.
  let policy: BalancingPolicy
  /// What is dealt out; `nil` where it was not seen.
  let unit: BalancingUnit?
  /// Whether it was distinguished from the other one, which takes connections with several requests.
  let isUnitCertain: Bool
  /// Every backend that answered, in the order of their names, which is mostly that of the balancer's configuration.
  let answered: [String]
  /// The turn, where there is a rotation.
  let period: [String]
  let rotation: Rotation
  /// What decides, where the policy is sticky.
  let keys: [AffinityKey]
  /// Who answered one request after another.
  let idle: [String]
  /// How the shares under load compare with those without, by the unequal path where that shows it; `nil` where that was not
  /// seen.
  let load: LoadLook?
  /// Whether the unequal path shows it.
  let isLoadUnequal: Bool
  /// How many of the requests one after another it takes to tell chance from a long rotation, where those that were made are too
  /// few for that alone.
  let requestsForChance: Int?
  /// Whether least connections with ties at random and two choices explain what was seen equally well.
  let isLoadPolicyOpen: Bool
  /// The part of the turns in which each backend has its weight, where their order varies; `nil` where it was not looked for.
  let exactTurns: Double?
  /// Whether idle backends may be preferred, and short stretches under load are as uneven as in no rotation.
  let isUneven: Bool
  /// A change of the shares in the run that the load does not explain.
  let change: (share: ShareChange, sent: UInt64, text: String)?
  let serialChange: String?

  init(_ seen: FairnessObservations, _ expectation: FairnessExpectation) {
    answered = seen.answered.sorted()
    serialChange = seen.serialChange
    let numbers = Dictionary(uniqueKeysWithValues: answered.enumerated().map { ($1, $0) })
    let look = SerialLook(seen)
    let rotation = Rotation(segments: look.segments.map { $0.map { numbers[$0]! } })
    var (policy, unit) = (BalancingPolicy.unknown, look.unit)
    var keys: [AffinityKey] = []
    if seen.areBackendsHidden {
      unit = nil
    } else if answered.count == 1, !(seen.hasSerialStage || seen.unseenMethods.isEmpty) {
      // Of one backend alone there is no order to look at.
      (policy, unit) = (.single, nil)
    } else if !seen.hasSerialStage {
      unit = Self.unit(underLoad: seen)
    } else {
      policy = BalancingPolicy.observed(
        inSegments: look.segments.map { $0.map { numbers[$0]! } }, rotation: rotation)
      if policy == .single {
        // What decides one request at a time may not decide many at a time, as where a hash gives way to a bound on the load.
        keys = seen.concurrent.count { $0.answers > 0 } > 1 ? [] : seen.choice?.keys ?? []
        (policy, unit) = Self.constant(seen, answered: answered.count, keys)
      } else if unit == .connection, seen.mixedConnections > 0 {
        // Connections one at a time do not show how they are dealt out together.
        (policy, unit) = (.unknown, nil)
      }
    }
    let weights = expectation.namedWeights
    let isExact = rotation.isPeriodic && rotation.score >= expectation.rotationThreshold
    exactTurns =
      !isExact && (policy == .unknown || policy == .random || policy.isRotation)
      ? look.exactTurns(weights, of: answered) : nil
    if let exactTurns, exactTurns >= expectation.rotationThreshold, unit != nil {
      policy = Set(answered.map { weights[$0] ?? 1 }).count > 1 ? .weightedRoundRobin : .roundRobin
    }
    idle = seen.serial.flatMap { $0 }
    let own = LoadLook(seen.flights, idle: idle, weights: weights)
    let unequal = Self.unequal(seen, beside: own, idle, weights)
    (load, isLoadUnequal) = (unequal ?? own, unequal != nil)
    let isChanceOpen = policy == .unknown && unit != nil
    requestsForChance = isChanceOpen ? look.requestsForChance(numbers, rotation) : nil
    let heeded = keys.isEmpty && seen.mixedConnections > 0 ? Self.policy(load, serially: policy, seen) : nil
    let change = seen.change
    let lateChange = change?.share.isLate == true ? change?.sent : nil
    let isChanging = !isLoadUnequal && !Self.isSteady(load, lateChange, seen, weights)
    if let heeded { (policy, unit) = (isChanging ? .unknown : heeded.policy, .request) }
    isLoadPolicyOpen = heeded?.isOpen ?? false
    isUneven = own?.mayPreferIdle == true && seen.isUneven
    let isOfLoad = isUneven || change.map { [idle] in Self.isOfLoad($0.sent, seen, idle, weights) } == true
    self.change = isOfLoad ? nil : change
    // Two choices even the counts out under load alone, and are chance without any.
    let mayBeTwoChoices = expectation.judgedPolicy == .random && seen.isRandomSerially
    if policy == .random, !seen.isRandomThroughout(per: unit), !mayBeTwoChoices { policy = .unknown }
    if policy == .weightedRoundRobin, Self.mayBeEven(rotation, unit, seen, weights) { policy = .unknown }
    (self.policy, self.unit, self.keys, self.rotation) = (policy, unit, keys, rotation)
    isUnitCertain = unit != nil && (look.unit != unit || look.isCertain)
    period =
      policy.isRotation && exactTurns ?? 0 <= rotation.score ? rotation.period.map { [answered] in answered[$0] } : []
  }

  /// What the unequal path shows of the target, too.
  ///
  /// A target whose busy backends get as many as the others is not dealt out by load, whatever the path is.
  private static func unequal(
    _ seen: FairnessObservations, beside own: LoadLook?, _ idle: [String], _ weights: [String: Int]
  ) -> LoadLook? {
    let look = seen.unequal?.load(idle: idle, weights: weights)
    return own?.heed == LoadLook.Heed.none && look?.heed != LoadLook.Heed.none ? nil : look
  }

  /// The policy of a balancer that heeds the load, by its policy without any; `nil` for one that does not.
  private static func policy(
    _ load: LoadLook?, serially policy: BalancingPolicy, _ seen: FairnessObservations
  ) -> (policy: BalancingPolicy, isOpen: Bool)? {
    // Who is away for a while, or fails, gets fewer requests from any balancer.
    guard let load, seen.failed == 0, seen.failedTries.isEmpty, seen.silences.isEmpty else { return nil }
    let isConstant = Set(seen.serial.flatMap { $0 } + seen.fresh).count == 1
    switch (load.heed, policy) {
    case (.none, _), (.untold, _): return nil
    // Two choices follow no turn without load, be the weights named right or not.
    case (.least, .roundRobin), (.least, .weightedRoundRobin), (.less, .roundRobin), (.less, .weightedRoundRobin),
      (.other, .roundRobin), (.other, .weightedRoundRobin):
      return (.leastConnections, false)
    case (.other, _): return nil
    // Any shares differ from one backend's alone: they say something only if the slow one gets fewer.
    case (.least, _) where isConstant: return load.areCountsUneven ? (.leastConnections, false) : nil
    case (.less, _) where isConstant: return nil
    case (.least, _): return (.leastConnections, true)
    case (.less, _): return (.twoChoices, false)
    }
  }

  /// Whether the load explains a change of the shares in the run: whose weight changes gets more or fewer requests, too.
  private static func isSteady(
    _ load: LoadLook?, _ change: UInt64?, _ seen: FairnessObservations, _ weights: [String: Int]
  ) -> Bool {
    guard let load, let change else { return true }
    return load.holdsThroughout(seen.flights, split: change, idle: seen.serial.flatMap { $0 }, weights)
  }

  /// Whether the load, and no other weights, explains that the shares changed at a time of the run: in either part of it, who took longer
  /// got fewer.
  private static func isOfLoad(
    _ sent: UInt64, _ seen: FairnessObservations, _ idle: [String], _ weights: [String: Int]
  ) -> Bool {
    let parts = [seen.inFlight.filter { $0.sent < sent }, seen.inFlight.filter { $0.sent >= sent }]
    let looks = parts.map { LoadLook(Flights(names: seen.flights.names, requests: $0), idle: idle, weights: weights) }
    return looks.contains { $0?.explainsCounts == true }
      && looks.allSatisfy { look in
        look.map { $0.explainsCounts || !$0.areCountsUneven && $0.deviation <= LoadLook.blur } ?? false
      }
  }

  /// Whether other visitors' requests, in between, may have made another turn of the named one: they broke the order seen, and
  /// under load the shares are the named ones.
  private static func mayBeEven(
    _ rotation: Rotation, _ unit: BalancingUnit?, _ seen: FairnessObservations, _ weights: [String: Int]
  ) -> Bool {
    guard unit != nil, rotation.isPeriodic, rotation.score < 1 else { return false }
    let dealt = unit == .connection ? seen.connections : seen.concurrent
    let answered = dealt.filter { $0.answers > 0 || weights[$0.name] != nil }
    let counts = Dictionary(
      rotation.period.map { (seen.answered.sorted()[$0], 1) }, uniquingKeysWith: +)
    let named = answered.map { Double(weights[$0.name] ?? 1) }
    let turn = answered.map { Double(counts[$0.name] ?? 0) }
    guard
      let fit = ChiSquare(observed: answered.map(\.answers), expectedShares: named),
      ShareDeviation.normalized(named) != ShareDeviation.normalized(turn)
    else { return false }
    return fit.pValue >= ChiSquare.beyondChance
  }

  /// Where one request at a time always met the same backend.
  private static func constant(
    _ seen: FairnessObservations, answered: Int, _ keys: [AffinityKey]
  ) -> (BalancingPolicy, BalancingUnit?) {
    if !keys.isEmpty { return (.sticky, seen.choice?.per) }
    if answered == 1 { return (.single, nil) }
    let unit = unit(underLoad: seen)
    // Whoever has an idle connection may answer the next request, and one after another that is always the same.
    return (.unknown, unit == .connection ? unit : nil)
  }

  /// What the concurrent stage alone shows to be dealt out: connections, where each of them stayed with its backend for several
  /// requests and not all with the same.
  private static func unit(underLoad seen: FairnessObservations) -> BalancingUnit? {
    if seen.mixedConnections > 0 { return .request }
    let connections = seen.connections.reduce(0) { $0 + $1.answers }
    let answers = seen.concurrent.reduce(0) { $0 + $1.answers }
    let several = seen.connections.count { $0.answers > 0 } > 1
    return several && answers >= 2 * connections ? .connection : nil
  }

  /// Whether others' requests may have come in between.
  var isDisturbed: Bool { policy == .unknown || policy.isRotation && rotationScore < 1 }

  /// Whether there is a rotation in whose turns the order varies.
  var areTurnsVaried: Bool {
    policy.isRotation && (!rotation.isPeriodic || exactTurns.map { $0 > rotation.score } ?? false)
  }

  /// The part of the answers that the rotation predicts, 0 to 1.
  var rotationScore: Double { areTurnsVaried ? exactTurns ?? rotation.score : rotation.score }

  /// Whether a policy that heeds the load is expected, and what was seen is what it looks like where all are equally busy.
  func mayHeedLoad(_ judged: BalancingPolicy, _ policy: BalancingPolicy) -> Bool {
    guard judged.heedsLoad, unit == .request, load?.heed == .untold else { return false }
    // Two choices follow no turn.
    return policy == .random || policy == .unknown || judged == .leastConnections && policy.isRotation
  }

  /// Whether it is what is expected.
  ///
  /// Visitors who stay by a cookie of the server are sticky, and the new ones among them are dealt out by a policy of their own:
  /// whoever asks for one of the two gets it.
  func policy(judgedAs judged: BalancingPolicy, _ cookie: CookieAffinity?) -> BalancingPolicy {
    if judged == .sticky, cookie != nil { return .sticky }
    return isLoadPolicyOpen && judged == .twoChoices ? .twoChoices : policy
  }
}

extension SerialLook {
  /// The part of the turns in which each backend has its weight, by the best place to begin one; `nil` for too few.
  fileprivate func exactTurns(_ weights: [String: Int], of answered: [String]) -> Double? {
    ExactTurns(segments, weights: Dictionary(uniqueKeysWithValues: answered.map { ($0, weights[$0] ?? 1) }))?.share
  }
}

extension SerialLook {
  fileprivate func requestsForChance(_ numbers: [String: Int], _ rotation: Rotation) -> Int? {
    BalancingPolicy.requestsForChance(inSegments: segments.map { $0.map { numbers[$0]! } }, rotation: rotation)
  }
}

/// The answers to one request after another, in the order that shows the policy.
private struct SerialLook {
  /// One list for each stretch in which the order counts.
  let segments: [[String]]
  let unit: BalancingUnit?
  let isCertain: Bool

  init(_ seen: FairnessObservations) {
    let kept = seen.serial.filter { $0.count > 1 }
    if kept.contains(where: { Set($0).count > 1 }) {
      (segments, unit, isCertain) = (seen.serial, .request, true)
    } else if !kept.isEmpty {
      // Each connection stayed: what was dealt out is connections, if anything.
      let firsts = seen.fresh.isEmpty ? seen.serial.compactMap(\.first) : seen.fresh
      let isVaried = Set(firsts).count > 1
      (segments, unit, isCertain) = ([firsts], isVaried ? .connection : nil, isVaried)
    } else {
      // A server that closes after every response leaves no order within connections, only one across them.
      let firsts = seen.serial.flatMap { $0 }
      (segments, unit, isCertain) = ([firsts], Set(firsts).count > 1 ? .connection : nil, false)
    }
  }
}
