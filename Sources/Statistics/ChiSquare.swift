/// The outcome of one of Pearson's chi-square tests.
///
/// Source of both tests: NIST/SEMATECH e-Handbook of Statistical Methods, sections 1.3.5.15 and 7.4.5. The p-value is
/// the upper tail of the chi-square distribution, an approximation that is good if at least five observations are
/// expected in every category or cell.
public struct ChiSquare: Sendable, Equatable {
  /// What chance brings about less often than once in a million times is not called chance.
  public static let beyondChance = 1e-6

  /// Σ (observed − expected)² / expected: at least 0, infinite if something was observed that cannot happen.
  public var statistic: Double
  /// How many categories could vary freely; 0 if there was nothing to compare.
  public var degreesOfFreedom: Int
  /// The probability, 0…1, of a statistic at least this large if the hypothesis holds.
  public var pValue: Double

  /// Creates the outcome of a statistic and its degrees of freedom; with none of them the p-value is 1.
  public init(statistic: Double, degreesOfFreedom: Int) {
    self.statistic = statistic
    self.degreesOfFreedom = degreesOfFreedom
    if statistic == .infinity {
      pValue = 0
    } else if degreesOfFreedom < 1 {
      pValue = 1
    } else {
      pValue = GammaFunction.upperRegularized(Double(degreesOfFreedom) / 2, statistic / 2)
    }
  }

  /// Tests whether counts fit the shares that were expected.
  ///
  /// A category with an expected share of 0 is left out if nothing was observed there; otherwise the statistic is
  /// infinite and the p-value 0.
  ///
  /// - Parameters:
  ///   - observed: the count of each category, at least 0.
  ///   - expectedShares: its share or weight, at least 0; they are scaled to a sum of 1.
  /// - Returns: nil if nothing was observed, or if the parameters are out of range or of different lengths.
  public init?(observed: [Int], expectedShares: [Double]) {
    guard let expectedShares = ShareDeviation.normalized(expectedShares), observed.count == expectedShares.count,
      observed.allSatisfy({ $0 >= 0 })
    else { return nil }
    let total = observed.reduce(0.0) { $0 + Double($1) }
    guard total > 0 else { return nil }

    var statistic = 0.0
    var categories = 0
    for (count, share) in zip(observed, expectedShares) where share > 0 || count > 0 {
      let expected = share * total
      categories += 1
      statistic += expected > 0 ? (Double(count) - expected) * (Double(count) - expected) / expected : .infinity
    }
    self.init(statistic: statistic, degreesOfFreedom: categories - 1)
  }

  /// Tests whether the rows and the columns of a contingency table are independent, without Yates' correction.
  ///
  /// Rows and columns that hold nothing are left out.
  ///
  /// - Parameter table: rows of equal length, of counts of at least 0.
  /// - Returns: nil if the table is empty, holds nothing, is ragged or has a negative count.
  public init?(contingencyTable table: [[Int]]) {
    guard let width = table.first?.count, table.allSatisfy({ $0.count == width && $0.allSatisfy { $0 >= 0 } })
    else { return nil }
    let rows = table.map { $0.reduce(0.0) { $0 + Double($1) } }
    let columns = (0..<width).map { column in table.reduce(0.0) { $0 + Double($1[column]) } }
    let total = rows.reduce(0, +)
    guard total > 0 else { return nil }

    var statistic = 0.0
    for (row, rowTotal) in zip(table, rows) where rowTotal > 0 {
      for (count, columnTotal) in zip(row, columns) where columnTotal > 0 {
        let expected = rowTotal / total * columnTotal
        statistic += (Double(count) - expected) * (Double(count) - expected) / expected
      }
    }
    let filledRows = rows.count { $0 > 0 }
    let filledColumns = columns.count { $0 > 0 }
    self.init(statistic: statistic, degreesOfFreedom: (filledRows - 1) * (filledColumns - 1))
  }
}
