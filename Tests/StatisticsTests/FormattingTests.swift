import Statistics
import Testing

/// Every form in which a report and a message show a number.
@Suite struct FormattingTests {
  @Test(
    "Numbers",
    arguments: [
      (Formatting.count(1_234_567), "1,234,567"), (Formatting.count(-1_000), "−1,000"),
      (Formatting.count(.min), "−9,223,372,036,854,775,808"),
      (Formatting.count(0, "request"), "0 requests"), (Formatting.count(1, "request"), "1 request"),
      (Formatting.count(1_234, "answer"), "1,234 answers"),
      (Formatting.fixed(1234.5, decimals: 2), "1,234.50"), (Formatting.fixed(-0.001, decimals: 2), "0.00"),
      (Formatting.fixed(.nan, decimals: 2), "–"), (Formatting.fixed(-.infinity, decimals: 0), "−∞"),
      (Formatting.plain(-1234.5, decimals: 1), "-1234.5"),
      (Formatting.number(2), "2"), (Formatting.number(2000), "2,000"), (Formatting.number(0.25), "0.25"),
      (Formatting.number(1234.5678), "1,234.568"), (Formatting.number(100, decimals: 0), "100"),
      (Formatting.number(0), "0"), (Formatting.number(0.0004), "0"), (Formatting.number(.infinity), "∞"),
      (Formatting.number(.nan), "–"), (Formatting.number(1e300), "1e+300"),
      (Formatting.threeDigits(0.1234), "0.123"), (Formatting.threeDigits(12.34), "12.3"),
      (Formatting.threeDigits(1234), "1,234"),
    ])
  func numbers(text: String, expected: String) { #expect(text == expected) }

  @Test(
    "Quantities",
    arguments: [
      (Formatting.seconds(2), "2.0 s"), (Formatting.seconds(0.25), "0.25 s"), (Formatting.seconds(.nan), "– s"),
      (Formatting.seconds(1.26, decimals: 1), "1.3 s"),
      (Formatting.milliseconds(nanoseconds: 1_200_000_000, decimals: 3), "1,200 ms"),
      (Formatting.milliseconds(nanoseconds: 250_000, decimals: 3), "0.25 ms"),
      (Formatting.milliseconds(nanoseconds: 9_000, decimals: 3), "0.009 ms"),
      (Formatting.milliseconds(nanoseconds: 9_126_000, decimals: 2), "9.13 ms"),
      (Formatting.milliseconds(0.0001), "< 0.001"), (Formatting.milliseconds(0), "0"),
      (Formatting.duration(seconds: 0.85), "850 ms"), (Formatting.duration(seconds: 12.34), "12.3 s"),
      (Formatting.duration(seconds: 125), "2 min 5 s"), (Formatting.duration(seconds: 7_200), "2 h"),
      (Formatting.rate(1234), "1,234/s"), (Formatting.rate(33.33), "33.3/s"), (Formatting.plannedRate(2000), "2,000/s"),
      (Formatting.plannedRate(141.42), "141.4/s"),
      (Formatting.percentile(99), "p99"), (Formatting.percentile(99.9), "p99.9"),
      (Formatting.percent(1.0 / 3), "33.33%"), (Formatting.percent(0.99999), "> 99.99%"),
      (Formatting.percent(0.00001), "< 0.01%"), (Formatting.percent(1), "100.00%"),
      (Formatting.shortPercent(0.05), "5%"), (Formatting.shortPercent(0.001), "0.1%"),
      (Formatting.points(0.0003), "+0.03 pp"), (Formatting.points(-0.02), "−2.00 pp"),
      (Formatting.points(0.00001), "0.00 pp"), (Formatting.pointsSize(-0.02), "2.00 pp"),
      (Formatting.pValue(0.34), "= 0.34"), (Formatting.pValue(0.0001), "< 0.001"), (Formatting.pValue(1), "> 0.99"),
    ])
  func quantities(text: String, expected: String) { #expect(text == expected) }

  @Test("A measured figure has three digits, unless those hide on which side of a limit it is")
  func besides() {
    #expect(Formatting.milliseconds(154.927, beside: 901) == "155 ms")
    #expect(Formatting.milliseconds(200.3, beside: 200) == "200.3 ms")
    #expect(Formatting.milliseconds(199.9, beside: 200) == "199.9 ms")
    #expect(Formatting.milliseconds(200, beside: 200) == "200 ms")
    #expect(Formatting.duration(seconds: 0.0301, beside: 1) == "30.1 ms")
    #expect(Formatting.duration(seconds: 1.0004, beside: 1) == "1.0004 s")
    #expect(Formatting.duration(seconds: 0.9999, beside: 1) == "0.9999 s")
    for value in [0.12345, 1.2345, 12.345, 123.45, 99.96, 9.996, 0.9996, 0] {
      #expect(Formatting.threeDigits(Formatting.roundedToThreeDigits(value)) == Formatting.threeDigits(value))
    }
  }
}
