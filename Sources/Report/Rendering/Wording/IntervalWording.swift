public import Statistics

/// The words for how sure percentiles are; nothing in here is escaped.
enum IntervalWording {
  static let head = "95% interval"
  static let notKnown = "not known"

  /// Such as `22.9–24.0`.
  static func range(_ range: ClosedRange<Double>) -> String {
    "\(Formatting.milliseconds(range.lowerBound))–\(Formatting.milliseconds(range.upperBound))"
  }

  /// The interval of a percentile, or that it is not known; empty where no intervals were asked for.
  static func cell(_ name: String, _ intervals: [String: ClosedRange<Double>]?) -> String {
    intervals.map { $0[name].map(range) ?? notKnown } ?? ""
  }

  /// A figure with its interval, such as `23.4 (22.9–24.0)`.
  static func figure(_ value: Double?, _ name: String, _ intervals: [String: ClosedRange<Double>]?) -> String {
    let text = value.map(Formatting.milliseconds) ?? Formatting.none
    return intervals?[name].map { "\(text) (\(range($0)))" } ?? text
  }

  /// Why some intervals are not known, such as `p99.99: too few requests beyond it`; `nil` where all are.
  static func reasons(_ notKnown: [String: PercentileShortage]?) -> String? {
    guard let notKnown, !notKnown.isEmpty else { return nil }
    // Most often a short run knows none, for one reason.
    if notKnown.count == LatencySummary.percentiles.count, let reason = notKnown.first?.value,
      notKnown.allSatisfy({ $0.value == reason })
    {
      return "any percentile: \(reason.inWords)"
    }
    let parts = PercentileShortage.allCases.compactMap { shortage -> String? in
      let names = notKnown.filter { $0.value == shortage }.keys.map(title).sorted {
        $0.count == $1.count ? $0 < $1 : $0.count < $1.count
      }
      return names.isEmpty ? nil : "\(names.joined(separator: ", ")): \(shortage.inWords(of: names.count))"
    }
    return parts.joined(separator: "; ")
  }

  /// A percentile's name by its key: `p99.9` of `p999`.
  static func title(_ key: String) -> String {
    LatencySummary.percentiles.first { $0.key == key }.map { Formatting.percentile($0.percentile) } ?? key
  }

  /// The intervals of the percentiles that a terminal shows, in one line; `nil` where none is known.
  static func line(_ summary: LatencySummary) -> String? {
    guard let intervals = summary.intervals else { return nil }
    let shown = LatencySummary.percentiles.filter { !["p95", "p9999"].contains($0.key) }
    let known = shown.compactMap { percentile in
      intervals[percentile.key].map { "\(title(percentile.key)) \(range($0))" }
    }
    return known.isEmpty ? nil : "latency, 95% sure: \(known.joined(separator: ", "))"
  }
}

extension PercentileShortage {
  /// Why the interval of a percentile is not known, in words.
  public var inWords: String { inWords(of: 1) }

  /// Why the intervals of so many percentiles are not known, in words.
  func inWords(of count: Int) -> String {
    switch self {
    case .fewBeyond: "too few independent requests beyond \(count == 1 ? "it" : "them")"
    case .fewStretches: "latencies stay alike for too long, so that too few independent stretches were seen"
    }
  }
}
