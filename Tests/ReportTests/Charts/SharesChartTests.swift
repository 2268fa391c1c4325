import Foundation
import Testing

@testable import Report

@Suite struct SharesChartTests {
  private func backends(_ count: Int) -> [BackendSection] {
    (0..<count).map { position in
      BackendSection(
        name: "backend-\(position)", requests: position, succeeded: position, failed: 0,
        share: Double(position) / Double(count * (count - 1) / 2), expectedShare: 1 / Double(count))
    }
  }

  @Test("Of 256 backends the 30 largest are drawn and the others counted")
  func many() {
    let svg = SharesChart().write(backends(256))
    #expect(svg.split(separator: "<g>").count == 31)
    #expect(svg.contains(">backend-255<") && svg.contains(">backend-226<") && !svg.contains(">backend-225<"))
    #expect(svg.contains("… and 226 more, none with a larger share"))
  }

  @Test("A band and a mark of straying appear only with a tolerance")
  func tolerance() {
    #expect(!SharesChart().write(backends(4)).contains("class=\"band\""))
    #expect(!SharesChart().write(backends(4)).contains("class=\"stray\""))
    #expect(SharesChart(tolerance: 0.01).write(backends(4)).contains("class=\"band\""))
    #expect(SharesChart(tolerance: 0.01).write(backends(4)).contains("class=\"stray\""))
  }

  @Test("No backends, one backend and shares out of range still make a picture")
  func edges() {
    for backends in [
      [], [BackendSection(name: "", requests: 1, succeeded: 1, failed: 0, share: 1)],
      [BackendSection(name: "a", requests: 1, succeeded: 1, failed: 0, share: .infinity, expectedShare: -.infinity)],
      [BackendSection(name: "a", requests: 1, succeeded: 1, failed: 0, share: -7, expectedShare: 1e300)],
      [BackendSection(name: "a", requests: 1, succeeded: 1, failed: 0, share: .nan, expectedShare: .nan)],
    ] {
      let svg = SharesChart(tolerance: .nan).write(backends)
      #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
      #expect(!svg.contains("\"nan\"") && !svg.contains("\"inf\""))
    }
  }

  @Test("On a phone there is room between the widest share and the widest deviation")
  func narrow() throws {
    let backend = BackendSection(
      name: "a", requests: 7, succeeded: 7, failed: 0, share: 1, expectedShare: 0.25)
    let svg = SharesChart(tolerance: 0.02).write([backend], ChartFrame(scope: "x", isNarrow: true))
    func right(_ words: String) throws -> Double {
      let text = try #require(svg.components(separatedBy: "<text ").first { $0.contains(">\(words)<") })
      return try #require(text.firstMatch(of: /x="([0-9.]+)"/).flatMap { Double($0.output.1) })
    }
    // As wide as any font draws it: each letter as a digit of DejaVu Sans.
    #expect(try right("+75.00 pp") - right("100.00%") > 9 * 12 * 0.636 + 3)
  }
}
