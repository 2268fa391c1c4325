internal import Glibc
internal import Platform

/// Finds times in which many answers are of a kind that is rare otherwise: values in, values out.
///
/// Of the last twenty answers, or of those in a row, there have to be more than chance makes in one of 10¹² cases.
struct UnusualAnswers {
  enum Change: Equatable {
    case began(Nanoseconds)
    case over(Nanoseconds, afterSeconds: Double)
  }

  private static let risk = 1e-12
  private static let enough = 50
  private static let span = 20
  /// How long and for how many answers the usual ones have to come alone before they do again.
  private static let back: (time: Nanoseconds, answers: Int) = (1_000_000_000, 10)

  private var usual = 0
  private var unusual = 0
  private var run: (start: Nanoseconds, count: Int)?
  /// When the unusual ones of the last answers came; `nil` for usual ones.
  private var recent: [Nanoseconds?] = []
  private var since: Nanoseconds?
  private var again: (start: Nanoseconds, count: Int)?

  /// Whether unusual answers go on.
  var goOn: Bool { since != nil }

  mutating func take(at time: Nanoseconds, isUsual: Bool) -> Change? {
    if since == nil {
      recent.append(isUsual ? nil : time)
      if recent.count > Self.span { recent.removeFirst() }
    }
    return isUsual ? takeUsual(at: time) : takeUnusual(at: time)
  }

  private mutating func takeUsual(at time: Nanoseconds) -> Change? {
    usual += 1
    run = nil
    guard let since else { return nil }
    again = (again?.start ?? time, (again?.count ?? 0) + 1)
    guard let again, again.count >= Self.back.answers, time - again.start >= Self.back.time else { return nil }
    self.since = nil
    self.again = nil
    return .over(again.start, afterSeconds: again.start.seconds(since: since))
  }

  private mutating func takeUnusual(at time: Nanoseconds) -> Change? {
    again = nil
    guard since == nil else { return nil }
    run = (run?.start ?? time, (run?.count ?? 0) + 1)
    let share = Double(unusual + 1) / Double(unusual + usual + 2)
    let isEnough = usual > 0 && unusual + usual >= Self.enough
    if isEnough, let run, run.count >= max(2, Int((log(Self.risk) / log(share)).rounded(.up))) {
      return begin(run.start)
    }
    let inSpan = recent.compactMap(\.self)
    if isEnough, inSpan.count > 2, Self.chance(of: inSpan.count, in: recent.count, share) < Self.risk {
      return begin(inSpan[0])
    }
    unusual += 1
    return nil
  }

  private mutating func begin(_ start: Nanoseconds) -> Change {
    since = start
    recent = []
    return .began(start)
  }

  /// How likely at least so many of n answers are, each by its share (binomial).
  private static func chance(of count: Int, in all: Int, _ share: Double) -> Double {
    (count...max(count, all)).reduce(0.0) { sum, hits in
      let ways = lgamma(Double(all + 1)) - lgamma(Double(hits + 1)) - lgamma(Double(all - hits + 1))
      return sum + exp(ways + Double(hits) * log(share) + Double(all - hits) * log1p(-share))
    }
  }
}
