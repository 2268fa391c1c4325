/// Draws the phases of a check from left to right as `timeline.svg`: a lane for each generation while it answered, below
/// them failures as marks by kind, outages shaded, actions as bands with a line at either end, and the generator's own
/// pauses across everything.
public struct TimelineChart: Sendable {
  /// The file that the page shows.
  static let file = "timeline.svg"

  private static let width = 860
  private static let left = 190.0
  private static let right = 836.0
  private static let laneHeight = 24
  private static let laneLimit = 40
  private static let nameHeight = 16

  private let pauses: [PauseSection]

  /// - Parameter pauses: in which the generator itself stood still, so that no answer of that time is the target's doing.
  public init(pauses: [PauseSection] = []) { self.pauses = pauses }

  /// The chart of phases that follow one another; times are seconds from the run's start.
  public func write(_ phases: [PhaseSection]) -> String { write(phases, scope: nil) }

  /// The chart for a page with others in it, where all its names begin with the given one.
  func write(_ phases: [PhaseSection], scope: String?) -> String {
    let lanes = Lane.all(in: phases)
    let shown = lanes.prefix(Self.laneLimit)
    let start = phases.map(\.startSeconds).min() ?? 0
    let end = max(phases.map { $0.startSeconds + $0.durationSeconds }.max() ?? 1, start + 0.001)
    func x(_ seconds: Double) -> Double {
      Self.left + (min(max(seconds, start), end) - start) / (end - start) * (Self.right - Self.left)
    }
    let names = PhaseName.placed(phases, x: x)
    let namesEnd = 66 + (names.map(\.row).max() ?? 0) * Self.nameHeight
    let top = namesEnd + 26
    let kinds = Self.kinds(in: phases)
    let lanesEnd = top + max(1, shown.count) * Self.laneHeight
    let bottom = lanesEnd + kinds.count * Self.laneHeight
    let height = bottom + (lanes.count > shown.count ? 72 : 52)

    var svg = head(height: height, phases: phases, scope: ChartScope(scope))
    svg += text("What answered when", x: 24, y: 34, class: "text", size: 15, weight: "600")
    svg += legend(y: 34)
    let edge = Double(namesEnd) + 4
    for (index, phase) in phases.enumerated() {
      let from = x(phase.startSeconds)
      if index > 0 { svg += line("grid", from, Double(namesEnd), from, Double(bottom)) }
      if let action = phase.action {
        let begun = x(action.startSeconds)
        let done = max(x(action.startSeconds + action.durationSeconds), begun + 2)
        svg += rectangle("action", x: begun, y: edge, width: done - begun, height: Double(bottom) - edge)
        svg += line("edge", begun, edge, begun, Double(bottom)) + line("edge", done, edge, done, Double(bottom))
      }
    }
    for name in names {
      svg += text(
        name.text, x: name.isAtEnd ? name.x + name.width : name.x, y: 62 + name.row * Self.nameHeight, class: "text",
        size: 12, anchor: name.isAtEnd ? "end" : nil, clip: name.width)
    }
    for phase in phases {
      for outage in phase.outages {
        let from = x(outage.startSeconds)
        let to = max(x(outage.startSeconds + outage.durationSeconds), from + 2)
        svg += rectangle("outage", x: from, y: Double(top) - 8, width: to - from, height: Double(bottom - top) + 8)
        svg += text("\(outage.failed)", x: (from + to) / 2, y: top - 12, class: "lost", size: 11, anchor: "middle")
      }
    }
    for (index, lane) in shown.enumerated() {
      let y = top + index * Self.laneHeight
      svg += text(lane.name, x: Self.left - 10, y: y + 15, class: "text", size: 12, anchor: "end", clip: Self.left - 30)
      for span in lane.spans {
        let from = x(span.first)
        svg += rectangle(
          lane.isStale ? "stale" : "life", x: from, y: Double(y) + 5, width: max(x(span.last) - from, 3), height: 13)
      }
    }
    for (index, kind) in kinds.enumerated() {
      let y = lanesEnd + index * Self.laneHeight
      svg += text(kind, x: Self.left - 10, y: y + 15, class: "lost", size: 12, anchor: "end", clip: Self.left - 30)
      for mark in phases.flatMap({ $0.failureMarks ?? [] }) where mark.kind == kind {
        svg += rectangle("mark", x: x(mark.seconds) - 1, y: Double(y) + 5, width: 2, height: 13)
      }
    }
    for pause in pauses where pause.startSeconds < end && pause.startSeconds + pause.durationSeconds > start {
      let from = x(pause.startSeconds)
      let to = max(x(pause.startSeconds + pause.durationSeconds), from + 2)
      svg += rectangle("pause", x: from, y: edge, width: to - from, height: Double(bottom) - edge)
    }
    svg += axis(start: start, end: end, y: bottom, x: x)
    if lanes.count > shown.count {
      svg += text("and \(lanes.count - shown.count) more generations", x: 24, y: height - 14, class: "quiet", size: 11)
    }
    return svg + "</svg>\n"
  }

