/// How often each backend followed each other one; only the cells that are not empty are held.
struct TransitionTable {
  private(set) var total = 0
  private var cells: [Int: Int] = [:]
  private var leaving: [Int: Int] = [:]
  private var arriving: [Int: Int] = [:]

  init(_ sequence: SerialSequence) {
    let width = sequence.backends.count
    for segment in sequence.segments {
      for (from, to) in zip(segment, segment.dropFirst()) {
        cells[Int(from) * width + Int(to), default: 0] += 1
        leaving[Int(from), default: 0] += 1
        arriving[Int(to), default: 0] += 1
        total += 1
      }
    }
    self.width = width
  }

  private let width: Int

  /// How often chance would have the rarest backend follow itself, or another rare one: the least of the table's expected counts.
  ///
  /// A backend that came first or last alone is counted as if it had been left or met once.
  var leastExpected: Double {
    func least(_ counts: [Int: Int]) -> Double { counts.count == width ? Double(counts.values.min() ?? 1) : 1 }
    return total > 0 ? least(leaving) * least(arriving) / Double(total) : 0
  }

  /// The probability of a chi-square statistic at least this large if the next backend does not depend on the last;
  /// nil if the totals leave it no freedom to vary.
  ///
  /// The usual chi-square tail is far off where a rare backend makes expected counts small: of 3,000 random requests
  /// at 99 : 1, one run in 300 would seem dependent at p < 1e-5. So the exact mean and variance of the statistic, given
  /// the totals, are taken (J. B. S. Haldane, "The Mean and Variance of χ², when Used as a Test of Homogeneity, when
  /// Expectations are Small", Biometrika 31, 1940), and the tail of the gamma distribution that has both.
  var independencePValue: Double? {
    let n = Double(total)
    guard total > 3 else { return nil }
    let rows = Margin(leaving.values, n)
    let columns = Margin(arriving.values, n)
    let mean = n / (n - 1) * (rows.count - 1) * (columns.count - 1)
    let variance =
      2 * n / (n - 3) * (rows.spread - rows.skew) * (columns.spread - columns.skew)
      + n * n / (n - 1) * rows.skew * columns.skew
    guard mean > 0, variance > mean * 1e-6 else { return nil }

    let sum = cells.reduce(0.0) { sum, cell in
      let (from, to) = cell.key.quotientAndRemainder(dividingBy: width)
      return sum + Double(cell.value) / Double(leaving[from] ?? 1) * (Double(cell.value) / Double(arriving[to] ?? 1))
    }
    let statistic = max(n * (sum - 1), 0)
    return GammaFunction.upperRegularized(mean * mean / variance, statistic * mean / variance)
  }

  private struct Margin {
    let count: Double
    let spread: Double
    let skew: Double

    init(_ totals: some Collection<Int>, _ n: Double) {
      count = Double(totals.count)
      spread = (count - 1) * (n - count) / (n - 1)
      skew = (totals.reduce(0) { $0 + n / Double($1) } - count * count) / (n - 2)
    }
  }
}
