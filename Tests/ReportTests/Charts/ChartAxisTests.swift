import Testing

@testable import Report

@Suite struct ChartAxisTests {
  @Test(
    "An axis from 0 ends at a round figure, with as many decimals at its marks as tell them apart",
    arguments: [
      (0.0, ["0", "1"]), (0.03, ["0.000", "0.005", "0.010", "0.015", "0.020", "0.025", "0.030"]),
      (0.9, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]), (1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      (7, ["0", "2", "4", "6", "8"]), (12_345, ["0", "5,000", "10,000", "15,000"]),
    ] as [(Double, [String])])
  func marks(largest: Double, labels: [String]) {
    let axis = ChartAxis(upTo: largest)
    #expect(axis.ticks.map { axis.label($0) } == labels)
    #expect(axis.high >= largest && axis.part(0) == 0 && axis.part(axis.high) == 1)
  }

  @Test("Shares end at all of them")
  func shares() {
    let axis = ChartAxis(upTo: 1.02, limit: 1)
    #expect(axis.high == 1 && axis.part(7) == 1)
    #expect(axis.ticks.map { axis.label($0, in: 0.01) } == ["0", "20", "40", "60", "80", "100"])
  }

  @Test("A logarithmic axis goes over whole decades")
  func decades() {
    let axis = ChartAxis(logarithmicFrom: 0.3, to: 70)
    #expect(axis.ticks.map { axis.label($0) } == ["0.1", "1", "10", "100"])
    #expect(abs(axis.part(1) - 1.0 / 3) < 1e-9)
  }

  @Test(
    "Whatever its ends are, an axis has a bounded number of marks and places every value on it",
    arguments: [0, 1e-300, 1, 1e12, 1e300, .greatestFiniteMagnitude, .infinity, -.infinity, .nan, -1] as [Double])
  func extremes(value: Double) {
    for axis in [
      ChartAxis(upTo: value), ChartAxis(upTo: value, limit: 1), ChartAxis(logarithmicFrom: value, to: value),
      ChartAxis(logarithmicFrom: 0.01, to: value), ChartAxis(fromSeconds: 0, to: value),
      ChartAxis(fromSeconds: value, to: 10), ChartAxis(fromSeconds: value, to: value),
    ] {
      #expect(axis.ticks.count <= 25)
      for figure in [value, 0, 1, .infinity, .nan] { #expect((0...1).contains(axis.part(figure))) }
    }
  }
}
