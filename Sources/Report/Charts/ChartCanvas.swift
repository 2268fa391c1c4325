/// How a chart is drawn: how wide, and whether alone or in a page with others.
struct ChartFrame {
  /// What all names begin with in a page with others; `nil` for a file of its own.
  var scope: String?
  /// Whether it is drawn for a phone.
  var isNarrow = false

  /// A file of its own.
  static let file = ChartFrame()

  var width: Double { isNarrow ? 320 : 720 }
  var names: ChartScope { ChartScope(scope) }
}

/// The canvas of every chart: one SVG picture with a title, and shapes in inks (``ChartInk``).
///
/// The picture is as many pixels wide as it is drawn on a phone, or on a page about as wide as a sheet of paper; no text is smaller
/// than 12 pixels.
///
/// The picture is self-contained: no script, no font and no other file. Each shape has its light colour as an attribute, so that a
/// renderer without style sheets shows the light chart; a media query makes it dark. Coordinates are pixels from the top left.
struct ChartCanvas {
  typealias Place = (x: Double, y: Double)

  /// A mark of the legend, how wide that is, and what it stands for.
  struct LegendEntry {
    let label: String
    let width: Double
    let mark: (inout ChartCanvas, Place) -> Void

    init(_ label: String, width: Double, _ mark: @escaping (inout ChartCanvas, Place) -> Void) {
      (self.label, self.width, self.mark) = (label, width, mark)
    }

    /// A line of an ink.
    static func line(_ label: String, _ ink: ChartInk, dashes: String? = nil) -> LegendEntry {
      LegendEntry(label, width: 20) { $0.line(ink, $1.x, $1.y, $1.x + 20, $1.y, width: 2, dashes: dashes) }
    }

    /// An area of an ink.
    static func area(_ label: String, _ ink: ChartInk) -> LegendEntry {
      LegendEntry(label, width: 16) { $0.rectangle(ink, x: $1.x, y: $1.y - 6, width: 16, height: 11) }
    }
  }

  enum Anchor: String {
    case start, middle, end
  }

  /// How a colour shows, as SVG names it.
  private enum Property: String {
    case fill, stroke
  }

  let frame: ChartFrame
  /// How far from the edge the picture begins.
  let margin: Double
  let width: Double
  /// Below the title and the legend.
  private(set) var top: Double
  private let title: String
  private let titleEnd: Double
  private var body = ""
  /// The dark rules of all inks that were used.
  private var rules: Set<String> = []

  /// A picture with a title at its top.
  init(_ title: String, frame: ChartFrame) {
    self.title = title
    self.frame = frame
    width = frame.width
    margin = frame.isNarrow ? 12 : 24
    let lines = frame.isNarrow ? Self.lines(title, columns: 36) : [title]
    let first = frame.isNarrow ? 28.0 : 34
    top = first + Double(lines.count - 1) * 18 + 12
    titleEnd = margin + (lines.last ?? "").reduce(0) { $0 + Self.width(of: $1) * 1.5 }
    for (position, line) in lines.enumerated() {
      text(
        line, x: margin, y: first + Double(position) * 18, size: frame.isNarrow ? 14 : 15, isBold: true)
    }
  }

  /// The picture so far, with its title and, for those who cannot see it, a description.
  func svg(description: String, height: Double) -> String {
    var page = self
    page.body = ""
    let size = (width: width - 1, height: height - 1)
    page.add(
      "rect",
      [("x", "0.5"), ("y", "0.5"), ("width", number(size.width)), ("height", number(size.height)), ("rx", "8")],
      fill: .page, stroke: .rim)
    let scope = frame.names
    return """
      <svg\(scope.attribute) xmlns="http://www.w3.org/2000/svg" width="\(number(width))" height="\(number(height))" \
      viewBox="0 0 \(number(width)) \(number(height))" role="img" \
      aria-labelledby="\(scope.id("title")) \(scope.id("desc"))" \
      font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif">
      <title id="\(scope.id("title"))">\(Escaping.xml(title))</title>
      <desc id="\(scope.id("desc"))">\(Escaping.xml(description))</desc>
      <style>
      @media screen and (prefers-color-scheme: dark) {
      \(page.rules.sorted().map { "  \($0)\n" }.joined())}
      </style>
      \(page.body)\(body)</svg>

      """
  }

