internal import Report
internal import Statistics

/// The figures that two reports have in common, in the order to show them.
struct ComparedQuantities {
  let base: ReportDocument
  let candidate: ReportDocument
  /// The change that counts as none, as a share of the base's figure.
  let margin: Double
  private let loads: ComparedLoads

  init(base: ReportDocument, candidate: ReportDocument, margin: Double) {
    self.base = base
    self.candidate = candidate
    self.margin = margin
    loads = ComparedLoads(base: base, candidate: candidate)
  }

  /// Differences in latency below 0.2 ms are noise of the machine.
  static let leastMilliseconds = 0.2
  /// A closed loop drives the target to its limit, so latency varies with whatever else the machine does: three times the
  /// margin counts there.
  static let closedLoopFactor = 3.0
  /// How often something has to wake up for a request, as the generator has for sending it: the balancer, its backend,
  /// the balancer again, the generator. As each may be as late as that, four times as many requests are held up as were
  /// sent late, and that much latency is the machine's.
  static let wakings = 4.0
  /// A tenth of a percentage point of lost requests.
  static let leastFailedShare = 0.001
  /// Two percentage points of a backend's share, as fairness tolerates.
  static let leastBackendShare = 0.02
  /// A visitor in a thousand.
  static let leastKeptShare = 0.001
  static let leastOutageMilliseconds = 100.0

  /// - Throws: an error that names the damaged side.
  func all() throws(ComparisonError) -> [ComparedQuantity] {
    var all = try times().map(ofOneState)
    // Where phases are distinguished, the whole only mixes them.
    let phases = phases()
    if phases.isEmpty { all += losses() }
    all += rate().map(ofOneState)
    if loads.difference != nil {
      for index in all.indices { all[index].isOfOtherLoads = true }
    }
    all += shares() + split()
    for index in all.indices where all[index].extent == nil { all[index].extent = requests }
    return all + sessions() + capacity() + phases + bytes()
  }

  /// Which run did not stay in one state, and how; `nil` where both did, or it is not known.
  private var unsteady: String? {
    [("base", base), ("candidate", candidate)].lazy.compactMap { name, document in
      document.steadiness?.changes.first.map { "the \(name) was not steady: \($0.inWords)" }
    }.first
  }

  private func ofOneState(_ quantity: ComparedQuantity) -> ComparedQuantity {
    var quantity = quantity
    quantity.unsteady = unsteady
    return quantity
  }

  /// The requests of the longer run, and how long they took.
  private var requests: SettlingRun? {
    let traffics = [base, candidate].compactMap(\.traffic)
    guard let count = traffics.map(\.requests.completed).max(), count > 0 else { return nil }
    let seconds = traffics.filter { $0.rate.achieved > 0 }.map { Double($0.requests.completed) / $0.rate.achieved }
    return SettlingRun(times: 1, unit: .requests, count: count, seconds: seconds.max())
  }

  private func times() throws(ComparisonError) -> [ComparedQuantity] {
    var all: [ComparedQuantity] = []
    for time in TrafficTimes.allCases {
      guard let base = try times(time, base, .base), let candidate = try times(time, candidate, .candidate) else {
        continue
      }
      all += time.percentiles.compactMap { percentile in
        // Without an upper end to the interval it cannot be decided.
        if percentile > 99.9, ![base, candidate].allSatisfy({ $0.bounds(percentile) }) { return nil }
        let rarer = 100 - (100 - percentile) / Self.wakings
        let late = max(base.whole.lateness(rarer), candidate.whole.lateness(rarer))
        let share = margin * (loads.isEitherClosed ? Self.closedLoopFactor : 1)
        let point = base.milliseconds(percentile) ?? 0
        return time.quantity(
          percentile, base, candidate, margin: max(share * point, Self.leastMilliseconds), disturbance: late,
          isPerRequest: loads.haveConnectionsPerRequest)
      }
    }
    return all
  }

  private func times(
    _ time: TrafficTimes, _ document: ReportDocument, _ side: ComparisonError.Side
  ) throws(ComparisonError) -> ComparedTimes? {
    do throws(Histogram.DecodingError) {
      return try ComparedTimes(time, of: document)
    } catch {
      throw ComparisonError(
        side,
        "a damaged report: traffic.\(time.rawValue).histogram cannot be read (expected an HdrHistogram V2 in base64)")
    }
  }

  /// Bytes per request: a single run does not show how much they vary, and neither direction is better.
  private func bytes() -> [ComparedQuantity] {
    guard let own = base.traffic, let other = candidate.traffic, own.requests.completed > 0,
      other.requests.completed > 0,
      let sent = own.bytes, let sentNow = other.bytes
    else { return [] }
    return [("sent", \ByteCounts.sent), ("received", \ByteCounts.received)].map { name, count in
      let before = Double(sent[keyPath: count]) / Double(own.requests.completed)
      var quantity = ComparedQuantity(
        name: "bytes \(name) per request", unit: .bytes, base: before,
        candidate: Double(sentNow[keyPath: count]) / Double(other.requests.completed), margin: margin * before,
        direction: .neither, intervals: nil)
      quantity.isBesides = true
      return quantity
    }
  }

  private func losses() -> [ComparedQuantity] {
    guard let own = base.traffic?.requests, let other = candidate.traffic?.requests else { return [] }
    func share(_ name: String, _ count: KeyPath<RequestCounts, Int>) -> ComparedQuantity? {
      .share(
        name, Proportion(own[keyPath: count], of: own.completed),
        Proportion(other[keyPath: count], of: other.completed),
        margin: margin, least: Self.leastFailedShare, direction: .lower)
    }
    return [share("failed", \.failed), share("retried", \.retried)].compactMap { $0 }
  }

