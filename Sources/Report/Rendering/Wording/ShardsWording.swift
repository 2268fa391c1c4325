internal import Statistics

/// The parts of a merged report in words and rows.
enum ShardsWording {
  /// The most parts that are listed.
  static let mostParts = 64

  /// The columns that any part has a value for, right-aligned but for the host.
  static func heads(_ shards: ShardsSection) -> [String] {
    var heads = ["part", "host", "requests", "failed"]
    if shards.parts.contains(where: { $0.lateness != nil }) { heads.append("late p99 ms") }
    heads += ["began ms", "clock ms"]
    return heads
  }

  static func row(_ part: ShardPart, of shards: ShardsSection) -> [String] {
    var row = [
      "\(part.number)" + (part.interrupted == true ? " (interrupted)" : ""), part.host ?? "",
      Formatting.count(part.requests), Formatting.count(part.failed),
    ]
    if shards.parts.contains(where: { $0.lateness != nil }) {
      row.append(part.lateness.map(Formatting.milliseconds) ?? Formatting.none)
    }
    row.append("+" + Formatting.fixed(max(part.startLateness, part.startedAfter), decimals: 3))
    return row + [clock(part)]
  }

  private static func clock(_ part: ShardPart) -> String {
    guard let offset = part.clockOffset, let doubt = part.clockUncertainty else { return "unknown" }
    let sign = offset < 0 ? "−" : "+"
    return sign + Formatting.fixed(abs(offset), decimals: 3) + " ± " + Formatting.fixed(doubt, decimals: 3)
  }

  /// The parts to list, those with most failures and the latest first where there are too many for all.
  static func listed(_ shards: ShardsSection) -> [ShardPart] {
    guard shards.parts.count > mostParts else { return shards.parts }
    let worst = shards.parts.sorted { one, other in
      (one.failed, one.lateness ?? 0, other.number) > (other.failed, other.lateness ?? 0, one.number)
    }
    return worst.prefix(mostParts).sorted { $0.number < $1.number }
  }

  /// What the list leaves out; `nil` if it has all.
  static func more(_ shards: ShardsSection) -> String? {
    let more = shards.parts.count - mostParts
    return more > 0 ? "… and \(Formatting.count(more)) more, none of which failed more or was later." : nil
  }
}

extension Page {
  static func shards(_ shards: ShardsSection?) -> [Block] {
    guard let shards else { return [] }
    var blocks: [Block] = []
    var table = PageTable("Parts", [])
    for head in ShardsWording.heads(shards) { table.addColumn(Wording.capitalised(head), right: head != "host") }
    for part in ShardsWording.listed(shards) { table.add(ShardsWording.row(part, of: shards).map(cell)) }
    blocks += [section("Parts"), .table(table)]
    if let more = ShardsWording.more(shards) { blocks.append(.paragraph([.words(more)])) }
    return blocks
  }
}

extension TextWriter {
  func shards(_ shards: ShardsSection?) -> [String] {
    guard let shards else { return [] }
    var columns = Columns()
    let heads = ShardsWording.heads(shards)
    columns.align(right: heads.indices.filter { heads[$0] != "host" })
    columns.add(heads)
    for part in ShardsWording.listed(shards) {
      columns.add(ShardsWording.row(part, of: shards).map { Escaping.terminal($0, width: 40) })
    }
    return table(columns) + [ShardsWording.more(shards)].compactMap(\.self).map { "  " + $0 }
  }
}
