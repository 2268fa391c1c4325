internal import Report
internal import Statistics

/// A figure of two runs before it is judged: how to get from a confidence to intervals.
struct ComparedQuantity {
  enum Direction: Equatable {
    case lower
    case higher
    /// A share is better the nearer it comes to this one.
    case nearer(to: Double)
    case neither
  }

  /// Between which values something lies; an infinite end is none.
  typealias Interval = (low: Double, high: Double)
  typealias Intervals = @Sendable (_ level: Double) -> (base: Interval, candidate: Interval, difference: Interval)

  let name: String
  let unit: ComparedFigure.Unit
  let base: Double
  let candidate: Double
  /// The difference that counts as none, in the figure's unit.
  let margin: Double
  /// How much of a difference the machine itself may cause, in the figure's unit: to be better or worse a difference has to
  /// exceed both; to be none, it has to be within the margin.
  var disturbance = 0.0
  let direction: Direction
  /// The intervals at a confidence of the base, the candidate, and their difference; nil where a single run does not show its
  /// own variance.
  let intervals: Intervals?
  var remark: String?
  /// Whether it only accompanies the others: if it is the same, that does not show that the candidate is no worse.
  var isBesides = false
  /// Whether the two runs had loads under which it cannot be compared.
  var isOfOtherLoads = false
  /// Why it is that of no one state of the target; `nil` where both runs were steady.
  var unsteady: String?
  /// How much of it there was in the longer of the two runs; `nil` where its intervals do not depend on that.
  var extent: SettlingRun?
  /// The interval of the difference at a confidence with so many times as many observations; `nil` where its width is taken to
  /// shrink with 1/√n.
  var scaled: (@Sendable (_ level: Double, _ times: Double) -> Interval)?
  /// Why an end of an interval may be missing.
  var unbounded = "too few requests beyond it to bound it"

  var difference: Double { candidate - base }

  private var needed: Double { max(margin, disturbance) }

  /// What a difference is divided by to be a ``ComparedFigure/change``; nil where that is not defined.
  private var scale: Double? { unit == .share ? 1 : base > 0 ? base : nil }

  /// Whether the difference is certainly beyond the margin.
  func isDecided(level: Double) -> Bool {
    guard !isOfOtherLoads, unsteady == nil, let difference = intervals?(level).difference else { return false }
    return difference.low > needed || difference.high < -needed
  }

  /// The figure as a report has it.
  func figure(level: Double) -> ComparedFigure {
    let found = intervals?(level)
    // Nothing falls by more than 100 %, though the base itself may be higher than measured.
    let change = found.map {
      (low: unit == .share ? $0.difference.low : max($0.difference.low, -base), high: $0.difference.high)
    }
    var figure = ComparedFigure(
      name: name, unit: unit, base: base, candidate: candidate,
      baseInterval: found.flatMap { Self.section($0.base, 1) },
      candidateInterval: found.flatMap { Self.section($0.candidate, 1) }, change: scale.map { difference / $0 },
      changeInterval: change.flatMap { change in scale.flatMap { Self.section(change, $0) } },
      margin: scale.map { needed / $0 }, outcome: outcome(found?.difference))
    switch direction {
    case .lower: figure.higherIsBetter = false
    case .higher: figure.higherIsBetter = true
    case .nearer, .neither: break
    }
    if figure.outcome == .unsure { (figure.settledBy, figure.unsettled) = settling(found?.difference, level) }
    figure.remark = unsteady ?? (isOfOtherLoads ? "the loads cannot be compared" : remark ?? ownRemark(found))
    return figure
  }

  private func outcome(_ interval: Interval?) -> ComparedFigure.Outcome {
    if isOfOtherLoads || unsteady != nil { return .unsure }
    guard let interval else { return abs(difference) <= margin ? .same : .unsure }
    if interval.low >= -margin, interval.high <= margin { return .same }
    guard interval.low > needed || interval.high < -needed else { return .unsure }
    let isHigher = interval.low > needed
    switch direction {
    case .lower: return isHigher ? .worse : .better
    case .higher: return isHigher ? .better : .worse
    case .nearer(let aim): return abs(candidate - aim) > abs(base - aim) ? .worse : .better
    case .neither: return .unsure
    }
  }

