internal import Statistics

/// Draws the phases of a check from left to right as `timeline.svg`: a lane for each generation while it answered, below
/// them failures as marks by kind, outages shaded, actions as bands with a line at either end, and the generator's own
/// pauses across everything.
public struct TimelineChart: Sendable {
  /// The file that the page shows.
  static let file = "timeline.svg"

  private static let left = 190.0
  private static let right = 836.0
  private static let laneHeight = 24.0
  private static let laneLimit = 40
  private static let nameHeight = 16.0

  private let pauses: [PauseSection]

  /// - Parameter pauses: in which the generator itself was paused, so that no answer of that time is the target's doing.
  public init(pauses: [PauseSection] = []) { self.pauses = pauses }

  /// The chart of phases that follow one another; times are seconds from the run's start.
  public func write(_ phases: [PhaseSection]) -> String { write(phases, scope: nil) }

  /// The chart for a page with others in it, where all its names begin with the given one.
  func write(_ phases: [PhaseSection], scope: String?) -> String {
    let lanes = Lane.all(in: phases)
    let start = phases.map(\.startSeconds).min() ?? 0
    let end = max(phases.map { $0.startSeconds + $0.durationSeconds }.max() ?? 1, start + 0.001)
    let axis = ChartAxis(fromSeconds: start, to: end)
    func x(_ seconds: Double) -> Double { Self.left + axis.part(seconds) * (Self.right - Self.left) }
    let names = PhaseName.placed(phases, x: x)
    let edge = 70 + Double(names.map(\.row).max() ?? 0) * Self.nameHeight
    let kinds = Self.kinds(in: phases)
    let layout = Layout(
      edge: edge, lanes: min(lanes.count, Self.laneLimit), kinds: kinds.count, x: x)

    var canvas = ChartCanvas(width: 860, scope: scope)
    legend(&canvas)
    drawActions(phases, layout, &canvas)
    for name in names {
      canvas.text(
        name.text, columns: Self.columns(name.width), x: name.isAtEnd ? name.x + name.width : name.x,
        y: 62 + Double(name.row) * Self.nameHeight, anchor: name.isAtEnd ? .end : .start)
    }
    drawOutages(phases, layout, &canvas)
    for (index, lane) in lanes.prefix(Self.laneLimit).enumerated() {
      let y = layout.top + Double(index) * Self.laneHeight
      canvas.text(
        lane.name, columns: Self.columns(Self.left - 30), x: Self.left - 10, y: y + 15, anchor: .end)
      for span in lane.spans {
        canvas.rectangle(
          lane.isStale ? .stray : .bar, x: x(span.first), y: y + 5, width: max(x(span.last) - x(span.first), 3),
          height: 13)
      }
    }
    for (index, kind) in kinds.enumerated() {
      let y = layout.lanesEnd + Double(index) * Self.laneHeight
      canvas.text(
        kind, columns: Self.columns(Self.left - 30), x: Self.left - 10, y: y + 15, ink: .lost, anchor: .end)
      for mark in phases.flatMap({ $0.failureMarks ?? [] }) where mark.kind == kind {
        canvas.rectangle(.lost, x: x(mark.seconds) - 1, y: y + 5, width: 2, height: 13)
      }
    }
    for pause in pauses where pause.startSeconds < end && pause.startSeconds + pause.durationSeconds > start {
      layout.shade(.pause, from: pause.startSeconds, for: pause.durationSeconds, &canvas)
    }
    drawAxis(axis, layout, &canvas)
    let more = lanes.count - Self.laneLimit
    if more > 0 {
      canvas.text("and \(Formatting.count(more)) more generations", x: 24, y: layout.bottom + 58, ink: .quiet, size: 11)
    }
    let failed = phases.prefix(12).map { phase in
      let requests = phase.traffic.requests
      return "\(phase.name): \(Formatting.count(requests.failed)) of \(Formatting.count(requests.scheduled)) failed"
    }
    return canvas.svg(
      title: "What answered when", description: failed.joined(separator: "; ") + ".",
      height: layout.bottom + (more > 0 ? 72 : 52))
  }

  /// Where things are from top to bottom, in pixels.
  private struct Layout {
    /// Below the names of the phases.
    let edge: Double
    let top: Double
    let lanesEnd: Double
    let bottom: Double
    let x: (Double) -> Double

    init(edge: Double, lanes: Int, kinds: Int, x: @escaping (Double) -> Double) {
      self.edge = edge
      top = edge + 22
      lanesEnd = top + Double(max(1, lanes)) * laneHeight
      bottom = lanesEnd + Double(kinds) * laneHeight
      self.x = x
    }

    /// Shades a time from the names down.
    func shade(_ ink: ChartInk, from start: Double, for seconds: Double, _ canvas: inout ChartCanvas) {
      let from = x(start)
      canvas.rectangle(ink, x: from, y: edge, width: max(x(start + seconds) - from, 2), height: bottom - edge)
    }
  }

  private func drawActions(_ phases: [PhaseSection], _ layout: Layout, _ canvas: inout ChartCanvas) {
    for (index, phase) in phases.enumerated() {
      let from = layout.x(phase.startSeconds)
      if index > 0 { canvas.line(.rim, from, layout.edge - 4, from, layout.bottom) }
      guard let action = phase.action else { continue }
      layout.shade(.action, from: action.startSeconds, for: action.durationSeconds, &canvas)
      let begun = layout.x(action.startSeconds)
      for x in [begun, max(layout.x(action.startSeconds + action.durationSeconds), begun + 2)] {
        canvas.line(.action, x, layout.edge, x, layout.bottom)
      }
    }
  }

  private func drawOutages(_ phases: [PhaseSection], _ layout: Layout, _ canvas: inout ChartCanvas) {
    for outage in phases.flatMap(\.outages) {
      let from = layout.x(outage.startSeconds)
      let to = max(layout.x(outage.startSeconds + outage.durationSeconds), from + 2)
      canvas.rectangle(.outage, x: from, y: layout.top - 8, width: to - from, height: layout.bottom - layout.top + 8)
      canvas.text(
        Formatting.count(outage.failed), x: (from + to) / 2, y: layout.top - 12, ink: .lost, size: 11, anchor: .middle)
    }
  }

  private func drawAxis(_ axis: ChartAxis, _ layout: Layout, _ canvas: inout ChartCanvas) {
    let y = layout.bottom
    canvas.line(.rim, Self.left, y, Self.right, y)
    for tick in axis.ticks {
      let x = layout.x(tick)
      canvas.line(.rim, x, y, x, y + 5)
      canvas.text("\(axis.label(tick)) s", x: x, y: y + 20, ink: .quiet, size: 11, anchor: .middle)
    }
  }

  private func legend(_ canvas: inout ChartCanvas) {
    var entries: [(label: String, ink: ChartInk)] = [
      ("answers", .bar), ("stale", .stray), ("action", .action), ("outage (failed)", .outage),
    ]
    if !pauses.isEmpty { entries.append(("generator paused", .pause)) }
    canvas.legend(
      y: 34,
      entries.map { entry in
        (entry.label, 16, { $0.rectangle(entry.ink, x: $1.x, y: $1.y - 6, width: 16, height: 11) })
      })
  }

  /// How much of a 12-pixel text fits, in most fonts.
  private static func columns(_ width: Double) -> Int { max(1, Int(width / (12 * 0.62))) }

  /// Where a phase's name is drawn: above its start, in the first row that has room for it.
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
            // A generation that continues into the next phase is drawn as one.
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
}