  private func rate() -> [ComparedQuantity] {
    guard let own = base.traffic?.rate, let other = candidate.traffic?.rate, loads.isRateMeasured else { return [] }
    func components(_ document: ReportDocument) -> VarianceComponents? {
      VarianceComponents(document.comparedRuns.map(\.traffic.rate.achieved))
    }
    let (ownRuns, otherRuns) = (components(base), components(candidate))
    let before = ownRuns?.mean ?? own.achieved
    func quantity(_ intervals: ComparedQuantity.Intervals?) -> ComparedQuantity {
      ComparedQuantity(
        name: "rate", unit: .perSecond, base: before, candidate: otherRuns?.mean ?? other.achieved,
        margin: margin * before, direction: .higher, intervals: intervals)
    }
    guard let ownRuns, let otherRuns else { return [quantity(nil)] }
    return [quantity(ComparedQuantity.intervals(ownRuns, otherRuns)).overRuns(ownRuns, otherRuns)]
  }

  private func shares() -> [ComparedQuantity] {
    // The parts of a split are compared as such.
    if base.split != nil, candidate.split != nil { return [] }
    let own = base.backends ?? []
    let other = candidate.backends ?? []
    // A report that names no backend in common is about other backends, not about none.
    let names = Set(own.map(\.name)).intersection(other.map(\.name))
    guard !names.isEmpty else { return [] }
    func succeeded(_ name: String, _ backends: [BackendSection]) -> Proportion? {
      let count = backends.filter { $0.name == name }.reduce(0.0) { $0 + Double($1.succeeded) }
      return Proportion(count, of: backends.reduce(0.0) { $0 + Double($1.succeeded) })
    }
    return Set(own.map(\.name) + other.map(\.name)).sorted().prefix(256).compactMap { name in
      let expected = other.first { $0.name == name }?.expectedShare
      return .share(
        "share of \(name)", succeeded(name, own), succeeded(name, other), margin: 0, least: Self.leastBackendShare,
        direction: expected.map { .nearer(to: $0) } ?? .neither)
    }
  }

  /// Visitors who stayed.
  private func sessions() -> [ComparedQuantity] {
    func kept(_ sessions: SessionsSection?) -> Proportion? {
      sessions.flatMap { Proportion($0.kept, of: $0.visitors - ($0.notFollowed ?? 0)) }
    }
    var quantity = ComparedQuantity.share(
      "visitors who stayed", kept(base.sessions), kept(candidate.sessions), margin: 0, least: Self.leastKeptShare,
      direction: .higher)
    quantity?.extent = SettlingRun(
      times: 1, unit: .visitors, count: [base, candidate].compactMap(\.sessions?.visitors).max())
    return [quantity].compactMap(\.self)
  }

  /// The parts of a split, which should be as the candidate's report expects them.
  private func split() -> [ComparedQuantity] {
    guard let own = base.split, let other = candidate.split else { return [] }
    func part(_ name: String, _ split: SplitSection) -> Proportion? {
      Proportion(
        split.parts.first { $0.name == name }?.requests ?? 0,
        of: split.parts.reduce(split.nameless ?? 0) { $0 + $1.requests })
    }
    return other.parts.compactMap { found in
      .share(
        "part of \(found.name)", part(found.name, own), part(found.name, other), margin: 0, least: other.margin,
        direction: .nearer(to: found.expectedShare ?? 0))
    }
  }

  /// The search knows the highest rate to its precision.
  private func capacity() -> [ComparedQuantity] {
    guard let base = base.capacity, let candidate = candidate.capacity, let own = base.rate, let other = candidate.rate
    else { return [] }
    func interval(_ section: CapacitySection, _ rate: Double) -> ComparedQuantity.Interval {
      (rate * (1 - section.precision), section.isLowerBound ? .infinity : rate * (1 + section.precision))
    }
    let (from, to) = (interval(base, own), interval(candidate, other))
    return [
      ComparedQuantity(
        name: "capacity", unit: .perSecond, base: own, candidate: other, margin: margin * own, direction: .higher,
        intervals: { _ in (from, to, (to.low - from.high, to.high - from.low)) },
        remark: base.isLowerBound || candidate.isLowerBound
          ? "no rate above it was shown to fail" : "to the precision of the search")
    ]
  }

  private func phases() -> [ComparedQuantity] {
    let others = Dictionary((candidate.phases ?? []).map { ($0.name, $0) }) { first, _ in first }
    return (base.phases ?? []).flatMap { phase -> [ComparedQuantity] in
      guard let other = others[phase.name] else { return [] }
      var failed = ComparedQuantity.share(
        "failed in \(phase.name)", Self.failed(phase), Self.failed(other), margin: margin,
        least: Self.leastFailedShare, direction: .lower)
      failed?.extent = SettlingRun(times: 1, unit: .rounds)
      func longest(_ phase: PhaseSection) -> Double { (phase.outages.map(\.durationSeconds).max() ?? 0) * 1000 }
      let outage = ComparedQuantity(
        name: "longest outage in \(phase.name)", unit: .milliseconds, base: longest(phase), candidate: longest(other),
        margin: max(Self.leastOutageMilliseconds, margin * longest(phase)), direction: .lower, intervals: nil)
      return [failed, outage].compactMap { $0 }
    }
  }

  /// The requests of an outage fail together, so those of the same moment count as one.
  private static func failed(_ phase: PhaseSection) -> Proportion? {
    let requests = phase.traffic.requests
    guard requests.scheduled > 0 else { return nil }
    let total = Double(requests.scheduled)
    let moments = phase.durationSeconds > 0 ? max(1, phase.durationSeconds / LatencySample.sameMoment) : total
    let effective = min(total, moments)
    return Proportion(Double(requests.failed) / total * effective, of: effective)
  }
}
