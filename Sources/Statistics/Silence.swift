import Glibc

/// A gap without any answer of a backend that otherwise answers.
public struct Silence: Sendable, Equatable {
  /// From its last answer before to its first one after, or to the ends of the run.
  public let start: UInt64
  public let end: UInt64

  /// The stretches that chance does not explain, in order.
  ///
  /// With n answers spread by chance over a time T a stretch g without any is there with a probability of at most
  /// (n + 1) · (1 − g/T)^n. A rotation is more even than that.
  ///
  /// - Parameters:
  ///   - times: when the backend answered, increasing, within `run`.
  ///   - run: from when to when it might have.
  ///   - risk: how likely any of them may be chance.
  public static func all(among times: [UInt64], in run: Range<UInt64>, risk: Double = 1e-6) -> [Silence] {
    guard !run.isEmpty, !times.isEmpty else { return [] }
    let ends = [run.lowerBound] + times + [run.upperBound]
    let stretches = zip(ends, ends.dropFirst()).filter { $0 < $1 }.map { Silence(start: $0, end: $1) }
    // The longest gap is not part of the usual spacing: it is judged by the rest.
    var found: [Silence] = []
    var (left, length) = (times.count, Double(run.upperBound - run.lowerBound))
    for stretch in stretches.sorted(by: { $0.length > $1.length }) {
      guard left > 2 else { break }
      let chance = Double(left + 1) * pow(max(0, 1 - Double(stretch.length) / length), Double(left))
      guard chance < risk else { break }
      found.append(stretch)
      length -= Double(stretch.length)
      left -= 1
    }
    return found.sorted { $0.start < $1.start }
  }

  public var length: UInt64 { end - start }
}
