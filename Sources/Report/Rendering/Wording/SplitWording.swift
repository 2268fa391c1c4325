internal import Statistics

extension Wording {
  /// What is known of a split beside its parts, a name and a text each.
  static func particulars(_ split: SplitSection) -> [(name: String, value: String)] {
    var rows = [
      (name: "distinguished by", value: split.header),
      (
        name: "decided",
        value: (split.decidedAfter.map { "after \(Formatting.count($0, "answer"))" } ?? "not")
          + "; where all is as expected it takes about \(Formatting.count(split.expectedAfter))"
      ),
      (name: "margin", value: Formatting.pointsSize(split.margin)),
    ]
    for row in split.rows ?? [] {
      let parts = row.parts.map { "\($0.name) \(Formatting.percent($0.share))" }.joined(separator: ", ")
      rows.append((name: "\(row.address) \(row.request)", value: "\(parts): \(row.verdict.rawValue)"))
    }
    if let arrival = split.arrival {
      let when = arrival.afterSeconds.map { "after \(Formatting.seconds($0))" } ?? "not in time"
      rows.append((name: "arrived", value: when))
      rows.append(
        (
          name: "flips",
          value: "\(Formatting.count(arrival.flips)) of \(Formatting.count(arrival.answers, "answer")) to "
            + "\(Formatting.count(arrival.visitors, "visitor")) who came again"
        ))
    }
    return rows
  }
}