  /// Where a phase's name stands: above its start, in the first row that has room for it.
  private struct PhaseName {
    private static let rowLimit = 4
    private static let columnWidth = 7.5

    let text: String
    let x: Double
    let row: Int
    let width: Double
    /// It has less room after its phase's start, and ends with the chart.
    let isAtEnd: Bool

    /// Leaves out a name that no row has room for; the page's table holds it.
    static func placed(_ phases: [PhaseSection], x: (Double) -> Double) -> [PhaseName] {
      var ends = Array(repeating: 0.0, count: rowLimit)
      return phases.compactMap { phase in
        let width = Double(min(phase.name.count, 40) + 1) * columnWidth
        let start = x(phase.startSeconds) + 4
        let from = max(min(start, right - width), left)
        guard let row = ends.firstIndex(where: { $0 <= from }) else { return nil }
        ends[row] = from + width
        return PhaseName(text: phase.name, x: from, row: row, width: width, isAtEnd: from < start)
      }
    }
  }

  /// One generation with the stretches in which it answered.
  private struct Lane {
    let name: String
    var spans: [(first: Double, last: Double)]
    var isStale: Bool

    static func all(in phases: [PhaseSection]) -> [Lane] {
      var lanes: [Lane] = []
      for phase in phases {
        for life in phase.generations {
          let name = "\(life.backend) \(life.generation)"
          let span = (life.firstSeenSeconds, life.lastSeenSeconds)
          let isStale = phase.staleGenerations.contains(name)
          if let known = lanes.firstIndex(where: { $0.name == name }) {
            // A life that goes on over a phase's edge is drawn in one.
            if let last = lanes[known].spans.last, span.0 - last.last < 1 {
              lanes[known].spans[lanes[known].spans.count - 1].last = span.1
            } else {
              lanes[known].spans.append(span)
            }
            lanes[known].isStale = lanes[known].isStale || isStale
          } else {
            lanes.append(Lane(name: name, spans: [span], isStale: isStale))
          }
        }
      }
      return lanes.sorted { ($0.spans[0].first, $0.name) < ($1.spans[0].first, $1.name) }
    }
  }

  /// The kinds of failures, the most frequent first, at most eight.
  private static func kinds(in phases: [PhaseSection]) -> [String] {
    let marks = phases.flatMap { $0.failureMarks ?? [] }
    return Dictionary(marks.map { ($0.kind, $0.count) }, uniquingKeysWith: +)
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(8).map(\.key)
  }

