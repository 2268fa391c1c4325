internal import Load
internal import Platform
internal import Report
internal import Statistics

/// Whether the latency and the rate of a run stayed the same, and where its warm-up ended: values in, values out.
///
/// A change is told where it is certain, by a test of dependent values, and large enough to matter: on a real machine nothing
/// stays the same to a percent.
struct Steadiness {
  let section: SteadinessSection
  /// The latencies without the warm-up, where that was asked for and can be done.
  private(set) var trimmed: (histogram: Histogram, sequence: LatencySequence)?

  /// One steady run in a thousand is said to change.
  private static let level = 0.001
  /// By how much the mean rank, 0…1, has to differ: as if one of ten requests became slower than all others.
  private static let leastRanks = 0.1
  private static let leastFactor = 1.25
  /// What begins at once, with all connections, is slower for some milliseconds: a shorter run has no state of its own.
  private static let leastDuration: Nanoseconds = 1_000_000_000
  /// The share of a run that a warm-up takes at most.
  private static let longestWarmUp = 0.2
  /// What a machine's noise makes of fast answers, in milliseconds.
  private static let leastMilliseconds = ComparedQuantities.leastMilliseconds
  private static let figures: [(name: String, percentile: Double)] = [("p50", 50), ("p75", 75), ("p90", 90)]

  /// - Parameters:
  ///   - pacer: the pace that was asked for.
  ///   - trims: whether the warm-up is to be left out.
  /// - Returns: nil for a pace that is meant to change, and for a run of less than a second or that succeeded in nothing.
  init?(_ measured: Measurements, pacer: Pacer, trims: Bool) {
    switch pacer {
    case .ramp, .steps: return nil
    case .closedLoop, .constant, .poisson: break
    }
    let all = measured.latencies
    guard all.count > 0 else { return nil }
    guard measured.duration >= Self.leastDuration else {
      guard trims else { return nil }
      section = SteadinessSection(isWarmUpLeftOut: false)
      return
    }
    let warmUp = all.warmUp().map { Self.isWarmUp($0, of: all) ? $0 : 0 }
    let rest = all.dropFirst(warmUp ?? 0)
    var changes: [SteadinessChange] = []
    let latency = rest.levelChange()
    // A large step is seen even where it is not known how surely, and must not pass for one state.
    if let latency = latency ?? rest.levelChange(isApproximate: true) {
      changes += [Self.change(latency, of: rest, after: warmUp ?? 0, in: measured)].compactMap(\.self)
    }
    if let rate = Self.rateChange(measured.series) { changes.append(rate) }
    var section = SteadinessSection(
      warmUpRequests: warmUp, isSteady: changes.isEmpty ? latency.map { _ in true } : false, changes: changes)
    if trims {
      if let warmUp, let histogram = measured.latency.withoutFirst(warmUp, of: all) {
        trimmed = (histogram, rest)
        section.isWarmUpLeftOut = true
      } else {
        section.isWarmUpLeftOut = false
      }
    }
    self.section = section
  }

  /// Whether the first answers are a warm-up: slower than the rest, and few. A server that became slower, or faster after a
  /// while, changed.
  private static func isWarmUp(_ count: Int, of sequence: LatencySequence) -> Bool {
    guard count > 0, Double(count) <= longestWarmUp * Double(sequence.count * sequence.stride),
      let most = largest(sequence.prefix(count), sequence.dropFirst(count))
    else { return false }
    return most.before > most.after
  }

  /// The change of latencies; nil where it may be by chance, or is too small to matter.
  private static func change(
    _ change: LevelChange, of sequence: LatencySequence, after warmUp: Int, in measured: Measurements
  ) -> SteadinessChange? {
    guard change.pValue < level, abs(change.after - change.before) >= leastRanks else { return nil }
    guard let most = largest(sequence.prefix(change.position), sequence.dropFirst(change.position)) else { return nil }
    return SteadinessChange(
      quantity: .latency, figure: most.name, afterSeconds: seconds(ofSuccess: warmUp + change.position, in: measured),
      before: most.before, after: most.after, pValue: change.pValue)
  }

