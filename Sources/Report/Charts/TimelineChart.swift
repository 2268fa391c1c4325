internal import Statistics

/// Draws the phases of a check from left to right as `timeline.svg`: a lane for each backend with its generations while they
/// answered, below them failures as marks by kind, outages shaded, actions as bands with a line at either end, and the generator's
/// own pauses across everything.
public struct TimelineChart: Sendable {
  /// The file that the page shows.
  static let file = "timeline.svg"

  private static let mostLanes = 40

  private let pauses: [PauseSection]
  private let silences: [TimelineLane.Silence]

  /// - Parameters:
  ///   - pauses: in which the generator itself was paused, so that no answer of that time is the target's doing.
  ///   - silences: in which a backend gave no answer although its generation was seen before and after.
  public init(pauses: [PauseSection] = [], silences: [TimelineLane.Silence] = []) {
    self.pauses = pauses
    self.silences = silences
  }

  /// The chart of phases that follow one another; times are seconds from the run's start.
  public func write(_ phases: [PhaseSection]) -> String { write(phases, .file) }

  func write(_ phases: [PhaseSection], _ frame: ChartFrame) -> String {
    let lanes = TimelineLane.all(in: phases, silences: silences)
    let start = phases.map(\.startSeconds).min() ?? 0
    let end = max(phases.map { $0.startSeconds + $0.durationSeconds }.max() ?? 1, start + 0.001)
    let shown = pauses.filter { $0.startSeconds < end && $0.startSeconds + $0.durationSeconds > start }
    let kinds = Self.kinds(in: phases)

    var canvas = ChartCanvas("What answered when", frame: frame)
    canvas.legend(legend(phases, lanes, pauses: shown))
    let layout = TimelineLayout(
      canvas, phases: phases, lanes: lanes.prefix(Self.mostLanes), kinds: kinds.count,
      axis: ChartAxis(fromSeconds: start, to: end))
    drawActions(phases, layout, &canvas)
    for name in layout.names {
      canvas.text(name.text, x: name.x, y: name.y, anchor: name.isAtEnd ? .end : .start)
    }
    drawOutages(phases, layout, &canvas)
    for (lane, place) in zip(lanes, layout.lanes) { draw(lane, place, layout, &canvas) }
    for (index, kind) in kinds.enumerated() {
      let place = layout.kinds[index]
      layout.label(kind, place, ink: .lost, &canvas)
      for mark in phases.flatMap({ $0.failureMarks ?? [] }) where mark.kind == kind {
        canvas.rectangle(.lost, x: layout.x(mark.seconds) - 1, y: place.bar, width: 2, height: TimelineLayout.bar)
      }
    }
    for pause in shown { layout.shade(.pause, from: pause.startSeconds, for: pause.durationSeconds, &canvas) }
    layout.drawAxis(&canvas)
    let more = lanes.count - Self.mostLanes
    if more > 0 {
      canvas.text("and \(Formatting.count(more)) more backends", x: canvas.margin, y: layout.bottom + 40, ink: .quiet)
    }
    let failed = phases.prefix(12).map { phase in
      let requests = phase.traffic.requests
      return "\(phase.name): \(Formatting.count(requests.failed)) of \(Formatting.count(requests.scheduled)) failed"
    }
    return canvas.svg(
      description: failed.joined(separator: "; ") + ".", height: layout.bottom + (more > 0 ? 54 : 34))
  }

