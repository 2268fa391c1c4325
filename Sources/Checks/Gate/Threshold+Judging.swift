internal import Report
internal import Statistics

extension Threshold {
  /// Judges it on a report.
  ///
  /// - Parameter baseline: the report of the same check to compare with.
  /// - Returns: `nil` where the report has no such figure.
  func assertion(on document: ReportDocument, baseline: ReportDocument?) -> Assertion? {
    var judged = plainAssertion(on: document, baseline: baseline)
    let reason =
      reasonForNothing(in: document)
      ?? (needsBaseline ? baseline.flatMap(reasonForNothing).map { "In the baseline: \($0)" } : nil)
    if let reason {
      // A threshold that holds only because nothing was seen is inconclusive; one that fails even so stays a failure.
      if judged?.verdict == .pass { judged?.verdict = .inconclusive }
      let detail = judged?.detail
      judged?.detail = detail.map { "\(reason) \($0)" } ?? reason
    }
    if document.interrupted == true, judged?.verdict == .fail, couldBeMetByMore(than: document, baseline) {
      judged = judged?.leftOpen("The check was interrupted; a whole run may have met it.")
    }
    if let change = change(in: document, baseline) {
      judged = judged?.leftOpen("The run was not steady: \(change.inWords).")
      judged?.distance = nil
    }
    if let doubt = doubt(judged, document) {
      judged = judged?.leftOpen(doubt)
      judged?.distance = nil
    }
    // What stands for nothing is not far from anything.
    if reason != nil { judged?.distance = nil }
    if document.generatorPauses?.isEmpty == false { judged = judged?.excusedByPause }
    if judged?.verdict == .fail { judged?.advice = advice(on: document) }
    return judged
  }

  /// Whether a threshold that is not met by an interrupted run may be met by a whole one: where it asks for more of what grows
  /// with the run, or for a share, of which a part of the run is too small a sample.
  private func couldBeMetByMore(than document: ReportDocument, _ baseline: ReportDocument?) -> Bool {
    switch quantity.kind {
    case .requests, .rate, .capacity, .bytesSent, .bytesReceived, .status: asksForMore(than: document, baseline)
    case .share, .rotationScore, .maxDeviation, .kept: true
    case .percentile, .minimum, .mean, .maximum, .failed, .retried, .upstreamRetried, .unsent, .outage, .gap, .stale:
      false
    }
  }

  private func asksForMore(than document: ReportDocument, _ baseline: ReportDocument?) -> Bool {
    guard let value = measured(in: document) else { return false }
    func isBelow(_ factor: Double) -> Bool { baseline.flatMap(measured).map { value < factor * $0 } ?? false }
    return switch demand {
    case .compare(.less, _), .compare(.lessOrEqual, _): false
    case .compare(.greater, _), .compare(.greaterOrEqual, _), .compare(.notEqual, _): true
    case .compare(.equal, .value(let bound)): value < bound
    case .compare(.equal, .baseline(let factor)): isBelow(factor)
    case .withinBaseline: isBelow(1)
    case .withinExpected: true
    }
  }

  /// What did not stay the same during the run, or its baseline's, where the figure is one that tells of one state only.
  private func change(in document: ReportDocument, _ baseline: ReportDocument?) -> SteadinessChange? {
    guard quantity.argument == nil else { return nil }
    switch quantity.kind {
    case .percentile(_, let times), .minimum(let times), .mean(let times), .maximum(let times):
      guard times == .latency || times == .firstByte else { return nil }
    case .rate: break
    case .share, .rotationScore, .maxDeviation, .kept, .capacity, .failed, .retried, .upstreamRetried, .unsent,
      .requests, .outage, .gap, .stale, .status, .bytesSent, .bytesReceived:
      return nil
    }
    return document.steadiness?.changes.first ?? (needsBaseline ? baseline?.steadiness?.changes.first : nil)
  }

