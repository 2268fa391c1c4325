/// Lines that fit a terminal: it would break words and numbers at its edge.
extension TextWriter {
  /// The lines, each broken between words where it is too long, its rest indented by two columns more.
  func fitting(_ lines: [String]) -> [String] {
    guard let width else { return lines }
    return lines.flatMap { Self.lines($0, fitting: width) }
  }

  /// A line broken between words where it is too long, its rest indented by two columns more; a word that is too long stays whole,
  /// so that it can be copied.
  public static func lines(_ line: String, fitting width: Int) -> [String] {
    guard columns(line) > width else { return [line] }
    let indent = line.prefix { $0 == " " }.count
    let hanging = String(repeating: " ", count: min(indent + 2, width / 2))
    var lines = [""]
    var rest = line[...]
    while !rest.isEmpty {
      let gap = rest.prefix { $0 == " " }
      let word = rest.dropFirst(gap.count).prefix { $0 != " " }
      rest = rest.dropFirst(gap.count + word.count)
      let last = lines[lines.count - 1]
      let hasWords = last.contains { $0 != " " }
      // No line may begin like a command of a build server.
      if hasWords, !word.hasPrefix("::"), columns(last) + gap.count + columns(word) > width {
        lines.append(hanging + word)
      } else {
        lines[lines.count - 1] = last + gap + word
      }
    }
    return lines
  }

  /// How many columns a text takes, without its colours.
  static func columns(_ text: some StringProtocol) -> Int {
    var plain = String.UnicodeScalarView()
    var isColour = false
    for scalar in text.unicodeScalars {
      if isColour {
        isColour = scalar != "m"
      } else if scalar == "\u{1B}" {
        isColour = true
      } else {
        plain.append(scalar)
      }
    }
    return Escaping.columns(String(plain))
  }
}

extension TextWriter {
  /// A table below its titles; where it is too wide, each row's first cell with the others below it, each after its title.
  ///
  /// - Parameter marks: what stands before each row but the titles, such as a coloured outcome; empty for nothing.
  func table(_ columns: Columns, marks: [String] = []) -> [String] {
    let widest = marks.map(Self.columns).max() ?? 0
    func marked(_ row: Int, _ text: String) -> String {
      guard !marks.isEmpty else { return "  " + text }
      let mark = row == 0 ? "" : marks[row - 1]
      return "  \(mark)\(padding(widest - Self.columns(mark)))  \(text)"
    }
    let lines = columns.lines.enumerated().map { marked($0, $1) }
    guard let width, lines.contains(where: { Self.columns($0) > width }), let titles = columns.rows.first else {
      return lines
    }
    return columns.rows.enumerated().dropFirst().flatMap { row, cells in
      [marked(row, cells.first ?? "")]
        + Self.filled(
          zip(titles, cells).dropFirst().filter { !$0.isEmpty && !$1.isEmpty }.map { "\($0): \($1)" }, gap: 2,
          width: width - 6
        ).map { padding(6) + $0 }
    }
  }

  /// Rows without titles, indented; where they are too wide, their last cells are broken within their own column.
  func list(_ columns: Columns, indent: Int = 2) -> [String] { list(columns, indent: indent, within: width) }

  func list(_ columns: Columns, indent: Int, within width: Int?) -> [String] {
    let start = columns.startOfLast
    let lines = columns.lines
    guard let room = width.map({ $0 - indent }), lines.contains(where: { Self.columns($0) > room }), start * 2 <= room
    else { return lines.map { padding(indent) + $0 } }
    return zip(lines, columns.rows).flatMap { line, cells in
      guard cells.count == columns.count, let last = cells.last, line.hasSuffix(last) else {
        return [padding(indent) + line]
      }
      let before = String(line.dropLast(last.count))
      return Self.lines(last, fitting: room - start).enumerated().map { index, part in
        index == 0 ? padding(indent) + before + part : padding(indent + start) + part
      }
    }
  }

