/// Where the parts of a timeline are, in pixels. No line crosses a text: the names of phases and the counts of outages stand above
/// the lanes, at which all lines begin, and the names of lanes at their left or, in a narrow chart, above them.
struct TimelineLayout {
  /// How high a bar is, and how far the next row of the same lane is below it.
  static let bar = 15.0
  static let row = 18.0
  private static let nameHeight = 16.0

  /// Where a lane's name stands, and its first bar begins.
  struct Lane {
    let name: Double
    let bar: Double
  }

  let left: Double
  let right: Double
  /// The upper edge of the lanes, and the lower one of everything.
  let top: Double
  let bottom: Double
  let lanes: [Lane]
  let kinds: [Lane]
  let names: [PhaseName]
  private let isNarrow: Bool
  private let margin: Double
  private let axis: ChartAxis

  init(
    _ canvas: ChartCanvas, phases: [PhaseSection], lanes: ArraySlice<TimelineLane>, kinds: Int, axis: ChartAxis
  ) {
    isNarrow = canvas.frame.isNarrow
    margin = canvas.margin
    self.axis = axis
    let (left, right) = (isNarrow ? canvas.margin : 150.0, canvas.width - canvas.margin)
    (self.left, self.right) = (left, right)
    names = PhaseName.placed(phases, from: left, to: right, top: canvas.top + 14) {
      axis.part($0) * (right - left) + left
    }
    // The room for the counts of outages is there only where one is.
    let counts = phases.contains { !$0.outages.isEmpty } ? Self.nameHeight : 0
    top = (names.map(\.y).max() ?? canvas.top) + 10 + counts
    let heading = isNarrow ? 18.0 : 0
    var y = top + 8
    func lane(_ rows: Int) -> Lane {
      let place = Lane(name: y + 12, bar: y + heading)
      y += heading + Double(max(1, rows)) * Self.row + 6
      return place
    }
    self.lanes = lanes.map { lane($0.rows) }
    self.kinds = (0..<kinds).map { _ in lane(1) }
    bottom = max(y, top + 30)
  }

  func x(_ seconds: Double) -> Double { left + axis.part(seconds) * (right - left) }

  /// The name of a lane.
  func label(_ name: String, _ lane: Lane, ink: ChartInk, _ canvas: inout ChartCanvas) {
    if isNarrow {
      // The lines of phases pass behind it.
      let width = ChartCanvas.width(of: Escaping.visible(name, width: 40))
      canvas.rectangle(.page, x: margin - 2, y: lane.name - 11, width: width + 8, height: 14)
      canvas.text(name, columns: 40, x: margin, y: lane.name, ink: ink)
    } else {
      canvas.text(name, columns: 17, x: left - 10, y: lane.name, ink: ink, anchor: .end)
    }
  }

  /// Shades a time over all lanes.
  func shade(_ ink: ChartInk, from start: Double, for seconds: Double, _ canvas: inout ChartCanvas) {
    let from = x(start)
    canvas.rectangle(ink, x: from, y: top, width: max(x(start + seconds) - from, 2), height: bottom - top, radius: 0)
  }

  func drawAxis(_ canvas: inout ChartCanvas) {
    canvas.line(.base, left, bottom, right, bottom)
    var end = -Double.infinity
    for tick in axis.ticks {
      let text = "\(axis.label(tick)) s"
      let half = ChartCanvas.width(of: text) / 2
      let middle = min(max(x(tick), margin + half), right - half + 8)
      guard middle - half > end else { continue }
      end = middle + half + 8
      canvas.line(.base, x(tick), bottom, x(tick), bottom + 5)
      canvas.text(text, x: middle, y: bottom + 20, ink: .quiet, anchor: .middle)
    }
  }

  /// Where a phase's name is drawn: above its start, in the first row that has room for it.
  struct PhaseName {
    private static let rowLimit = 4

    let text: String
    let x: Double
    let y: Double
    /// It has less room after its phase's start, and ends with the chart.
    let isAtEnd: Bool

    /// Leaves out a name that no row has room for; the page's table holds it.
    static func placed(
      _ phases: [PhaseSection], from left: Double, to right: Double, top: Double, x: (Double) -> Double
    ) -> [PhaseName] {
      var ends = Array(repeating: 0.0, count: rowLimit)
      return phases.compactMap { phase in
        let text = Escaping.visible(phase.name, width: 40)
        let width = ChartCanvas.width(of: text) + 10
        let start = x(phase.startSeconds) + 2
        let from = max(min(start, right - width), left)
        guard let row = ends.firstIndex(where: { $0 <= from }) else { return nil }
        ends[row] = from + width
        let isAtEnd = from < start
        return PhaseName(
          text: text, x: isAtEnd ? from + width : from, y: top + Double(row) * nameHeight, isAtEnd: isAtEnd)
      }
    }
  }
}