  private func plainAssertion(on document: ReportDocument, baseline: ReportDocument?) -> Assertion? {
    guard let value = measured(in: document) else { return nil }
    /// - Parameter room: the figure's distance from its limit, in its dimension's unit.
    func result(
      _ holds: Bool, room: Double, of limit: Double, beside bound: Double? = nil, detail: String? = nil
    ) -> Assertion {
      var judged = Assertion(
        name: text, verdict: holds ? .pass : .fail, expected: demandText, actual: words(value, beside: bound),
        detail: detail, meaning: sentence)
      judged.distance = distance(room, holds: holds, of: limit)
      return judged
    }
    switch demand {
    case .compare(let comparison, .value(let bound)):
      return result(comparison.holds(value, bound), room: value - bound, of: bound, beside: bound)
    case .withinExpected(let distance):
      guard let expected = expectedShare(in: document) else { return nil }
      // A share at the very edge is within, whatever the rounding.
      let room = distance - abs(value - expected)
      return result(
        room >= -1e-12, room: abs(room) <= 1e-12 ? 0 : room, of: distance, detail: "expected \(words(expected))")
    case .compare(_, .baseline), .withinBaseline:
      guard let base = baseline.flatMap(measured) else {
        return Assertion(
          name: text, verdict: .inconclusive, expected: demandText, actual: words(value),
          detail: "the baseline has no such figure", meaning: sentence)
      }
      let detail = "the baseline's is \(words(base))"
      if case .compare(let comparison, .baseline(let factor)) = demand {
        let bound = factor * base
        return result(comparison.holds(value, bound), room: value - bound, of: bound, beside: bound, detail: detail)
      }
      if case .withinBaseline(let part) = demand {
        let limit = part * abs(base)
        return result(abs(value - base) <= limit, room: limit - abs(value - base), of: limit, detail: detail)
      }
      return nil
    }
  }

  /// Why nothing was seen for the figure, such as no answer from the backend; `nil` where something was.
  private func reasonForNothing(in document: ReportDocument) -> String? {
    switch quantity.kind {
    case .share:
      guard let name = quantity.argument, let backends = document.backends,
        !backends.contains(where: { $0.name == name })
      else { return nil }
      let known = backends.prefix(8).map(\.name).joined(separator: ", ")
      return "No backend is called \(name); these answered: \(known)\(backends.count > 8 ? ", …" : "")."
    case .stale:
      guard let phases = document.phases, let phaseIndex = phases.firstIndex(where: { $0.name == quantity.argument })
      else {
        return nil
      }
      let isTracked =
        !phases[phaseIndex].generations.isEmpty && phases[..<phaseIndex].contains { !$0.generations.isEmpty }
      return isTracked && document.check == .reloadTest
        ? nil
        : "Generations were not tracked in \(phases[phaseIndex].name): name their header with --generation-header."
    case .percentile, .minimum, .mean, .maximum, .failed, .retried, .upstreamRetried, .unsent, .requests, .rate,
      .capacity, .outage, .gap, .status, .rotationScore, .maxDeviation, .kept, .bytesSent,
      .bytesReceived:
      return nil
    }
  }

  /// The figure; `nil` where there is none, or one that is not a number, with which any comparison would come to something.
  private func measured(in document: ReportDocument) -> Double? {
    figure(in: document).flatMap { $0.isNaN ? nil : $0 }
  }

  /// The figure in its dimension's unit.
  private func figure(in document: ReportDocument) -> Double? {
    switch quantity.kind {
    case .capacity: return document.capacity.map { $0.rate ?? 0 }
    case .rotationScore: return document.fairness?.rotationScore
    case .maxDeviation: return document.fairness?.maxDeviation
    case .kept: return document.sessions?.keptShare
    case .share:
      guard let backends = document.backends else { return nil }
      return backends.first { $0.name == quantity.argument }?.share ?? (backends.isEmpty ? nil : 0)
    case .outage: return phase(in: document).map { ($0.outages.map(\.durationSeconds).max() ?? 0) * 1000 }
    case .gap: return phase(in: document).map { $0.longestGapSeconds * 1000 }
    case .stale: return phase(in: document).map { Double($0.staleGenerations.count) }
    case .status:
      guard let traffic = document.traffic, let wanted = quantity.argument else { return nil }
      let count = traffic.statuses.reduce(0) { sum, entry in
        let matches =
          wanted.hasSuffix("xx") ? entry.key.count == 3 && entry.key.first == wanted.first : entry.key == wanted
        return sum + (matches ? entry.value : 0)
      }
      return counted(count, traffic)
    case .minimum(let times): return summary(times, in: document)?.min
    case .mean(let times): return summary(times, in: document)?.mean
    case .maximum(let times): return summary(times, in: document)?.max
    case .percentile(let percentile, let times):
      return summary(times, in: document).flatMap { Self.milliseconds(percentile, $0) }
    case .failed: return counted(\.failed, in: document)
    case .retried: return counted(\.retried, in: document)
    case .upstreamRetried: return counted(\.upstreamRetried, in: document)
    case .unsent: return counted(\.unsent, in: document)
    case .requests: return (traffic(in: document)?.requests.completed).map(Double.init)
    case .rate: return traffic(in: document)?.rate.achieved
    case .bytesSent: return (document.traffic?.bytes?.sent).map(Double.init)
    case .bytesReceived: return (document.traffic?.bytes?.received).map(Double.init)
    }
  }