  /// Light and dark colours by class.
  private static let colours: [(name: String, property: String, light: String, dark: String)] = [
    ("page", "fill", "#ffffff", "#0d1117"), ("rim", "stroke", "#d8dee4", "#30363d"),
    ("text", "fill", "#1f2328", "#e6edf3"), ("quiet", "fill", "#59636e", "#9198a1"),
    ("grid", "stroke", "#d8dee4", "#30363d"), ("life", "fill", "#2f6fc4", "#539bf5"),
    ("stale", "fill", "#b35900", "#e0823d"), ("outage", "fill", "#e5534b", "#e5534b"),
    ("mark", "fill", "#b42318", "#ff8a80"), ("lost", "fill", "#b42318", "#ff8a80"),
    ("action", "fill", "#8a63d2", "#a78bfa"), ("pause", "fill", "#59636e", "#9198a1"),
    ("edge", "stroke", "#8a63d2", "#a78bfa"),
  ]

  private func head(height: Int, phases: [PhaseSection], scope: ChartScope) -> String {
    let told = phases.prefix(12).map { phase in
      "\(phase.name): \(phase.traffic.requests.failed) of \(phase.traffic.requests.scheduled) failed"
    }
    let light = Self.colours.map { "\(scope.selector($0.name)) { \($0.property): \($0.light) }" }.joined(
      separator: "\n")
    let dark = Self.colours.map { "\(scope.selector($0.name)) { \($0.property): \($0.dark) }" }.joined(separator: "\n")
    return """
      <svg\(scope.attribute) xmlns="http://www.w3.org/2000/svg" width="\(Self.width)" height="\(height)" \
      viewBox="0 0 \(Self.width) \(height)" role="img" aria-labelledby="\(scope.id("title")) \(scope.id("desc"))" \
      font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif">
      <title id="\(scope.id("title"))">What answered when</title>
      <desc id="\(scope.id("desc"))">\(Escaping.xml(told.joined(separator: "; "))).</desc>
      <style>
      \(light)
      \(scope.selector("outage")) { fill-opacity: 0.28 }
      \(scope.selector("action")) { fill-opacity: 0.14 }
      \(scope.selector("pause")) { fill-opacity: 0.45 }
      @media (prefers-color-scheme: dark) {
      \(dark)
      }
      </style>
      <rect class="page rim" x="0.5" y="0.5" width="\(Self.width - 1)" height="\(height - 1)" rx="8"/>

      """
  }

  private func legend(y: Int) -> String {
    var entries = [("life", "answers"), ("stale", "stale"), ("action", "action"), ("outage", "outage (failed)")]
    if !pauses.isEmpty { entries.append(("pause", "generator paused")) }
    var x = pauses.isEmpty ? 470.0 : 320.0
    var svg = ""
    for (name, label) in entries {
      svg += rectangle(name, x: x, y: Double(y) - 10, width: 16, height: 11)
      svg += text(label, x: x + 22, y: y, class: "quiet", size: 12)
      x += 44 + Double(label.count) * 6.6
    }
    return svg
  }

  private func axis(start: Double, end: Double, y: Int, x: (Double) -> Double) -> String {
    let step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600].first { (end - start) / $0 <= 10 } ?? 1200
    var svg = line("grid", Self.left, Double(y), Self.right, Double(y))
    var tick = (start / step).rounded(.up) * step
    while tick <= end {
      svg += line("grid", x(tick), Double(y), x(tick), Double(y) + 5)
      svg += text(
        "\(Formatting.fixed(tick, decimals: step < 1 ? 1 : 0)) s", x: x(tick), y: y + 20, class: "quiet", size: 11,
        anchor: "middle")
      tick += step
    }
    return svg
  }

  private func text(
    _ content: String, x: Double, y: Int, class name: String, size: Int, weight: String? = nil, anchor: String? = nil,
    clip: Double? = nil
  ) -> String {
    // Wide enough for most fonts.
    let columns = clip.map { max(1, Int($0 / (Double(size) * 0.62))) }
    return ChartPieces.text(
      content, width: columns, x: x, y: Double(y), class: name, size: size, weight: weight, anchor: anchor)
  }

  private func rectangle(_ name: String, x: Double, y: Double, width: Double, height: Double) -> String {
    ChartPieces.rectangle(name, x: x, y: y, width: width, height: height, radius: 2)
  }

  private func line(_ name: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
    ChartPieces.line(name, x1, y1, x2, y2)
  }
}
