/// What charts are made of, as SVG elements of a class; coordinates in pixels from the top left.
enum ChartPieces {
  /// - Parameters:
  ///   - width: the columns that the text is cut to.
  ///   - fill: its colour where no style sheet is read.
  static func text(
    _ content: String, width: Int? = nil, x: Double, y: Double, class name: String, fill: String? = nil, size: Int,
    weight: String? = nil, anchor: String? = nil
  ) -> String {
    var attributes = "class=\"\(name)\" x=\"\(number(x))\" y=\"\(number(y))\" font-size=\"\(size)\""
    if let fill { attributes += " fill=\"\(fill)\"" }
    if let weight { attributes += " font-weight=\"\(weight)\"" }
    if let anchor { attributes += " text-anchor=\"\(anchor)\"" }
    return "<text \(attributes)>\(Escaping.xml(content, width: width))</text>\n"
  }

  static func rectangle(
    _ name: String, x: Double, y: Double, width: Double, height: Double, radius: Int? = nil
  ) -> String {
    "<rect class=\"\(name)\" x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" "
      + "height=\"\(number(height))\"\(radius.map { " rx=\"\($0)\"" } ?? "")/>\n"
  }

  static func line(
    _ name: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, width: Double? = nil, dashes: String? = nil
  ) -> String {
    "<line class=\"\(name)\" x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\""
      + (width.map { " stroke-width=\"\(number($0))\"" } ?? "")
      + "\(dashes.map { " stroke-dasharray=\"\($0)\"" } ?? "")/>\n"
  }

  /// A coordinate with at most one decimal.
  static func number(_ value: Double) -> String {
    let tenths = Int((min(max(value, -10_000), 10_000) * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
  }
}
