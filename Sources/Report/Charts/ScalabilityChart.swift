internal import Statistics

/// Draws `scalability.svg`: the capacity by number of backends, with the fitted law and linear scaling beside it.
public struct ScalabilityChart: Sendable {
  /// The file that the page shows.
  static let file = "scalability.svg"

  public init() {}

  public func write(_ scalability: ScalabilitySection) -> String { write(scalability, scope: nil) }

  /// The chart for a page with others in it, where all its names begin with the given one.
  func write(_ scalability: ScalabilitySection, scope: String?) -> String {
    let points = scalability.points.filter { $0.rate != nil }
    let most = Double(points.map(\.backends).max() ?? 1)
    // A little beyond the points, and up to the peak where that is near.
    let reach = max(most * 1.5, min(scalability.fit?.peakBackends ?? 0, most * 3)) + 1
    let curve = scalability.fit.map { fit in
      (0...120).map { Double($0) * reach / 120 }.map { ($0, $0 == 0 ? 0 : fit.rate($0)) }
    }
    let largest = max(points.compactMap(\.rate).max() ?? 1, curve?.map(\.1).max() ?? 0)
    let panel = ChartPanel(top: 82, bottom: 330, x: ChartAxis(upTo: reach), y: ChartAxis(upTo: largest))

    var canvas = ChartCanvas(scope: scope)
    var legend: [(String, Double, (inout ChartCanvas, ChartCanvas.Place) -> Void)] = [
      ("measured", 8, { $0.disc(.strong, ($1.x + 4, $1.y)) }), ("at least", 8, { $0.hollow(($1.x + 4, $1.y)) }),
    ]
    if scalability.fit != nil {
      legend.append(("fitted law", 20, { $0.line(.middle, $1.x, $1.y, $1.x + 20, $1.y, width: 2) }))
      legend.append(("linear", 20, { $0.line(.base, $1.x, $1.y, $1.x + 20, $1.y, width: 1.5, dashes: "4 4") }))
    }
    canvas.legend(y: 62, legend)
    canvas.axes(panel, x: "backends", y: "requests a second")
    if let fit = scalability.fit, let curve {
      let end = min(reach, panel.y.high / fit.lambda)
      canvas.path(.base, [panel.place(0, 0), panel.place(end, end * fit.lambda)], width: 1.5, dashes: "4 4")
      canvas.path(.middle, curve.map { panel.place($0.0, $0.1) })
      if let peak = fit.peakBackends, peak <= reach, let rate = fit.peakRate {
        let place = panel.place(peak, rate)
        canvas.line(.result, place.x, panel.top, place.x, panel.bottom, width: 1.5, dashes: "5 4")
        canvas.text(
          "peak at \(Formatting.fixed(peak, decimals: 1))", x: place.x + 6, y: panel.top + 10, ink: .resultText)
      }
    }
    for point in points {
      let place = panel.place(Double(point.backends), point.rate ?? 0)
      point.isLowerBound ? canvas.hollow(place) : canvas.disc(.strong, place)
    }
    return canvas.svg(
      title: "Capacity by number of backends",
      description: points.map { "\($0.backends): \(Formatting.rate($0.rate ?? 0))" }.joined(separator: "; "),
      height: 386)
  }
}
