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

  /// What follows a comma in such a text is an outcome.
  private static func texts(_ document: ReportDocument) -> [Setting] {
    document.methodRows.map { Setting($0.name, .text(String($0.value.prefix { $0 != "," }))) }
  }

  /// A text with each of its numbers in one notation: earlier versions wrote `300.0` for 300.
  private static func plain(_ setting: Setting) -> [String] {
    setting.inWords.split(separator: " ").map { word in Double(word).map { Formatting.number($0) } ?? String(word) }
  }
}
