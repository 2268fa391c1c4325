/// A section of an HAProxy configuration, such as `backend app`.
struct HAProxySection {
  struct Line {
    let words: [String]
    let place: ConfigurationPlace
    let hasVariable: Bool

    var keyword: String { words[0] }
    var text: String { words.joined(separator: " ") }
  }

  let kind: String
  let name: String
  let place: ConfigurationPlace
  var lines: [Line] = []
  /// The lines of the `defaults` section that it follows.
  var defaults: [Line] = []

  /// The lines of a keyword, its own or else those of its defaults.
  func all(_ keywords: String...) -> [Line] {
    let own = lines.filter { keywords.contains($0.keyword) }
    return own.isEmpty ? defaults.filter { keywords.contains($0.keyword) } : own
  }

  private static let kinds: Set = [
    "global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "userlist", "mailers", "program",
    "cache",
    "http-errors", "ring", "log-forward", "fcgi-app", "crt-store", "crt-list", "traces", "log-profile", "acme",
  ]

  /// Reads the sections of a file; what stands between `.if` and `.endif` is named and left out.
  ///
  /// - Throws: ``ConfigurationError`` for a quote that is not closed, or a line before the first section.
  static func all(
    in text: String, file: String, _ notUnderstood: inout [NotUnderstood]
  ) throws(ConfigurationError) -> [HAProxySection] {
    var sections: [HAProxySection] = []
    var defaults: [String: [Line]] = [:]
    var latest: [Line] = []
    var depth = 0
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let place = ConfigurationPlace(file: file, line: index + 1)
      let read = try HAProxyLexer.words(line, at: place)
      guard let first = read.first?.text else { continue }
      if first.hasPrefix(".") {
        if first == ".if" {
          if depth == 0 { notUnderstood.append(NotUnderstood(place, "what .if … .endif holds is left out")) }
          depth += 1
        } else if first == ".endif" {
          depth = max(depth - 1, 0)
        }
        continue
      }
      guard depth == 0 else { continue }
      let words = read.map(\.text)
      guard kinds.contains(first) else {
        guard !sections.isEmpty else {
          throw ConfigurationError(place, "expected a section such as global, not '\(first)'")
        }
        let line = Line(words: words, place: place, hasVariable: read.contains(where: \.isVariable))
        sections[sections.count - 1].lines.append(line)
        continue
      }
      if let last = sections.last, last.kind == "defaults" {
        latest = last.lines
        defaults[last.name] = last.lines
      }
      var section = HAProxySection(kind: first, name: words.count > 1 ? words[1] : "", place: place)
      if let from = words.firstIndex(of: "from"), from + 1 < words.count {
        section.defaults = defaults[words[from + 1]] ?? []
      } else {
        section.defaults = latest
      }
      sections.append(section)
    }
    return sections
  }
}
