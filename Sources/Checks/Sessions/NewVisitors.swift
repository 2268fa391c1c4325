internal import Glibc
internal import Report
internal import Statistics

/// How the first requests of new visitors were shared among the backends: values in, an assertion out.
struct NewVisitors {
  let sections: [FirstAnswers]
  let assertion: Assertion
  /// Backends that answered first and that nobody named.
  let strangers: [String]

  /// How likely a fair balancer may be found unfair, all backends together.
  private static let error = 0.001

  /// - Parameters:
  ///   - counts: the visitors by the backend that answered them first.
  ///   - met: the backends that answered any request.
  ///   - expected: those that the user names; empty for all that were met, with the same share each.
  ///   - limit: by how much a share may be off.
  ///   - target: the address that they came to; `nil` where there is one.
  init(
    _ counts: [String: Int], met: [String], expected: [ExpectedBackend], _ limit: KeyShareLimit,
    at target: String? = nil
  ) {
    let weights =
      expected.isEmpty
      ? met.map { ($0, 1) } : expected.compactMap { backend in backend.weight.map { (backend.name, $0) } }
    let sum = Double(max(1, weights.reduce(0) { $0 + $1.1 }))
    let shares = Dictionary(weights.map { ($0.0, Double($0.1) / sum) }, uniquingKeysWith: +)
    let figures = ShareFigures(counts.sorted { $0.key < $1.key }.map { (name: $0.key, answers: $0.value) }, shares)
    let level = 1 - Self.error / Double(max(1, figures.names.count))
    sections = zip(figures.names, figures.counts).compactMap { name, count in
      guard let part = Proportion(count, of: figures.total) else { return nil }
      let interval = part.interval(level: level)
      return FirstAnswers(
        backend: name, visitors: count, share: part.share, low: interval.lowerBound, high: interval.upperBound,
        expectedShare: shares[name])
    }
    strangers = expected.isEmpty ? [] : sections.filter { $0.expectedShare == nil }.map(\.backend)

    let beyond = figures.beyond(risk: Self.error, limit.of)
    let open = Self.open(figures, limit, beyond)
    let worst = sections.max { abs($0.share - ($0.expectedShare ?? 0)) < abs($1.share - ($1.expectedShare ?? 0)) }
    let visitors = "\(Formatting.count(figures.total)) new visitors"
    assertion = Assertion(
      .visitors(.newVisitorsSpread), of: target,
      verdict: !beyond.isEmpty ? .fail : open != nil ? .inconclusive : .pass,
      expected: (expected.isEmpty ? "an equal share of \(visitors) each" : "\(visitors) by weight")
        + ", \(limit.inWords(figures.expected))",
      actual: worst.map(Self.words) ?? "nobody was answered",
      detail: !beyond.isEmpty
        ? sections.filter { beyond.contains($0.backend) }.prefix(4).map(Self.words).joined(separator: "; ") + "."
        : open ?? "They rule out a share that is off by more than twice that.", reason: open)
  }

  /// Why the shares are not known well enough; `nil` where they are.
  private static func open(_ figures: ShareFigures, _ limit: KeyShareLimit, _ beyond: [String]) -> String? {
    guard figures.shares.count > 1 else { return "2 backends are needed to share visitors." }
    guard beyond.isEmpty else { return nil }
    let (doubtful, size) = limit.doubtful(figures)
    guard figures.total == 0 || !doubtful.isEmpty else { return nil }
    let needed = visitorsNeeded(toShare: Array(figures.shares.values), limit)
    return
      "\(Formatting.count(figures.total)) new visitors do not rule out that a share is off by more than \(size): "
      + "\(FairnessJudgement.list(doubtful)). About \(Formatting.count(needed > figures.total ? needed : 2 * figures.total)) do (--newcomers)."
  }

  private static func words(_ section: FirstAnswers) -> String {
    "\(section.backend): \(Formatting.count(section.visitors)), \(Formatting.percent(section.share)) "
      + "(between \(Formatting.percent(section.low)) and \(Formatting.percent(section.high)))"
      + (section.expectedShare.map { ", expected \(Formatting.percent($0))" } ?? ", named by nobody")
  }

  /// How many visitors it takes to meet every backend, and to tell its share from twice as much: with a deviation of
  /// √(p (1 − p) / n), p as many deviations away as the error allows.
  static func visitorsNeeded(toMeet shares: [Double]) -> Int {
    guard let least = shares.filter({ $0 > 0 }).min(), least < 1 else { return 0 }
    let deviations = NormalDistribution.quantile(1 - error / Double(max(1, shares.count)) / 2)
    return Int(min(1e9, (deviations * deviations * (1 - least) / least).rounded(.up)))
  }

  /// How many visitors rule out that a share is off by more than twice its limit, where visitors are dealt out by chance as they
  /// should be: that many standard errors are as wide as the interval, and three more.
  ///
  /// - Parameter shares: the expected ones; where they are not known, that of one of two is the hardest.
  static func visitorsNeeded(toShare shares: [Double], _ limit: KeyShareLimit) -> Int {
    let deviations = NormalDistribution.quantile(0.99) + 3
    let counts = (shares.isEmpty ? [0.5] : shares).filter { $0 > 0 && limit.of($0) > 0 }.map { share in
      pow(deviations / (KeyShareLimit.factor * limit.of(share)), 2) * share * (1 - share)
    }
    return Int(min(1e9, (counts.max() ?? 0).rounded(.up)))
  }
}
