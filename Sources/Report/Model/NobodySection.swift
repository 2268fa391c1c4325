/// Answers that no backend gave, or none that named itself.
public struct NobodySection: Codable, Sendable, Equatable {
  /// How many there were, above 0.
  public var requests: Int
  /// How many for which reason: an error's status in digits, `redirect`, `cache`, or `noHeader` for an answer otherwise in
  /// order that names no backend.
  public var because: [String: Int]

  /// `nil` where there were none.
  public init?(because: [String: Int]) {
    let because = because.filter { $0.value > 0 }
    guard !because.isEmpty else { return nil }
    self.because = because
    requests = because.values.reduce(0) { sum, count in
      let (next, isTooMany) = sum.addingReportingOverflow(count)
      return isTooMany ? .max : next
    }
  }
}

extension ReportDocument {
  /// The answers that no backend gave, wherever the check's kind keeps them.
  public var answeredByNobody: NobodySection? { fairness?.nobody ?? nobody }
}
