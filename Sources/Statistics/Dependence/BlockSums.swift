/// The sums of a sequence over all its overlapping blocks, and what they say of its mean.
///
/// Values that depend on those before make the mean vary more than as many independent ones would; blocks longer than the
/// dependence vary just so much more. Source: M. S. Meketon and B. Schmeiser, "Overlapping Batch Means: Something for
/// Nothing?", Winter Simulation Conference (1984).
struct BlockSums {
  /// What blocks of one length are like.
  struct Shape {
    /// The long-run variance: what the variance of the mean of n values tends to, times n.
    var longRunVariance: Double
    var skewness: Double
    /// 0 as for normal ones.
    var excessKurtosis: Double
  }

  /// The sums of the first 0, 1, 2, … deviations from the mean.
  private let partial: [Double]
  /// Of the values.
  let variance: Double

  /// - Parameter value: the value at a position, 0..<`count`.
  init(count: Int, _ value: (Int) -> Double) {
    let values = [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      var index = 0
      while index < count {
        buffer[index] = value(index)
        index &+= 1
      }
      initialized = count
    }
    var squares = 0.0
    partial = [Double](unsafeUninitializedCapacity: count + 1) { buffer, initialized in
      values.withUnsafeBufferPointer { values in
        var (sum, index) = (0.0, 0)
        while index < count {
          sum += values[index]
          index &+= 1
        }
        let mean = sum / Double(max(count, 1))
        (sum, index) = (0, 0)
        buffer[0] = 0
        while index < count {
          let deviation = values[index] - mean
          sum += deviation
          squares += deviation * deviation
          index &+= 1
          buffer[index] = sum
        }
      }
      initialized = count + 1
    }
    variance = squares / Double(max(count, 1))
  }

  var count: Int { partial.count - 1 }

  /// The shape of blocks, the long-run variance with the bias of the first order removed.
  ///
  /// Blocks of b values miss a part of the variance that falls with 1/b; twice their estimate less that of blocks half as long
  /// is free of it. That is the flat-top lag window of D. N. Politis and J. P. Romano, "Bias-Corrected Nonparametric Spectral
  /// Estimation", Journal of Time Series Analysis 16 (1995), and by the variance given there has 3/4 · n/b degrees of freedom.
  ///
  /// - Parameter length: of a block, 2…``count``.
  func shape(ofBlocks length: Int) -> Shape {
    let whole = powers(ofBlocks: length)
    let half = powers(ofBlocks: length / 2)
    // Where values take turns exactly, all blocks have one sum, and what remains is rounding.
    let spread = whole.second > 1e-9 * variance * Double(length) ? whole.second.squareRoot() : 0
    return Shape(
      longRunVariance: 2 * longRunVariance(whole.second, length) - longRunVariance(half.second, length / 2),
      skewness: spread > 0 ? whole.third / (spread * spread * spread) : 0,
      excessKurtosis: spread > 0 ? whole.fourth / (whole.second * whole.second) - 3 : 0)
  }

  private func longRunVariance(_ meanSquare: Double, _ length: Int) -> Double {
    meanSquare / Double(length) * Double(count) / Double(max(count - length, 1))
  }

  /// The means of the powers of the blocks' sums.
  private func powers(ofBlocks length: Int) -> (second: Double, third: Double, fourth: Double) {
    partial.withUnsafeBufferPointer { partial in
      var (second, third, fourth) = (0.0, 0.0, 0.0)
      var end = length
      while end < partial.count {
        let sum = partial[end] - partial[end &- length]
        let square = sum * sum
        second += square
        third += square * sum
        fourth += square * square
        end &+= 1
      }
      let blocks = Double(max(partial.count - length, 1))
      return (second / blocks, third / blocks, fourth / blocks)
    }
  }
}
