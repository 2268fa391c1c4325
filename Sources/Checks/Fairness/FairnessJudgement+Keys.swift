internal import Glibc
internal import Report
internal import Statistics

extension FairnessJudgement {
  /// Whether the keys, or the visitors who are given one, are shared as the weights say, as far as so many show it.
  static func keyAssertion(
    _ figures: ShareFigures, _ seen: FairnessObservations, _ expectation: FairnessExpectation
  ) -> Assertion? {
    guard let deviation = figures.deviation else { return nil }
    let isHashed = seen.choice?.keys.isEmpty == false
    let limit = KeyShareLimit(expectation, isHashed: isHashed)
    let beyond = figures.beyond(risk: expectation.significance, limit.of)
    let (doubtful, size) = beyond.isEmpty ? limit.doubtful(figures) : ([], "")
    let what = "\(Formatting.count(figures.total)) \(isHashed ? "values of the key" : "new visitors")"
    let open = "\(what) do not rule out that a share is off by more than \(size): \(list(doubtful))."
    return Assertion(
      .sharing(.keyShares), verdict: !beyond.isEmpty ? .fail : doubtful.isEmpty ? .pass : .inconclusive,
      expected: limit.inWords(figures.expected),
      actual: Formatting.pointsSize(deviation.maxDeviation) + (beyond.isEmpty ? "" : ": \(list(beyond))"),
      detail: doubtful.isEmpty
        ? "Of \(what), which \(beyond.isEmpty ? "rule out" : "show") a share that is off by more than "
          + "\(beyond.isEmpty ? "twice that" : "that")." : open,
      finding: .labelled(list(beyond)), reason: doubtful.isEmpty ? nil : open)
  }
}

/// By how much a backend's share of the keys, or of new visitors, may be off.
struct KeyShareLimit {
  /// Of requests.
  let limit: ShareLimit
  /// Whether a hash deals out the keys: none is even. A ring with 160 points a server has a standard deviation of 8 %.
  let isHashed: Bool

  /// A pass takes that so many times the limit is ruled out.
  static let factor = 2.0
  private static let unevennessOfHashes = 0.2
  /// So many values at least are asked where shares are judged.
  static let fewestValues = 2_000

  init(tolerance: Double, isHashed: Bool) {
    (limit, self.isHashed) = (ShareLimit(tolerance: tolerance), isHashed)
  }

  init(_ expectation: FairnessExpectation, isHashed: Bool) {
    self.init(tolerance: expectation.tolerance, isHashed: isHashed)
  }

  /// - Parameter share: the expected one, 0…1; of a backend that nobody expects 0.
  func of(_ share: Double) -> Double {
    // Who gives a finer one means it, of hashes too.
    let part = isHashed && limit.tolerance >= FairnessExpectation.usualTolerance ? share * Self.unevennessOfHashes : 0
    return max(limit.of(share), part)
  }

  /// The backends whose share may be off by more than is ruled out, and how much that is, in words.
  ///
  /// The share that a hash gives a backend is its own and no draw: one that is seen beyond the limit is not taken for one within.
  func doubtful(_ figures: ShareFigures) -> (backends: [String], size: String) {
    let over = isHashed ? figures.over(of) : []
    return over.isEmpty ? (figures.maybeBeyond { Self.factor * of($0) }, "twice that") : (over, "that")
  }

  /// The limits of all backends.
  func inWords(_ shares: [Double]) -> String { limit.inWords(shares.filter { $0 > 0 }.map(of)) }

  /// How many values find a share that is off by twice the limit in 99 of 100 runs: the limit is as many standard errors as the
  /// interval is wide, and as 99 % leave.
  ///
  /// - Parameter shares: the expected ones; empty where they are not known.
  func valuesNeeded(_ shares: [Double], risk: Double) -> Int {
    let deviations =
      NormalDistribution.quantile(1 - risk / Double(2 * max(shares.count, 1))) + NormalDistribution.quantile(0.99)
    return shares.map { share in
      let found = min(share + Self.factor * of(share), 1)
      return Int((pow(deviations / of(share), 2) * found * (1 - found)).rounded(.up))
    }.max().map { max($0, Self.fewestValues) } ?? Self.fewestValues
  }
}