  /// More than this many times as long is no run that anybody makes.
  private static let mostTimes = 100.0

  /// How long both runs would have to be to decide it, or why no length does.
  private func settling(_ interval: Interval?, _ level: Double) -> (SettlingRun?, Unsettled?) {
    guard !isOfOtherLoads, unsteady == nil, let interval, let extent else { return (nil, .notByLength) }
    // What changed without an expectation is as undecided in any run.
    if direction == .neither, abs(difference) > margin { return (nil, .notByLength) }
    // A generator that is late is so in a longer run, too.
    if abs(difference) > margin, abs(difference) <= needed, disturbance > margin { return (nil, .notByLength) }
    guard interval.low.isFinite, interval.high.isFinite else { return (nil, .unbounded) }
    guard difference.magnitude != margin else { return (nil, .atMargin) }
    let times =
      scaled.map { scaled in
        SettlingFactor.factor(difference, level: level, within: margin, beyond: needed, most: Self.mostTimes) {
          scaled(level, $0)
        }
      }
      ?? SettlingFactor.factor(
        difference, low: interval.low, high: interval.high, level: level, within: margin, beyond: needed)
    guard let times, times <= Self.mostTimes else { return (nil, .tooMany) }
    // Rounded up to a tenth, from ten on to a whole number.
    let rounded = times < 10 ? (times * 10).rounded(.up) / 10 : times.rounded(.up)
    return (
      SettlingRun(
        times: rounded, unit: extent.unit,
        count: extent.count.map { Int(min((Double($0) * rounded).rounded(.up), 1e15)) },
        seconds: extent.seconds.map { $0 * rounded }), nil
    )
  }

  private func ownRemark(_ found: (base: Interval, candidate: Interval, difference: Interval)?) -> String? {
    guard let found else {
      return direction == .neither
        ? outcome(nil) == .same ? nil : "it changed, but no expectation says which is better"
        : "a single run does not show how much this varies"
    }
    if direction == .neither, found.difference.low > margin || found.difference.high < -margin {
      return "it changed, but no expectation says which is better"
    }
    guard unit == .milliseconds else { return nil }
    if disturbance > margin, abs(difference) > margin {
      return "the generator itself was late, so smaller changes may be the machine's"
    }
    if !found.base.high.isFinite || !found.candidate.high.isFinite {
      return unbounded
    }
    return nil
  }

  private static func section(_ interval: Interval, _ scale: Double) -> ComparedInterval? {
    func end(_ value: Double) -> Double? { value.isFinite ? value / scale : nil }
    guard interval.low.isFinite || interval.high.isFinite else { return nil }
    return ComparedInterval(low: end(interval.low), high: end(interval.high))
  }
}

extension ComparedQuantity {
  /// A share of each run.
  ///
  /// - Parameter least: the smallest difference that counts, 0…1, beside `margin` of the base's share.
  static func share(
    _ name: String, _ base: Proportion?, _ candidate: Proportion?, margin: Double, least: Double, direction: Direction
  ) -> ComparedQuantity? {
    guard let base, let candidate else { return nil }
    var quantity = ComparedQuantity(
      name: name, unit: .share, base: base.share, candidate: candidate.share,
      margin: max(least, margin * base.share), direction: direction
    ) { level in
      let (own, other) = (base.interval(level: level), candidate.interval(level: level))
      let difference = candidate.difference(from: base, level: level)
      return (
        (own.lowerBound, own.upperBound), (other.lowerBound, other.upperBound),
        (difference.lowerBound, difference.upperBound)
      )
    }
    quantity.scaled = { level, times in
      guard let own = Proportion(base.count * times, of: base.total * times),
        let other = Proportion(candidate.count * times, of: candidate.total * times)
      else { return (-.infinity, .infinity) }
      let difference = other.difference(from: own, level: level)
      return (difference.lowerBound, difference.upperBound)
    }
    return quantity
  }
}