  private static func lines(_ text: String, columns: Int) -> [String] {
    text.split(separator: " ").reduce(into: []) { lines, word in
      if let last = lines.last, last.count + 1 + word.count <= columns {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
  }

  // MARK: Writing

  /// - Parameter columns: what the text is cut to.
  mutating func text(
    _ content: String, columns: Int = 90, x: Double, y: Double, ink: ChartInk = .text, size: Int = 12,
    isBold: Bool = false, anchor: Anchor = .start
  ) {
    var attributes = [("x", number(x)), ("y", number(y)), ("font-size", "\(size)")]
    if isBold { attributes.append(("font-weight", "600")) }
    if anchor != .start { attributes.append(("text-anchor", anchor.rawValue)) }
    add("text", attributes, fill: ink, content: Escaping.xml(content, width: columns))
  }

  /// A name in letters of one width, with a note in quiet letters after it.
  mutating func name(_ name: String, note: String?, x: Double, y: Double, anchor: Anchor = .end) {
    let letters = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
    let quiet = note.map { "<tspan\(style(.fill, .quiet))>\(Escaping.xml($0))</tspan>" } ?? ""
    add(
      "text",
      [
        ("x", number(x)), ("y", number(y)), ("font-size", "12"), ("text-anchor", anchor.rawValue),
        ("font-family", letters),
      ],
      fill: .text, content: Escaping.xml(name) + quiet)
  }

  /// Shapes that belong together, with a name that shows when they are pointed at.
  mutating func group(title: String, _ draw: (inout ChartCanvas) -> Void) {
    body += "<g>\n<title>\(Escaping.xml(title))</title>\n"
    draw(&self)
    body += "</g>\n"
  }

  /// The legend: beside the title where there is room, else below it.
  mutating func legend(_ entries: [LegendEntry]) {
    guard !entries.isEmpty else { return }
    let gap = 16.0
    let widths = entries.map { $0.width + 6 + Self.width(of: $0.label) }
    let all = widths.reduce(0, +) + gap * Double(entries.count - 1)
    var (x, y) = (width - margin - all, top - 12)
    if frame.isNarrow || x < titleEnd + gap { (x, y) = (margin, top + 10) }
    for (entry, entryWidth) in zip(entries, widths) {
      if x > margin, x + entryWidth > width - margin + 1 { (x, y) = (margin, y + 20) }
      entry.mark(&self, (x, y - 4))
      text(entry.label, x: x + entry.width + 6, y: y, ink: .quiet)
      x += entryWidth + gap
    }
    top = max(top, y + 12)
  }

  /// About how wide a text of 12 pixels is in most fonts.
  static func width(of text: String) -> Double { text.reduce(0) { $0 + width(of: $1) } }

  private static func width(of letter: Character) -> Double {
    "fijlrt.,:()| ".contains(letter) ? 4.2 : "mwMW%".contains(letter) ? 11 : 7.2
  }

  // MARK: Shapes

  mutating func rectangle(
    _ ink: ChartInk, x: Double, y: Double, width: Double, height: Double, radius: Double = 2
  ) {
    var attributes = [("x", number(x)), ("y", number(y)), ("width", number(width)), ("height", number(height))]
    if radius > 0 { attributes.append(("rx", number(radius))) }
    if ink.opacity < 1 { attributes.append(("fill-opacity", "\(ink.opacity)")) }
    add("rect", attributes, fill: ink)
  }

  mutating func line(
    _ ink: ChartInk, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, width: Double = 1, dashes: String? = nil
  ) {
    var attributes = [("x1", number(x1)), ("y1", number(y1)), ("x2", number(x2)), ("y2", number(y2))]
    if width != 1 { attributes.append(("stroke-width", number(width))) }
    if let dashes { attributes.append(("stroke-dasharray", dashes)) }
    add("line", attributes, stroke: ink)
  }

  mutating func path(_ ink: ChartInk, _ places: [Place], width: Double = 2, dashes: String? = nil) {
    guard places.count > 1 else { return }
    var attributes = [
      ("points", points(places)), ("fill", "none"), ("stroke-width", number(width)), ("stroke-linejoin", "round"),
    ]
    if let dashes { attributes.append(("stroke-dasharray", dashes)) }
    add("polyline", attributes, stroke: ink)
  }

  /// - Parameter stroke: the ink of its edge; none has no edge.
  mutating func polygon(_ fill: ChartInk, _ places: [Place], stroke: ChartInk? = nil) {
    add(
      "polygon", [("points", points(places))] + (stroke == nil ? [] : [("stroke-width", "2")]), fill: fill,
      stroke: stroke)
  }

  /// - Parameter stroke: the ink of its edge; none has no edge.
  mutating func disc(_ fill: ChartInk, _ at: Place, radius: Double = 3.6, stroke: ChartInk? = nil) {
    let place = [("cx", number(at.x)), ("cy", number(at.y)), ("r", number(radius))]
    add("circle", place + (stroke == nil ? [] : [("stroke-width", "2")]), fill: fill, stroke: stroke)
  }

  /// A point that did not hold.
  mutating func hollow(_ at: Place) { disc(.page, at, stroke: .stray) }

  /// A line at what was expected, with a rim in the colour of the page so that it stands out on a bar.
  mutating func marker(x: Double, top: Double, bottom: Double) {
    line(.page, x, top, x, bottom, width: 4)
    line(.expected, x, top, x, bottom, width: 2)
  }

  // MARK: SVG

  private mutating func add(
    _ element: String, _ attributes: [(name: String, value: String)], fill: ChartInk? = nil, stroke: ChartInk? = nil,
    content: String? = nil
  ) {
    let classes = [fill?.rawValue, stroke.map { "\($0.rawValue)Line" }].compactMap { $0 }.joined(separator: " ")
    var tag = "<\(element) class=\"\(classes)\""
    for attribute in attributes { tag += " \(attribute.name)=\"\(attribute.value)\"" }
    if let fill { tag += colour(.fill, fill) }
    if let stroke { tag += colour(.stroke, stroke) }
    body += tag + (content.map { ">\($0)</\(element)>" } ?? "/>") + "\n"
  }

  /// The attribute of a light colour; notes the rule of the dark one.
  private mutating func colour(_ property: Property, _ ink: ChartInk) -> String {
    let name = property == .fill ? ink.rawValue : ink.rawValue + "Line"
    rules.insert("\(frame.names.selector(name)) { \(property.rawValue): \(ink.dark) }")
    return " \(property.rawValue)=\"\(ink.light)\""
  }

  private mutating func style(_ property: Property, _ ink: ChartInk) -> String {
    " class=\"\(ink.rawValue)\"" + colour(property, ink)
  }

  private func points(_ places: [Place]) -> String {
    places.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
  }

  /// A coordinate with at most one decimal; NaN is at the edge.
  private func number(_ value: Double) -> String {
    let tenths = value.isNaN ? 0 : Int((min(max(value, -10_000), 10_000) * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
  }
}
