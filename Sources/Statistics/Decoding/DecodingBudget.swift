internal import Synchronization

/// What a decoder may allocate for one untrusted file, where a few bytes can become much memory.
///
/// A decoder with one in its `userInfo` refuses a file before that memory is spent; one without decodes everything.
public final class DecodingBudget: Sendable {
  /// The histograms that may still be made; each takes up to 240 KiB.
  private let histograms: Atomic<Int>
  /// The packed rows that may still be read.
  private let rows: Atomic<Int>

  /// - Parameters:
  ///   - histograms: how many there may be in all, 0 or more.
  ///   - rows: how many packed rows there may be in all, 0 or more.
  public init(histograms: Int, rows: Int) {
    self.histograms = Atomic(histograms)
    self.rows = Atomic(rows)
  }

  /// Takes one histogram off the budget; `false` if none is left.
  func takeHistogram() -> Bool { histograms.subtract(1, ordering: .relaxed).newValue >= 0 }

  /// How many rows may still be read.
  public var rowsLeft: Int { rows.load(ordering: .relaxed) }

  /// Takes off rows that have been read.
  public func take(rows count: Int) { rows.subtract(count, ordering: .relaxed) }
}

extension CodingUserInfoKey {
  /// Where a decoder keeps its ``DecodingBudget``.
  public static let decodingBudget = CodingUserInfoKey(rawValue: "lbcheck.decodingBudget")!
}

extension Decoder {
  public var budget: DecodingBudget? { userInfo[.decodingBudget] as? DecodingBudget }
}
