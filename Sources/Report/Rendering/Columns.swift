/// Rows of cells under each other, two spaces apart, no line ending in spaces.
struct Columns {
  private(set) var rows: [[String]] = []
  private var widths: [Int] = []
  private var right: Set<Int> = []

  /// Sets columns flush right, counted from 0.
  mutating func align(right columns: [Int]) {
    right.formUnion(columns)
  }

  mutating func add(_ cells: [String]) {
    rows.append(cells)
    for (position, cell) in cells.enumerated() {
      if position == widths.count { widths.append(0) }
      widths[position] = max(widths[position], Escaping.columns(cell))
    }
  }

  /// How many cells the longest row has.
  var count: Int { widths.count }

  /// Where the last of them begins.
  var startOfLast: Int { widths.dropLast().reduce(0) { $0 + $1 + 2 } }

  var lines: [String] {
    rows.map { cells in
      var line = ""
      for (position, cell) in cells.enumerated() {
        let padding = String(repeating: " ", count: widths[position] - Escaping.columns(cell))
        if position > 0 { line += "  " }
        line += right.contains(position) ? padding + cell : cell + padding
      }
      while line.unicodeScalars.last == " " { line.unicodeScalars.removeLast() }
      return line
    }
  }
}
