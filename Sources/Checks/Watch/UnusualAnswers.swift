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

  /// Answers before the last ones, of which nothing is known yet.
  private var known = (usual: 0, unusual: 0)
  /// The last answers: when the unusual ones came, `nil` for usual ones.
  private var recent: [Nanoseconds?] = []
  private var run: (start: Nanoseconds, count: Int)?
  private var since: Nanoseconds?
  private var again: (start: Nanoseconds, count: Int)?

  /// Whether unusual answers go on.
  var goOn: Bool { since != nil }

  mutating func take(at time: Nanoseconds, isUsual: Bool) -> Change? {
    guard let since else {
      recent.append(isUsual ? nil : time)
      run = isUsual ? nil : (run?.start ?? time, (run?.count ?? 0) + 1)
      if let start = beginning { return begin(start) }
      if recent.count > Self.span { learn() }
      return nil
    }
    guard isUsual else {
      again = nil
      return nil
    }
    again = (again?.start ?? time, (again?.count ?? 0) + 1)
    guard let again, again.count >= Self.back.answers, time - again.start >= Self.back.time else { return nil }
    self.since = nil
    self.again = nil
    return .over(again.start, afterSeconds: again.start.seconds(since: since))
  }

  private mutating func learn() {
    if recent.removeFirst() == nil { known.usual += 1 } else { known.unusual += 1 }
  }

  /// When there began to be more than by chance; `nil` while there are not.
  private var beginning: Nanoseconds? {
    guard let run, known.usual > 0, known.usual + known.unusual >= Self.enough else { return nil }
    let share = Double(known.unusual + 1) / Double(known.unusual + known.usual + 2)
    if run.count >= max(2, Int((log(Self.risk) / log(share)).rounded(.up))) { return run.start }
    let inSpan = recent.compactMap(\.self)
    let isMore = inSpan.count > 2 && Self.chance(of: inSpan.count, in: recent.count, share) < Self.risk
    return isMore ? inSpan[0] : nil
  }

  private mutating func begin(_ start: Nanoseconds) -> Change {
    since = start
    (recent, run) = ([], nil)
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
