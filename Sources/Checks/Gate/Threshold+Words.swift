internal import Report
internal import Statistics

extension Threshold {
  /// How far a figure is from its limit, such as `80.0 ms within the limit (40%)`; `nil` where it is not finite.
  ///
  /// - Parameters:
  ///   - room: the distance in the dimension's own unit, of either sign.
  ///   - limit: what the percentage is of; a share's distance is in percentage points and has none.
  func distance(_ room: Double, holds: Bool, of limit: Double) -> String? {
    guard room.isFinite else { return nil }
    guard room != 0 else { return "at the limit" }
    let side =
      switch demand {
      case .compare(.notEqual, _): "away from the limit"
      case .compare, .withinExpected, .withinBaseline: holds ? "within the limit" : "beyond the limit"
      }
    let part = limit > 0 && dimension != .share ? room.magnitude / limit : nil
    return "\(size(room.magnitude)) \(side)" + (part.map { " (\(Self.percent($0)))" } ?? "")
  }

  /// A distance with its unit, to three digits or as exactly as it takes to show one.
  private func size(_ distance: Double) -> String {
    switch dimension {
    case .time: distance < 0.0005 ? exact(distance) : "\(Formatting.milliseconds(distance)) ms"
    case .share:
      distance < 0.000_05 ? "\(Formatting.number(distance * 100, decimals: 6)) pp" : Formatting.pointsSize(distance)
    case .rate: distance < 0.0005 ? exact(distance) : Formatting.rate(distance)
    case .count: Formatting.number(distance)
    case .bytes: exact(distance)
    }
  }

  private static func percent(_ part: Double) -> String {
    part < 0.0005 ? "< 0.1%" : Formatting.number(part * 100, decimals: part < 0.1 ? 1 : 0) + "%"
  }

  /// What holds where it passes, as a sentence without a full stop, such as `p99 of the latency is below 200ms`.
  var sentence: String {
    let bound = demandText.drop { "<>=! ".contains($0) }
    let demanded =
      switch demand {
      case .compare(let comparison, .value): "\(comparison.inWords) \(bound)"
      case .compare(let comparison, .baseline(let factor)):
        factor == 1
          ? "\(comparison.inWords) the baseline's"
          : "\(comparison.inWords) \(Formatting.number(factor)) times the baseline's"
      case .withinExpected(let distance): "is within \(Formatting.number(distance * 100)) pp of the expected one"
      case .withinBaseline(let part): "is within \(Formatting.shortPercent(part)) of the baseline's"
      }
    return "\(figureInWords) \(demanded)"
  }

  private var figureInWords: String {
    let argument = quantity.argument ?? ""
    let place = quantity.argument.map { " in \($0)" } ?? ""
    /// Of something that is counted, or taken as a share of all requests.
    func amount(_ what: String) -> String { (dimension == .share ? "The share of " : "The number of ") + what }
    return switch quantity.kind {
    case .percentile(let percentile, let times): "\(Formatting.percentile(percentile)) of the \(times.inWords)\(place)"
    case .minimum(let times): "The shortest \(times.inWords)\(place)"
    case .mean(let times): "The mean \(times.inWords)\(place)"
    case .maximum(let times): "The longest \(times.inWords)\(place)"
    case .bytesSent: "The number of bytes sent"
    case .bytesReceived: "The number of bytes received"
    case .failed: amount("failed requests") + place
    case .retried: amount("requests that were sent again") + place
    case .upstreamRetried: amount("requests that the balancer tried again") + place
    case .unsent: amount("requests that were due and not sent") + place
    case .requests: "The number of requests" + place
    case .rate: "The rate" + place
    case .capacity: "The capacity"
    case .share: "The share of \(argument)"
    case .outage: "The longest outage" + place
    case .gap: "The longest time without an answer" + place
    case .stale: "The number of stale generations" + place
    case .status: amount("answers with status \(argument)")
    case .rotationScore: "The rotation score"
    case .maxDeviation: "The largest deviation of a share"
    case .kept: "The share of visitors who stayed"
    }
  }

  /// What to do where a report's figure does not meet it; `nil` where nothing can be said.
  func advice(on document: ReportDocument) -> String? {
    if let kind = nearestKind(in: document) {
      let failed = Assertion(kind, verdict: .fail, expected: "", actual: "")
      if let step = NextStep.line(for: failed, in: document) { return step }
    }
    return switch quantity.kind {
    case .percentile, .minimum, .mean, .maximum:
      "See in the check's report whether one backend is slow or all are, and from when on: mend that backend, or add capacity."
    case .rate: "Add connections with --connections if the target could do more, or find out what limits it."
    case .requests: "Have the check send more with --requests or --duration."
    case .bytesSent, .bytesReceived: "Compare heads, content and compression with those of an earlier report."
    case .retried: "See why connections close while requests are under way: keep-alive time-outs, or restarts."
    case .upstreamRetried: "See in the balancer's error log which backend it gave up on, and why."
    case .failed, .unsent, .capacity, .share, .outage, .gap, .stale, .status, .rotationScore, .maxDeviation, .kept: nil
    }
  }

  /// The assertion of a check that is about the same, whose advice holds here too.
  private func nearestKind(in document: ReportDocument) -> AssertionKind? {
    let disturbance =
      Disturbance.allCases.first { $0.phase != nil && $0.phase?.rawValue == quantity.argument }
      ?? (quantity.argument != nil && document.check == .failover ? .failover : nil)
    switch quantity.kind {
    case .failed, .outage: return disturbance.map { .lostNoRequest($0) } ?? .traffic(.noRequestFailed)
    case .gap: return disturbance.map { .leftNoGap($0) }
    case .stale: return .generations(.noStaleGeneration)
    case .status: return .traffic(.noRequestFailed)
    case .unsent: return .figure(.everyRequestSent)
    case .capacity: return .figure(.demandedRate)
    case .share, .maxDeviation: return .sharing(.maxDeviation)
    case .rotationScore: return .sharing(.rotationScore)
    case .kept: return .visitors(.everyVisitorStays)
    case .percentile: return disturbance == .reload ? .figure(.p99DuringReload) : nil
    case .minimum, .mean, .maximum, .bytesSent, .bytesReceived, .retried, .upstreamRetried, .requests, .rate: return nil
    }
  }
}

extension Threshold.Operator {
  fileprivate var inWords: String {
    switch self {
    case .less: "is below"
    case .lessOrEqual: "is at most"
    case .equal: "is"
    case .notEqual: "is not"
    case .greaterOrEqual: "is at least"
    case .greater: "is above"
    }
  }
}

extension TrafficTimes {
  fileprivate var inWords: String {
    switch self {
    case .latency: "latency"
    case .firstByte: "time to the first byte"
    case .connect: "time to connect"
    case .tls: "time of a TLS handshake"
    }
  }
}