  /// Texts in lines with as many of them in each as fit, none of them broken.
  ///
  /// - Parameter gap: the columns between two of them.
  static func filled(_ texts: [String], gap: Int, width: Int) -> [String] {
    texts.reduce(into: []) { lines, text in
      if let last = lines.last, Escaping.columns(last) + gap + Escaping.columns(text) <= width {
        lines[lines.count - 1] = last + String(repeating: " ", count: gap) + text
      } else {
        lines.append(text)
      }
    }
  }

  /// The assertions in a table with their sentences at its end; where that is too wide, with each sentence below its row, and
  /// where that is, too, each in lines of its own.
  ///
  /// - Parameter advice: what the end of the report says; it is not said twice.
  func assertions(_ assertions: [Assertion], beside advice: [String] = []) -> [String] {
    guard !assertions.isEmpty else { return [] }
    let assertions = Assertion.worstFirst(assertions)
    let tables = [true, false].lazy.map { table(assertions, hasSentences: $0, beside: advice) }
    guard let width else { return tables[0].lines }
    if let table = tables.first(where: { $0.rows.allSatisfy { Self.columns($0) <= width } }) { return table.lines }
    return assertions.flatMap { assertion in
      let name = [assertion.name, assertion.sentence].compactMap(\.self).joined(separator: ": ")
      var lines = ["  \(coloured(word(assertion), assertion.verdict))  \(Escaping.terminal(name, width: 200))"]
      let parts: [(String, String?)] = [
        ("expected", assertion.expected), ("actual  ", assertion.actual), ("distance", assertion.distance),
      ]
      for case (let head, let text?) in parts { lines.append("      \(head)  \(Escaping.terminal(text, width: 300))") }
      return lines + remarks(assertion, beside: advice).map { "      " + $0 }
    }
  }

  /// The rows, and all lines with what stands below each row.
  private func table(
    _ assertions: [Assertion], hasSentences: Bool, beside advice: [String]
  ) -> (rows: [String], lines: [String]) {
    let hasDistances = assertions.contains { $0.distance != nil }
    var columns = Columns()
    columns.add(["", "expected", "actual"] + (hasDistances ? ["distance"] : []))
    for assertion in assertions {
      columns.add(
        [
          Escaping.terminal(assertion.name, width: 40), Escaping.terminal(assertion.expected, width: 60),
          Escaping.terminal(assertion.actual, width: 120),
        ] + (hasDistances ? [Escaping.terminal(assertion.distance ?? "", width: 60)] : [])
          + (hasSentences ? sentence(assertion) : []))
    }
    let words = assertions.map(word)
    let width = words.map(Escaping.columns).max() ?? 0
    let cells = columns.lines
    var rows = ["  " + padding(width) + "  " + cells[0]]
    var lines = rows
    for (position, assertion) in assertions.enumerated() {
      let word = words[position]
      let mark = coloured(word, assertion.verdict) + padding(width - Escaping.columns(word))
      rows.append("  \(mark)  \(cells[position + 1])")
      lines.append(rows[position + 1])
      let below = (hasSentences ? [] : sentence(assertion)) + remarks(assertion, beside: advice)
      lines += below.map { "  " + padding(width) + "    " + $0 }
    }
    return (rows, lines)
  }

  private func word(_ assertion: Assertion) -> String {
    "\(Wording.sign(assertion.verdict)) \(assertion.verdict.rawValue)"
  }

  private func sentence(_ assertion: Assertion) -> [String] {
    assertion.sentence.map { [Escaping.terminal($0, width: 200)] } ?? []
  }

  /// Why it does not hold, and what to do.
  private func remarks(_ assertion: Assertion, beside advice: [String]) -> [String] {
    let why = assertion.detail.map { [Escaping.terminal($0, width: 300)] } ?? []
    guard let step = assertion.advice, !advice.contains(step) else { return why.filter { !$0.isEmpty } }
    return why.filter { !$0.isEmpty } + ["next: " + Escaping.terminal(step, width: 500)]
  }
}
