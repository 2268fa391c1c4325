internal import Statistics

/// Draws `scalability.svg`: the capacity by number of backends, with the fitted law and linear scaling beside it.
public struct ScalabilityChart: Sendable {
  /// The file that the page shows.
  static let file = "scalability.svg"

  public init() {}

  public func write(_ scalability: ScalabilitySection) -> String { write(scalability, .file) }

  func write(_ scalability: ScalabilitySection, _ frame: ChartFrame) -> String {
    let points = scalability.points.filter { $0.rate != nil }
    let most = Double(points.map(\.backends).max() ?? 1)
    // A little beyond the points, and up to the peak where that is near.
    let reach = max(most * 1.5, min(scalability.fit?.peakBackends ?? 0, most * 3)) + 1
    let curve = scalability.fit.map { fit in
      (0...120).map { Double($0) * reach / 120 }.map { ($0, $0 == 0 ? 0 : fit.rate($0)) }
    }
    let largest = max(points.compactMap(\.rate).max() ?? 1, curve?.map(\.1).max() ?? 0)
    var canvas = ChartCanvas("Capacity by number of backends", frame: frame)
    var legend: [ChartCanvas.LegendEntry] = []
    if points.contains(where: { !$0.isLowerBound }) {
      legend.append(.init("measured", width: 8) { $0.disc(.strong, ($1.x + 4, $1.y)) })
    }
    if points.contains(where: \.isLowerBound) {
      legend.append(.init("at least", width: 8) { $0.hollow(($1.x + 4, $1.y)) })
    }
    if scalability.fit != nil {
      legend += [.line("fitted law", .middle), .line("linear", .base, dashes: "4 4")]
    }
    canvas.legend(legend)
    let panel = ChartPanel(
      on: canvas, top: canvas.top + 24, height: 248, x: ChartAxis(upTo: reach), y: ChartAxis(upTo: largest))
    canvas.axes(panel, x: "backends", y: "requests a second")
    if let fit = scalability.fit, let curve {
      let end = min(reach, panel.y.high / fit.lambda)
      canvas.path(.base, [panel.place(0, 0), panel.place(end, end * fit.lambda)], width: 1.5, dashes: "4 4")
      canvas.path(.middle, curve.map { panel.place($0.0, $0.1) })
      if let peak = fit.peakBackends, peak <= reach, let rate = fit.peakRate {
        let place = panel.place(peak, rate)
        canvas.line(.result, place.x, panel.top, place.x, panel.bottom, width: 1.5, dashes: "5 4")
        let isRight = place.x > (panel.left + panel.right) / 2
        canvas.text(
          "peak at \(Formatting.fixed(peak, decimals: 1))", x: place.x + (isRight ? -6 : 6), y: panel.bottom - 8,
          ink: .resultText, anchor: isRight ? .end : .start)
      }
    }
    for point in points {
      let place = panel.place(Double(point.backends), point.rate ?? 0)
      point.isLowerBound ? canvas.hollow(place) : canvas.disc(.strong, place)
    }
    return canvas.svg(
      description: points.map { "\($0.backends): \(Formatting.rate($0.rate ?? 0))" }.joined(separator: "; "),
      height: panel.bottom + 50)
  }
}
