import Glibc

/// Why it is not known between which values a percentile lies.
public enum PercentileShortage: String, Error, Codable, Sendable, Equatable, CaseIterable {
  /// Fewer than ten independent values lie beyond the percentile.
  case fewBeyond
  /// The durations stay alike for so long that the whole sequence holds too few independent stretches.
  case fewStretches
}

extension LatencySequence {
  /// Between which values, in nanoseconds and to 0.1 %, a percentile of the whole lies.
  ///
  /// - Parameters:
  ///   - percentile: 0…100 exclusive; beyond others there are no values.
  ///   - level: the confidence, 0…1 exclusive.
  public func interval(ofPercentile percentile: Double, level: Double) -> Result<
    ClosedRange<UInt64>, PercentileShortage
  > {
    intervals(ofPercentiles: [percentile], level: level)[0]
  }

  /// The intervals of several percentiles, at less cost than one by one.
  ///
  /// Whether a duration exceeds the percentile is a sequence of ones and zeros; by how much its mean varies is seen from blocks
  /// of it (``BlockSums``). The true percentile lies at a rank that differs from the sample's by no more than that, with a
  /// quantile of Student's distribution since the variance is itself estimated. Sources: P. Heidelberger and P. A. W. Lewis,
  /// "Quantile Estimation in Dependent Sequences", Operations Research 32 (1984); for slow durations that come in clusters, the
  /// correction for the blocks' skewness by A. Tafazzoli and J. R. Wilson, "Skart", IIE Transactions 43 (2011); for the fewer
  /// degrees of freedom where few blocks hold most of the variance, the kurtosis of the blocks.
  ///
  /// Blocks are a 64th of the sequence, or a 32nd or 16th where shorter ones are not ten times as long as the dependence that
  /// they show. Beyond that, and where the sequence is shorter than 320 times the dependence of the durations' ranks,
  /// the answer is a shortage. A state that never came cannot be seen: of a stall an hour, minutes know nothing.
  ///
  /// - Returns: one for each percentile, in order.
  public func intervals(
    ofPercentiles percentiles: [Double], level: Double
  ) -> [Result<ClosedRange<UInt64>, PercentileShortage>] {
    guard level > 0, level < 1, let ranked = RankedSequence(buckets) else {
      return percentiles.map { _ in .failure(.fewBeyond) }
    }
    return percentiles.map { percentile in
      Result { () throws(PercentileShortage) in
        let ranks = try QuantileInterval(
          try ranked.precision(of: percentile / 100), count: ranked.count, quantile: percentile / 100, level: level)
        guard let lower = ranks.lowerRank, let upper = ranks.upperRank else { throw .fewBeyond }
        return ranked.value(atRank: lower)...ranked.value(atRank: upper)
      }
    }
  }

  /// How well several percentiles, each 0…100 exclusive, are known, in order; see ``intervals(ofPercentiles:level:)``.
  public func precisions(
    ofPercentiles percentiles: [Double]
  ) -> [Result<PercentilePrecision, PercentileShortage>] {
    guard let ranked = RankedSequence(buckets) else { return percentiles.map { _ in .failure(.fewBeyond) } }
    return percentiles.map { percentile in
      Result { () throws(PercentileShortage) in try ranked.precision(of: percentile / 100) }
    }
  }
}

/// A sequence of buckets with the ranks of its values.
struct RankedSequence {
  let buckets: [UInt16]
  private let first: Int
  /// How many values lie below each bucket, from the lowest bucket to one beyond the highest.
  private let below: [Int]
  /// How many values in a row tell as much as one independent one, at least 1, seen from blocks of a 16th.
  let rankDependence: Double

  /// - Returns: nil for fewer values than make 64 blocks of two.
  init?(_ buckets: [UInt16]) {
    guard buckets.count >= 2 * QuantileInterval.blockCounts[0], let low = buckets.min(), let high = buckets.max() else {
      return nil
    }
    let first = Int(low)
    var below = [Int](repeating: 0, count: Int(high) - first + 2)
    below.withUnsafeMutableBufferPointer { below in
      buckets.withUnsafeBufferPointer { buckets in
        var index = 0
        while index < buckets.count {
          below[Int(buckets[index]) &- first &+ 1] &+= 1
          index &+= 1
        }
      }
      var bucket = 1
      while bucket < below.count {
        below[bucket] &+= below[bucket &- 1]
        bucket &+= 1
      }
    }
    (self.buckets, self.first, self.below) = (buckets, first, below)
    let sums = below.withUnsafeBufferPointer { below in
      buckets.withUnsafeBufferPointer { buckets in
        // Twice the middle of the ranks of a bucket.
        BlockSums(count: buckets.count) { position in
          let bucket = Int(buckets[position]) &- first
          return Double(below[bucket] &+ below[bucket &+ 1])
        }
      }
    }
    let longRun = sums.shape(ofBlocks: buckets.count / QuantileInterval.blockCounts.last!).longRunVariance
    rankDependence = sums.variance > 0 ? max(longRun / sums.variance, 1) : 1
  }

