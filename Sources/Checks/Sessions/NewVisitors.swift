internal import Glibc
internal import Report
internal import Statistics

/// How visitors' first requests were shared among the backends: values in, an assertion out.
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
  ///   - tolerance: the largest distance of a share that is no finding.
  init(_ counts: [String: Int], met: [String], expected: [ExpectedBackend], tolerance: Double) {
    let total = counts.values.reduce(0, +)
    let weights =
      expected.isEmpty
      ? met.map { ($0, 1) } : expected.compactMap { backend in backend.weight.map { (backend.name, $0) } }
    let sum = Double(max(1, weights.reduce(0) { $0 + $1.1 }))
    let shares = Dictionary(weights.map { ($0.0, Double($0.1) / sum) }, uniquingKeysWith: +)
    let names = Set(shares.keys).union(counts.keys).sorted()
    let level = 1 - Self.error / Double(max(1, names.count))
    sections = names.compactMap { name in
      guard let part = Proportion(counts[name] ?? 0, of: total) else { return nil }
      let interval = part.interval(level: level)
      return FirstAnswers(
        backend: name, visitors: counts[name] ?? 0, share: part.share, low: interval.lowerBound,
        high: interval.upperBound, expectedShare: shares[name])
    }
    strangers = expected.isEmpty ? [] : sections.filter { $0.expectedShare == nil }.map(\.backend)

    let needed = Self.visitorsNeeded(toSpreadOver: shares.values.map { $0 })
    let off = sections.filter { section in
      let expected = section.expectedShare ?? 0
      return abs(section.share - expected) > tolerance && !(section.low...section.high).contains(expected)
    }
    let worst = sections.max { abs($0.share - ($0.expectedShare ?? 0)) < abs($1.share - ($1.expectedShare ?? 0)) }
    let isTooFew = total < needed || shares.count < 2
    assertion = Assertion(
      .visitors(.newVisitorsSpread), verdict: !off.isEmpty ? .fail : isTooFew ? .inconclusive : .pass,
      expected: expected.isEmpty
        ? "an equal share of \(Formatting.count(total)) new visitors each"
        : "\(Formatting.count(total)) new visitors by weight",
      actual: worst.map(Self.words) ?? "nobody was answered",
      detail: !off.isEmpty
        ? off.prefix(4).map(Self.words).joined(separator: "; ") + "."
        : shares.count < 2
          ? "2 backends are needed to share visitors."
          : isTooFew
            ? "\(Formatting.count(total)) visitors are too few: \(Formatting.count(needed)) show a backend that gets none, or twice its share (--visitors)."
            : nil)
  }

  private static func words(_ section: FirstAnswers) -> String {
    "\(section.backend): \(Formatting.count(section.visitors)), \(Formatting.percent(section.share)) "
      + "(between \(Formatting.percent(section.low)) and \(Formatting.percent(section.high)))"
      + (section.expectedShare.map { ", expected \(Formatting.percent($0))" } ?? ", named by nobody")
  }

  /// How many visitors it takes to tell any backend's share from none, and from twice as much: with a deviation of
  /// √(p (1 − p) / n), p as many deviations away as the error allows.
  static func visitorsNeeded(toSpreadOver shares: [Double]) -> Int {
    guard let least = shares.filter({ $0 > 0 }).min(), least < 1 else { return 0 }
    let deviations = NormalDistribution.quantile(1 - error / Double(max(1, shares.count)) / 2)
    return Int(min(1e9, (deviations * deviations * (1 - least) / least).rounded(.up)))
  }
}
