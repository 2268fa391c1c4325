/// Whether the durations of a run are those of one state, judged by their ranks: a single slow answer weighs no more than
/// the slowest rank.
extension LatencySequence {
  /// How far the cut-off part differs at least, in standard errors, to be called a warm-up.
  private static let certainDistance = 4.0

  /// How many durations, from the first one on, belong to a warm-up: 0 where none is certain.
  ///
  /// The cut is that of ``WarmUp`` in batches of five. It always finds one that is a little better than none; so what it cuts off must
  /// also differ from the rest by more than four standard errors of dependent values.
  ///
  /// - Returns: nil where no steady state was seen, or the rest is too short to know what is usual in it.
  public func warmUp() -> Int? {
    guard let ranks = RankedSequence(buckets)?.ranks, let warmUp = WarmUp(ranks) else { return nil }
    let (cut, rest) = (ranks[..<warmUp.count], ranks[warmUp.count...])
    let sums = BlockSums(count: rest.count) { rest[rest.startIndex + $0] }
    guard sums.variance > 0 else { return warmUp.count * stride }
    guard let dependence = sums.dependence?.values else { return nil }
    guard !cut.isEmpty else { return 0 }
    func mean(_ part: ArraySlice<Double>) -> Double { part.reduce(0, +) / Double(part.count) }
    let error = (sums.variance * dependence * (1 / Double(cut.count) + 1 / Double(rest.count))).squareRoot()
    return abs(mean(cut) - mean(rest)) > Self.certainDistance * error ? warmUp.count * stride : 0
  }

  /// Whether the durations became longer or shorter; the means are those of ranks, from 0 to 1, and the position counts
  /// durations.
  ///
  /// - Parameter isApproximate: see ``LevelChange``.
  /// - Returns: nil where it cannot be known, see ``LevelChange``.
  public func levelChange(isApproximate: Bool = false) -> LevelChange? {
    RankedSequence(buckets).flatMap { LevelChange($0.ranks, isApproximate: isApproximate) }
      .map { $0.scaled(by: stride) }
  }
}

extension RankedSequence {
  /// The rank of each value, from 0 to 1; of those in one bucket its middle.
  var ranks: [Double] {
    let scale = 0.5 / Double(count)
    return buckets.map { scale * Double(doubleRank(ofBucket: Int($0))) }
  }
}

extension LevelChange {
  /// The same change in a sequence of which one of `stride` values was kept.
  fileprivate func scaled(by stride: Int) -> LevelChange {
    var scaled = self
    scaled.position *= stride
    return scaled
  }
}