  var count: Int { buckets.count }

  /// Twice the middle of the ranks of a bucket.
  func doubleRank(ofBucket bucket: Int) -> Int { below[bucket - first] + below[bucket - first + 1] }

  /// The bucket of a rank, 1…``count``.
  func bucket(atRank rank: Int) -> Int {
    var (low, high) = (0, below.count - 2)
    while low < high {
      let middle = (low + high) / 2
      if below[middle + 1] < rank { low = middle + 1 } else { high = middle }
    }
    return first + low
  }

  /// About the value of a rank, in nanoseconds, as if those of a bucket lay evenly in it.
  ///
  /// A whole bucket would widen the interval of a long sequence by a tenth and more.
  func value(atRank rank: Int) -> UInt64 {
    let bucket = bucket(atRank: rank)
    let (lowest, highest) = (Histogram.lowest(ofBucket: bucket), Histogram.highest(ofBucket: bucket))
    let (start, end) = (below[bucket - first], below[bucket - first + 1])
    let share = (Double(rank - start) - 0.5) / Double(end - start)
    return lowest + UInt64(share * Double(highest - lowest))
  }

  /// Whether each value exceeds the quantile, as 1 and 0; nil where all or none do.
  func exceeding(_ quantile: Double) -> BlockSums? {
    let rank = min(max(Int((quantile * Double(count)).rounded(.up)), 1), count)
    var threshold = bucket(atRank: rank)
    // Of equal values those at the quantile count to the other side where nothing lies beyond.
    if below[threshold - first + 1] == count { threshold -= 1 }
    guard threshold >= first else { return nil }
    return buckets.withUnsafeBufferPointer { buckets in
      BlockSums(count: buckets.count) { Int(buckets[$0]) > threshold ? 1 : 0 }
    }
  }
}

extension QuantileInterval {
  /// How many blocks a sequence is cut into, the shortest ones first.
  static let blockCounts = [64, 32, 16]
  /// By how many times a block is longer than the dependence in it.
  static let blockLengths = 10.0
  /// By how many times the sequence is longer than the dependence of its ranks.
  static let sequenceLengths = 320.0
  static let fewestBeyond = 10.0
}

extension RankedSequence {
  /// How well a quantile, 0…1 exclusive, is known.
  func precision(of quantile: Double) throws(PercentileShortage) -> PercentilePrecision {
    guard quantile > 0, quantile < 1, let sums = exceeding(quantile) else { throw .fewBeyond }
    let size = Double(count)
    guard size >= QuantileInterval.sequenceLengths * rankDependence else { throw .fewStretches }
    for blocks in QuantileInterval.blockCounts {
      let length = count / blocks
      let shape = sums.shape(ofBlocks: length)
      // Values that take turns tell more than independent ones; how much more is not relied on.
      let seen = shape.longRunVariance / sums.variance
      let dependence = max(seen, 0.5)
      guard Double(length) >= QuantileInterval.blockLengths * dependence else { continue }
      let independent = size / dependence
      guard independent * min(quantile, 1 - quantile) >= QuantileInterval.fewestBeyond else { throw .fewBeyond }
      // Skewness and kurtosis are in units of what was seen of the variance, not of what is relied on.
      let share = min(max(seen, 0) / dependence, 1)
      let (skewness, excess) = (shape.skewness * share * share.squareRoot(), shape.excessKurtosis * share * share)
      // The variance of a variance is 2 + excess in units of its square.
      return PercentilePrecision(
        independent: independent, skewness: skewness / Double(blocks).squareRoot(),
        degreesOfFreedom: max(0.75 * Double(blocks) * 2 / (2 + max(excess, 0)), 1))
    }
    throw .fewStretches
  }
}
