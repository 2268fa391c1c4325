import Foundation
import Testing

@testable import Report

/// Contrast as WCAG 2.2 defines it (relative luminance, and the ratio of two of them).
@Suite struct ChartInkTests {
  private func luminance(_ colour: String) -> Double {
    let value = Int(colour.dropFirst(), radix: 16) ?? 0
    func part(_ shift: Int) -> Double {
      let part = Double(value >> shift & 255) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    let green: Double = 0.7152 * part(8)
    return 0.2126 * part(16) + green + 0.0722 * part(0)
  }

  private func contrasts(_ one: ChartInk, _ other: ChartInk) -> [Double] {
    [(one.light, other.light), (one.dark, other.dark)].map { pair in
      let (a, b) = (luminance(pair.0), luminance(pair.1))
      return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }
  }

  @Test("The ratio is the standard's: 21 of black on white")
  func ratio() { #expect(abs((luminance("#ffffff") + 0.05) / (luminance("#000000") + 0.05) - 21) < 1e-9) }

  @Test(
    "Every text stands out from the page, 4.5 to 1",
    arguments: [.text, .quiet, .strayText, .resultText, .lost] as [ChartInk])
  func texts(ink: ChartInk) { #expect(contrasts(ink, .page).allSatisfy { $0 >= 4.5 }, "\(contrasts(ink, .page))") }

  @Test("Every text on a bar does", arguments: [.bar, .middle, .strong, .strayText] as [ChartInk])
  func onBars(ink: ChartInk) { #expect(contrasts(.onBar, ink).allSatisfy { $0 >= 4.5 }, "\(contrasts(.onBar, ink))") }

  @Test(
    "Every shape that says something stands out from the page, 3 to 1",
    arguments: [.base, .bar, .pale, .middle, .strong, .stray, .result, .expected, .lost, .action, .pause]
      + ChartInk.kinds as [ChartInk])
  func shapes(ink: ChartInk) { #expect(contrasts(ink, .page).allSatisfy { $0 >= 3 }, "\(contrasts(ink, .page))") }
}
