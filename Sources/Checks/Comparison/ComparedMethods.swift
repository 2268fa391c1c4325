internal import Report
internal import Statistics

/// How two reports were measured, as far as their method texts show it: for reports from before settings were data.
struct ComparedMethods {
  /// The texts that differ.
  let differences: [ComparedSetting]
  /// What is not known of other settings, in a sentence or two.
  let note: String

  init(_ base: ReportDocument, _ candidate: ReportDocument) {
    let (own, others) = (Self.texts(base), Self.texts(candidate))
    differences = ComparedSetting.all(own, others).filter { setting in
      guard let base = setting.base, let candidate = setting.candidate else { return false }
      return Self.plain(base) != Self.plain(candidate)
    }
    func missing(_ texts: [Setting], in others: [Setting], _ name: String) -> String? {
      let keys = texts.map(\.key).filter { key in !others.contains { $0.key == key } }
      return keys.isEmpty ? nil : "Only the \(name) records: \(keys.joined(separator: ", "))."
    }
    let who =
      switch (base.settings == nil, candidate.settings == nil) {
      case (true, false): "The base does not record"
      case (false, true): "The candidate does not record"
      case (true, true), (false, false): "Neither report records"
      }
    note = [
      "\(who) all of its settings, so others may differ.", missing(own, in: others, "base"),
      missing(others, in: own, "candidate"),
    ].compactMap(\.self).joined(separator: " ")
  }

  /// How many connections a run had, by its settings or by what an earlier version says of its method; `nil` where neither tells.
  static func connections(_ document: ReportDocument) -> Double? {
    if let number = document.settings?.number("connections") { return number }
    return (document.method ?? []).lazy.flatMap(today).compactMap { row -> Double? in
      let words = row.value.split { $0 == " " || $0 == "," }
      if row.name == "Connections" { return words.first.flatMap { Double($0) } }
      guard row.name == concurrentStage, let index = words.firstIndex(of: "connections"), index > 0 else { return nil }
      return Double(words[index - 1])
    }.first
  }

  /// What follows a comma in such a text is an outcome; one within a number separates its thousands.
  private static func texts(_ document: ReportDocument) -> [Setting] {
    document.methodRows.flatMap(today).map { row in
      Setting(row.name, .text(row.value.split(separator: ", ", maxSplits: 1).first.map(String.init) ?? ""))
    }
  }

  private static let concurrentStage = "Concurrent stage"

  /// A row by the names that reports have today.
  private static func today(_ row: MeasuredBy) -> [MeasuredBy] {
    switch row.name {
    case "Serial look": [MeasuredBy(name: "Serial stage", value: row.value)]
    case "Concurrent look": [MeasuredBy(name: concurrentStage, value: row.value)]
    case "Shards": [MeasuredBy(name: "Parts", value: row.value)]
    // `500 requests a second throughout, over 10 connections, a share of 0.5 on connections of their own`
    case "Traffic":
      [
        MeasuredBy(name: "Pace", value: row.value.replacing(" throughout, ", with: ", ")),
        MeasuredBy(
          name: "Connections",
          value: String(row.value.split(separator: ", over ").last?.prefix { $0 != " " } ?? "")),
      ]
    default: [row]
    }
  }

  /// A text with each of its numbers in one notation: earlier versions wrote `300.0` for 300, and 3000 for `3,000`.
  private static func plain(_ setting: Setting) -> [String] {
    setting.inWords.split(separator: " ").map { word in
      Double(word.filter { $0 != "," }).map { Formatting.number($0) } ?? String(word)
    }
  }
}
