/// Where a sequence of measurements leaves its warm-up behind, by MSER.
///
/// The cut is where the mean of what follows is known best: cutting more of a warm-up makes the rest more alike, cutting more of
/// a steady state leaves less of it. Source: K. P. White, "An Effective Truncation Heuristic for Bias Reduction in Simulation
/// Output", Simulation 69 (1997); with batches of five, MSER-5, by K. P. White, M. J. Cobb and S. C. Spratt, "A Comparison of
/// Five Steady-State Truncation Heuristics for Simulation", Winter Simulation Conference (2000).
public struct WarmUp: Sendable, Equatable {
  /// How many values, from the first one on, belong to the warm-up: 0 or more, a multiple of the batch.
  public let count: Int

  /// - Parameters:
  ///   - values: in their order, finite. They are best of one size: a single value a thousand times as large as others is taken
  ///     for the end of a warm-up, so durations are given as ranks, logarithms or medians.
  ///   - batch: how many values in a row are replaced by their mean, 1 or more.
  /// - Returns: nil where the best cut lies in the second half, which means that no steady state was seen, and where there are
  ///   fewer than ten batches.
  public init?(_ values: [Double], batch: Int = 5) {
    guard batch > 0, values.count / 10 >= batch else { return nil }
    let batches = values.count / batch
    // From the end, so that each cut adds one mean; by Welford's update, which loses no digits to a large mean.
    var (mean, squares) = (0.0, 0.0)
    var best: (cut: Int, criterion: Double) = (0, .infinity)
    for cut in (0..<batches).reversed() {
      var sum = 0.0
      for index in cut * batch..<(cut + 1) * batch { sum += values[index] }
      let value = sum / Double(batch)
      let size = Double(batches - cut)
      let distance = value - mean
      mean += distance / size
      squares += distance * (value - mean)
      // The last few are alike by chance.
      guard batches - cut >= Self.fewestKept else { continue }
      let criterion = squares / (size * size)
      if criterion <= best.criterion { best = (cut, criterion) }
    }
    guard best.criterion.isFinite, best.cut <= batches / 2 else { return nil }
    count = best.cut * batch
  }

  private static let fewestKept = 5
}