  /// The percentile in which two parts of a sequence differ the most, in milliseconds; nil where none differs by much.
  private static func largest(
    _ first: LatencySequence, _ second: LatencySequence
  ) -> (name: String, before: Double, after: Double)? {
    let (before, after) = (first.histogram, second.histogram)
    return figures.compactMap { figure -> (name: String, before: Double, after: Double)? in
      guard let own = before.value(atPercentile: figure.percentile),
        let other = after.value(atPercentile: figure.percentile)
      else { return nil }
      return (figure.name, Double(own) / 1e6, Double(other) / 1e6)
    }.filter { abs($0.after - $0.before) >= leastMilliseconds && factor($0.before, $0.after) >= leastFactor }
      .max { factor($0.before, $0.after) < factor($1.before, $1.after) }
  }

  private static func factor(_ own: Double, _ other: Double) -> Double {
    max(own, other) / max(min(own, other), 1e-9)
  }

  /// About when so many requests had succeeded.
  private static func seconds(ofSuccess position: Int, in measured: Measurements) -> Double? {
    var seen = 0
    for (index, point) in measured.series.points.enumerated() {
      let succeeded = point.requests - point.failed
      if succeeded > 0, seen + succeeded >= position {
        let part = Double(position - seen) / Double(succeeded)
        return (Double(index) + part) * Double(measured.series.interval) / 1e9
      }
      seen += succeeded
    }
    return nil
  }

  /// The change of the rate, which a run of less than 130 intervals does not show beyond its latencies.
  private static func rateChange(_ series: TrafficSeries) -> SteadinessChange? {
    let seconds = Double(series.interval) / 1e9
    // The first and the last interval are not whole.
    let rates = series.points.dropFirst().dropLast().map { Double($0.requests) / seconds }
    guard let change = LevelChange(Array(rates)), change.pValue < level, change.before != change.after,
      factor(change.before, change.after) >= leastFactor
    else { return nil }
    return SteadinessChange(
      quantity: .rate, afterSeconds: Double(change.position + 1) * seconds, before: change.before, after: change.after,
      pValue: change.pValue)
  }
}

extension SteadinessSection {
  /// What changed, a clause each.
  var clauses: [String] { changes.map(\.inWords) }

  /// What is said of it beside the figures.
  var notes: [String] {
    var notes: [String] = []
    if let warmUpRequests, warmUpRequests > 0 {
      let first = "The first \(Formatting.count(warmUpRequests)) answers were slower than the rest, as in a warm-up"
      switch isWarmUpLeftOut {
      case true?:
        notes.append("\(first): the latency is without them; all other figures, of backends, too, are of all.")
      case false?, nil: notes.append("\(first); --trim-warm-up leaves them out of the latency.")
      }
    }
    if isWarmUpLeftOut == false {
      notes.append(
        warmUpRequests == nil
          ? "Nothing is left out as a warm-up: the run is too short, or never became steady."
          : "Nothing is left out as a warm-up: of so many requests not each one's place is kept.")
    }
    notes += changes.map { "Not steady: \($0.inWords). Figures of the whole run mix both." }
    return notes
  }
}

extension SteadinessChange {
  /// Such as `p50 went from 2.1 ms to 4.3 ms after 5.2 s`.
  var inWords: String {
    let time = afterSeconds.map { " after about \(Formatting.duration(seconds: $0))" } ?? ""
    return switch quantity {
    case .latency:
      "\(figure ?? "latency") went from \(Formatting.milliseconds(before)) to \(Formatting.milliseconds(after)) ms\(time)"
    case .rate: "the rate went from \(Formatting.rate(before)) to \(Formatting.rate(after))\(time)"
    }
  }
}
