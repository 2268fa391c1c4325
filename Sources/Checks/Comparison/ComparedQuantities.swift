internal import Report
internal import Statistics

/// The figures that two reports have in common, in the order to show them.
struct ComparedQuantities {
  let base: ReportDocument
  let candidate: ReportDocument
  /// The change that counts as none, as a share of the base's figure.
  let margin: Double

  /// Differences in latency below 0.2 ms are the machine's.
  static let leastMilliseconds = 0.2
  /// A closed loop drives the target as far as it goes, so that latency moves with whatever else the machine does: three
  /// times the margin counts there.
  static let closedLoopFactor = 3.0
  /// How often something has to wake up for a request, as the generator has for sending it: the balancer, its backend,
  /// the balancer again, the generator. As each may be as late as that, four times as many requests are held up as were
  /// sent late, and that much latency is the machine's.
  static let wakings = 4.0
  /// A tenth of a percentage point of lost requests.
  static let leastFailedShare = 0.001
  /// Two percentage points of a backend's share, as fairness tolerates.
  static let leastBackendShare = 0.02
  static let leastOutageMilliseconds = 100.0

  /// - Throws: an error that names the damaged side.
  func all() throws(ComparisonError) -> [ComparedQuantity] {
    var all = try latency()
    // Where phases are distinguished, the whole only mixes them.
    let phases = phases()
    if phases.isEmpty { all += losses() }
    all += rate() + shares() + capacity() + phases
    return all
  }

  private func latency() throws(ComparisonError) -> [ComparedQuantity] {
    guard let own = base.traffic, let other = candidate.traffic, let base = try sample(own, .base),
      let candidate = try sample(other, .candidate)
    else { return [] }
    let isClosed = own.rate.offered == nil || other.rate.offered == nil
    return [50, 90, 99, 99.9].compactMap { percentile in
      let point = base.milliseconds(percentile) ?? 0
      let rarer = 100 - (100 - percentile) / Self.wakings
      let late = max(base.lateness(rarer), candidate.lateness(rarer))
      let share = margin * (isClosed ? Self.closedLoopFactor : 1)
      return .percentile(
        percentile, base, candidate, margin: max(share * point, Self.leastMilliseconds), disturbance: late)
    }
  }

  private func sample(_ traffic: TrafficSection, _ side: ComparisonError.Side) throws(ComparisonError) -> LatencySample?
  {
    do throws(Histogram.DecodingError) {
      return try LatencySample(traffic)
    } catch {
      throw ComparisonError(
        side, "a damaged report: traffic.latency.histogram cannot be read (expected an HdrHistogram V2 in base64)")
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
    guard let own = base.traffic?.rate, let other = candidate.traffic?.rate, own.offered == nil, other.offered == nil
    else { return [] }
    return [
      ComparedQuantity(
        name: "rate", unit: "/s", base: own.achieved, candidate: other.achieved, margin: margin * own.achieved,
        direction: .higher, intervals: nil)
    ]
  }

  private func shares() -> [ComparedQuantity] {
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
        name: "capacity", unit: "/s", base: own, candidate: other, margin: margin * own, direction: .higher,
        intervals: { _ in (from, to, (to.low - from.high, to.high - from.low)) },
        remark: base.isLowerBound || candidate.isLowerBound
          ? "no rate above it was shown to fail" : "to the precision of the search")
    ]
  }

  private func phases() -> [ComparedQuantity] {
    let others = Dictionary((candidate.phases ?? []).map { ($0.name, $0) }) { first, _ in first }
    return (base.phases ?? []).flatMap { phase -> [ComparedQuantity] in
      guard let other = others[phase.name] else { return [] }
      let failed = ComparedQuantity.share(
        "failed in \(phase.name)", Self.failed(phase), Self.failed(other), margin: margin,
        least: Self.leastFailedShare, direction: .lower)
      func longest(_ phase: PhaseSection) -> Double { (phase.outages.map(\.durationSeconds).max() ?? 0) * 1000 }
      let outage = ComparedQuantity(
        name: "longest outage in \(phase.name)", unit: "ms", base: longest(phase), candidate: longest(other),
        margin: max(Self.leastOutageMilliseconds, margin * longest(phase)), direction: .lower, intervals: nil)
      return [failed, outage].compactMap { $0 }
    }
  }

  /// The requests of an outage fail together, so that those of the same moment count as one.
  private static func failed(_ phase: PhaseSection) -> Proportion? {
    let requests = phase.traffic.requests
    guard requests.scheduled > 0 else { return nil }
    let total = Double(requests.scheduled)
    let moments = phase.durationSeconds > 0 ? max(1, phase.durationSeconds / LatencySample.sameMoment) : total
    let effective = min(total, moments)
    return Proportion(Double(requests.failed) / total * effective, of: effective)
  }
}