  /// What is in the chart, no more.
  private func legend(
    _ phases: [PhaseSection], _ lanes: [TimelineLane], pauses: [PauseSection]
  ) -> [ChartCanvas.LegendEntry] {
    let spans = lanes.flatMap(\.spans)
    var entries: [ChartCanvas.LegendEntry] = []
    if spans.contains(where: { !$0.isStale && $0.number == 0 }) { entries.append(.area("first generation", .bar)) }
    if spans.contains(where: { !$0.isStale && $0.number > 0 }) { entries.append(.area("later ones", .strong)) }
    if spans.contains(where: \.isStale) { entries.append(.area("stale", .strayText)) }
    if phases.contains(where: { $0.action != nil }) { entries.append(.area("action", .action)) }
    if phases.contains(where: { !$0.outages.isEmpty }) { entries.append(.area("outage", .outage)) }
    if phases.contains(where: { !($0.failureMarks ?? []).isEmpty }) { entries.append(.area("failed", .lost)) }
    if !pauses.isEmpty { entries.append(.area("generator paused", .pause)) }
    return entries
  }

  private func draw(
    _ lane: TimelineLane, _ place: TimelineLayout.Lane, _ layout: TimelineLayout, _ canvas: inout ChartCanvas
  ) {
    layout.label(lane.backend.isEmpty ? "(no name)" : lane.backend, place, ink: .text, &canvas)
    for span in lane.spans {
      let (from, to) = (layout.x(span.first), layout.x(span.last))
      let width = max(to - from, 3)
      let y = place.bar + Double(span.row) * TimelineLayout.row
      let (generation, seen) = (Escaping.visible(span.generation, width: 48), Formatting.fixed(span.last, decimals: 2))
      let ink: ChartInk =
        span.isStale ? .strayText : span.number == 0 ? .bar : span.number.isMultiple(of: 2) ? .middle : .strong
      canvas.group(title: "\(generation): \(Formatting.fixed(span.first, decimals: 2)) s to \(seen) s") {
        // The rim keeps one generation apart from the next.
        $0.rectangle(.page, x: from - 1, y: y - 1, width: width + 2, height: TimelineLayout.bar + 2, radius: 3)
        $0.rectangle(ink, x: from, y: y, width: width, height: TimelineLayout.bar)
        guard width >= 44 else { return }
        $0.text(generation, columns: Int((width - 10) / 7.5), x: from + 5, y: y + 11.5, ink: .onBar)
      }
    }
  }

  private func drawActions(_ phases: [PhaseSection], _ layout: TimelineLayout, _ canvas: inout ChartCanvas) {
    for (index, phase) in phases.enumerated() {
      let from = layout.x(phase.startSeconds)
      if index > 0 { canvas.line(.base, from, layout.top, from, layout.bottom) }
      guard let action = phase.action else { continue }
      layout.shade(.action, from: action.startSeconds, for: action.durationSeconds, &canvas)
      let begun = layout.x(action.startSeconds)
      for x in [begun, max(layout.x(action.startSeconds + action.durationSeconds), begun + 2)] {
        canvas.line(.action, x, layout.top, x, layout.bottom)
      }
    }
  }

  /// The shades of outages, and above them how many requests each lost, where those do not touch.
  private func drawOutages(_ phases: [PhaseSection], _ layout: TimelineLayout, _ canvas: inout ChartCanvas) {
    var end = -Double.infinity
    for outage in phases.flatMap(\.outages).sorted(by: { $0.startSeconds < $1.startSeconds }) {
      layout.shade(.outage, from: outage.startSeconds, for: outage.durationSeconds, &canvas)
      let text = "\(Formatting.count(outage.failed)) lost"
      let half = ChartCanvas.width(of: text) / 2
      let wanted = (layout.x(outage.startSeconds) + layout.x(outage.startSeconds + outage.durationSeconds)) / 2
      let middle = min(max(wanted, layout.left + half), layout.right - half)
      guard middle - half > end else { continue }
      end = middle + half + 6
      canvas.text(text, x: middle, y: layout.top - 6, ink: .lost, anchor: .middle)
    }
  }

  /// The kinds of failures, the most frequent first, at most eight.
  private static func kinds(in phases: [PhaseSection]) -> [String] {
    let marks = phases.flatMap { $0.failureMarks ?? [] }
    return Dictionary(marks.map { ($0.kind, $0.count) }, uniquingKeysWith: +)
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(8).map(\.key)
  }
}