  /// The traffic of the phase that is named, or of the whole.
  func traffic(in document: ReportDocument) -> TrafficSection? {
    quantity.argument == nil ? document.traffic : phase(in: document)?.traffic
  }

  private func summary(_ times: TrafficTimes, in document: ReportDocument) -> LatencySummary? {
    traffic(in: document)?[keyPath: times.summary]
  }

  static func milliseconds(_ percentile: Double, _ summary: LatencySummary) -> Double? {
    let written: Double? =
      switch percentile {
      case 50: summary.p50
      case 90: summary.p90
      case 95: summary.p95
      case 99: summary.p99
      case 99.9: summary.p999
      case 99.99: summary.p9999
      default: nil
      }
    // The histogram counts nanoseconds.
    return written
      ?? (try? Histogram(base64V2: summary.histogram))?.value(atPercentile: percentile).map { Double($0) / 1e6 }
  }

  private func counted(_ count: KeyPath<RequestCounts, Int>, in document: ReportDocument) -> Double? {
    traffic(in: document).map { counted($0.requests[keyPath: count], $0) }
  }

  private func counted(_ count: KeyPath<RequestCounts, Int?>, in document: ReportDocument) -> Double? {
    traffic(in: document).flatMap { traffic in traffic.requests[keyPath: count].map { counted($0, traffic) } }
  }

  private func counted(_ count: Int, _ traffic: TrafficSection) -> Double {
    dimension == .share ? Double(count) / Double(max(1, traffic.requests.scheduled)) : Double(count)
  }

  private func phase(in document: ReportDocument) -> PhaseSection? {
    document.phases?.first { $0.name == quantity.argument }
  }

  /// What the backend's share should be: as expected, or the same as all others'.
  private func expectedShare(in document: ReportDocument) -> Double? {
    guard let backends = document.backends, !backends.isEmpty else { return nil }
    let primaries = backends.filter { $0.role == nil }
    return backends.first { $0.name == quantity.argument }?.expectedShare ?? 1 / Double(max(1, primaries.count))
  }

  /// The figure as reports write it or, where that does not show on which side of a bound it is, exactly.
  func words(_ value: Double, beside bound: Double? = nil) -> String {
    let rounded =
      switch dimension {
      case .time, .rate: Formatting.roundedToThreeDigits(value)
      case .share: (value * 10_000).rounded() / 10_000
      case .count, .bytes: value
      }
    return Formatting.measured(value, beside: bound ?? .infinity, rounded: rounded, short: short, exact: exact)
  }

  private func short(_ value: Double) -> String {
    switch dimension {
    case .time: "\(Formatting.milliseconds(value)) ms"
    case .share: Formatting.percent(value)
    case .rate: Formatting.rate(value)
    case .count, .bytes: exact(value)
    }
  }

  func exact(_ value: Double) -> String {
    switch dimension {
    case .time: "\(Formatting.number(value, decimals: 6)) ms"
    case .count: Formatting.number(value)
    case .share: "\(Formatting.number(value * 100, decimals: 6))%"
    case .rate: "\(Formatting.number(value, decimals: 6))/s"
    case .bytes: "\(Formatting.number(value)) B"
    }
  }
}
