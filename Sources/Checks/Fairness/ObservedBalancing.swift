internal import Statistics

/// What all stages together show of how the balancer chooses: found before anything is judged.
struct ObservedBalancing {
  /// The policy by which requests or connections are dealt out, those of new visitors where a cookie of the server keeps them.
  let policy: BalancingPolicy
  /// What is dealt out; `nil` where it was not seen.
  let unit: BalancingUnit?
  /// Whether it was told from the other one, which takes connections with several requests.
  let isUnitCertain: Bool
  /// Every backend that answered, in the order of their names, which is mostly that of the balancer's configuration.
  let answered: [String]
  /// The turn, where there is a rotation.
  let period: [String]
  let rotation: Rotation
  /// What decides, where the policy is sticky.
  let keys: [AffinityKey]

  init(_ seen: FairnessObservations) {
    answered = seen.answered.sorted()
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
    (self.policy, self.unit, self.keys, self.rotation) = (policy, unit, keys, rotation)
    isUnitCertain = unit != nil && (look.unit != unit || look.isCertain)
    period = policy.isRotation ? rotation.period.map { [answered] in answered[$0] } : []
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

  /// Whether it is what is expected.
  ///
  /// Visitors who stay by a cookie of the server are sticky, and the new ones among them are dealt out by a policy of their own:
  /// whoever asks for one of the two gets it.
  func policy(judgedAs judged: BalancingPolicy, _ cookie: CookieAffinity?) -> BalancingPolicy {
    judged == .sticky && cookie != nil ? .sticky : policy
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
