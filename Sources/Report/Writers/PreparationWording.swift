extension Wording {
  /// What was sent beside the traffic, such as `Beside the traffic: 25 GET (24 header search, 1 reachability)`.
  static func preparation(_ preparation: PreparationSection) -> String {
    func list(_ counts: [(name: String, count: Int)]) -> String {
      counts.sorted { $0.count != $1.count ? $0.count > $1.count : $0.name < $1.name }
        .map { "\(Formatting.count($0.count)) \($0.name)" }.joined(separator: ", ")
    }
    guard preparation.requests > 0 else { return "Beside the traffic: no request" }
    return "Beside the traffic: \(list(preparation.methods.map { (name: $0, count: $1) })) "
      + "(\(list(preparation.purposes.map { (name: $0.rawValue, count: $1) })))"
  }
}
