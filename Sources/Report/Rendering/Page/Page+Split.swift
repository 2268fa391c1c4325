internal import Statistics

extension Page {
  /// How answers were divided.
  static func split(_ split: SplitSection?) -> [Block] {
    guard let split else { return [] }
    var table = PageTable("Answers by part", ["Part"])
    for head in ["Answers", "Share", "At least", "At most", "Expected"] { table.addColumn(head, right: true) }
    for part in split.parts.prefix(Wording.mostBackends) {
      table.add([
        name(part.name), .words(Formatting.count(part.requests)), .text(Formatting.percent(part.share)),
        .text(Formatting.percent(part.low)), .text(Formatting.percent(part.high)),
        .text(part.expectedShare.map(Formatting.percent) ?? Formatting.none),
      ])
    }
    let items = Wording.particulars(split).map { row in
      Item(term: .words(Wording.capitalised(row.name)), body: [cell(row.value)])
    }
    return [section("Split"), .table(table), .list(items)]
  }
}
