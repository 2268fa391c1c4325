import Support
import Testing

@testable import Report

@Suite struct TextWriterWidthTests {
  private func words(_ text: some StringProtocol) -> [Substring] {
    text.split { $0 == " " || $0 == "\n" }.map { Substring($0) }
  }

  @Test("A line that is too long is broken between words, and its rest is indented by two columns more")
  func broken() {
    let writer = TextWriter(width: 30)
    #expect(writer.fitting(["short enough"]) == ["short enough"])
    #expect(
      writer.fitting(["  stayed  1 of 1,500 visitors, 34.87% (30.60% to 39.39%)"]) == [
        "  stayed  1 of 1,500 visitors,", "    34.87% (30.60% to 39.39%)",
      ])
    // What is too long by itself is left to the terminal.
    #expect(
      writer.fitting(["  note: https://a.example/a/path/of/many/parts ends"]) == [
        "  note:", "    https://a.example/a/path/of/many/parts", "    ends",
      ])
    #expect(TextWriter().fitting([String(repeating: "a b ", count: 99)]).count == 1)
  }

  @Test("Colours take no columns")
  func colours() {
    let writer = TextWriter(colour: true, width: 20)
    let line = "  " + writer.coloured("✗ fail", .fail) + "  policy is x"
    #expect(TextWriter.columns(line) == 20 + 1)
    #expect(writer.fitting([line]).map(TextWriter.columns) == [19, 5])
  }

  @Test("No word or number is cut, whatever the width", arguments: [20, 40, 80, 132])
  func whole(width: Int) {
    let failures = FuzzSeeds(200, of: "TextWriterWidthTests").failures { random in
      let line = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        String(repeating: " ", count: Int.random(in: 1...4, using: &random))
          + String(repeating: "1", count: Int.random(in: 1...24, using: &random))
      }.joined()
      let lines = TextWriter(width: width).fitting([line])
      if words(lines.joined(separator: "\n")) != words(line) { return "words" }
      return lines.allSatisfy { $0.count <= width || words($0).count == 1 } ? nil : "too wide"
    }
    #expect(failures.isEmpty, "\(failures)")
  }

  @Test("Where the table of assertions is too wide, each has lines of its own, with all of its texts")
  func assertions() {
    let long = Assertion(
      name: "newVisitorsSpread", verdict: .pass, expected: "the same part of 1,500 new visitors each",
      actual: "127.0.0.1:43103: 523, 34.87% (between 30.60% and 39.39%), expected 33.33%", detail: "Each once.")
    #expect(
      TextWriter(width: 80).assertions([long]) == [
        "  ✓ pass  newVisitorsSpread", "      expected  the same part of 1,500 new visitors each",
        "      actual    127.0.0.1:43103: 523, 34.87% (between 30.60% and 39.39%), expected 33.33%", "      Each once.",
      ])
    #expect(TextWriter().assertions([long])[1].hasSuffix("34.87% (between 30.60% and 39.39%), expected 33.33%"))
    let short = Assertion(name: "policy", verdict: .pass, expected: "sticky", actual: "sticky")
    #expect(TextWriter(width: 80).assertions([short]) == TextWriter().assertions([short]))
  }
}
