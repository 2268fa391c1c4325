internal import Statistics

extension Wording {
  /// What was sent beside the traffic, such as `Beside the traffic: 25 GET (24 header search, 1 reachability)`.
  ///
  /// Each sending counts there, also one repeated on a new connection; the traffic counts requests, and those sent
  /// again are listed separately.
  static func preparation(_ preparation: PreparationSection, beside traffic: RequestCounts? = nil) -> String {
    func list(_ counts: [(name: String, count: Int)]) -> String {
      counts.sorted { $0.count != $1.count ? $0.count > $1.count : $0.name < $1.name }
        .map { "\(Formatting.count($0.count)) \($0.name)" }.joined(separator: ", ")
    }
    guard preparation.requests > 0 else { return "Beside the traffic: no request" }
    return "Beside the traffic: \(list(preparation.methods.map { (name: $0, count: $1) })) "
      + "(\(list(preparation.purposes.map { (name: words($0), count: $1) })))"
      + sum(preparation, traffic)
  }

  /// A purpose as reports name it, in today's words.
  private static func words(_ purpose: PreparationPurpose) -> String {
    purpose == .serialStage ? "serial stage" : purpose.rawValue
  }

  /// What the server counted, where that is more than the two sections show at once.
  private static func sum(_ preparation: PreparationSection, _ traffic: RequestCounts?) -> String {
    guard let traffic, traffic.retried > 0 else { return "" }
    let (sent, isNegative) = traffic.scheduled.subtractingReportingOverflow(traffic.unsent)
    guard !isNegative else { return "" }
    return "; sent in all: \(Formatting.count(sent)) traffic + \(Formatting.count(traffic.retried)) sent again + "
      + "\(Formatting.count(preparation.requests)) beside it"
  }
}
