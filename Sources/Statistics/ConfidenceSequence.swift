import Glibc

/// The interval that holds the true share, valid however long the sample grew and for whatever reason it ended.
///
/// An interval of a fixed sample, such as Wilson's, misses the true share more often than it says where the sample ends as
/// soon as it shows something; this one does not.
///
/// A share p is left out once the sample is 1/(1 − level) times likelier under all shares alike than under p; that happens to
/// the true one with a probability of at most 1 − level at any time (Ville's inequality). Source: H. Robbins, "Statistical
/// Methods Related to the Law of the Iterated Logarithm", Annals of Mathematical Statistics 41 (1970).
public enum ConfidenceSequence {
  /// The shares that are not left out.
  ///
  /// - Parameters:
  ///   - hits: how many of the sample had the property, 0…`count`.
  ///   - count: the size of the sample, 0 or more.
  ///   - level: the confidence, 0…1 exclusive.
  /// - Returns: within 0…1; all of it for arguments out of range.
  public static func interval(hits: Int, of count: Int, level: Double) -> ClosedRange<Double> {
    guard count > 0, (0...count).contains(hits), level > 0, level < 1 else { return 0...1 }
    let (hits, others) = (Double(hits), Double(count - hits))
    let mixture = lgamma(hits + 1) + lgamma(others + 1) - lgamma(hits + others + 2)
    func isLeftOut(_ share: Double) -> Bool {
      // 0 · log 0 is 0 here.
      let likelihood = (hits > 0 ? hits * log(share) : 0) + (others > 0 ? others * log(1 - share) : 0)
      return mixture - likelihood >= -log(1 - level)
    }
    let best = hits / (hits + others)
    return end(from: best, to: 0, isLeftOut)...end(from: best, to: 1, isLeftOut)
  }

  /// The last share on the way that is not left out, by bisection.
  private static func end(from inside: Double, to outside: Double, _ isLeftOut: (Double) -> Bool) -> Double {
    guard isLeftOut(outside) else { return outside }
    var (inside, outside) = (inside, outside)
    for _ in 0..<60 {
      let middle = (inside + outside) / 2
      if isLeftOut(middle) { outside = middle } else { inside = middle }
    }
    return outside
  }
}
