import Report
import Testing

/// Reads figures off the pages, as their formatting is no interface of its own.
@Suite struct WordingTests {
  private func page(_ change: (inout ReportDocument) -> Void) -> String {
    var document = Example.full
    change(&document)
    return MarkdownWriter().write(document)
  }

  @Test(
    "Milliseconds have three digits that count",
    arguments: [
      (0, "0"), (0.0001, "&lt; 0.001"), (0.1234, "0.123"), (0.9996, "1.00"), (1.234, "1.23"), (9.996, "10.0"),
      (12.34, "12.3"), (99.96, "100"), (1234.4, "1,234"), (1_234_567, "1,234,567"), (.nan, "–"), (.infinity, "∞"),
      (1e17, "1e+17"),
    ] as [(Double, String)])
  func milliseconds(value: Double, text: String) {
    let written = page { $0.traffic?.latency?.max = value }
    #expect(written.contains("| 41.0 | – | \(text) |\n| Service"))
  }

  @Test(
    "Shares show nothing and all only when they are",
    arguments: [
      (0, "0.00%"), (0.00001, "&lt; 0.01%"), (0.33333, "33.33%"), (0.99999, "&gt; 99.99%"), (1, "100.00%"),
    ] as [(Double, String)])
  func shares(value: Double, text: String) {
    let written = page { $0.backends?[0].share = value }
    #expect(written.contains("| `10.0.0.1:3001` | 1,500 | \(text) |"))
  }

  @Test(
    "A p-value is reported in figures and words",
    arguments: [
      (0.0001, "p &lt; 0.001: chance alone"), (0.004, "p = 0.004: strong evidence"), (0.03, "p = 0.03: some evidence"),
      (0.34, "p = 0.34: no evidence"), (0.995, "p &gt; 0.99: closer"), (.nan, "p unknown: the test"),
    ] as [(Double, String)])
  func pValue(value: Double, text: String) {
    let written = page { $0.fairness?.chiSquare?.pValue = value }
    #expect(written.contains(text))
  }

  @Test("Counts that do not add up are called out")
  func balance() {
    let text = page { $0.traffic?.requests.unsent = 9 }
    #expect(text.contains("3,000 scheduled ≠ 2,950 succeeded + 40 failed + 9 unsent (the counts do not add up)"))
  }

  @Test("Without a summary the assertions speak")
  func finding() {
    let written = page { $0.summary = nil }
    #expect(written.contains("**✗ Fail: 1 of 3 assertions failed: shares as expected.**"))
    let none = page {
      ($0.summary, $0.assertions, $0.verdict) = (nil, [], .inconclusive)
    }
    #expect(none.contains("**? Inconclusive: Nothing was asserted.**"))
  }

  @Test("The title names the host without user name and path")
  func host() {
    let written = page { $0.target.url = "http://me:secret@a.example:81/x@y?z" }
    #expect(written.hasPrefix("# Fairness: `a.example:81`\n"))
  }

  @Test("A long rotation is drawn in part, and many backends get letters of their own")
  func period() {
    let text = page { $0.fairness?.period = (0..<200).map { "b\($0)" } }
    #expect(text.contains("y z a1 b1"))
    #expect(text.contains(" l2 …`, then again from the start (200 requests a turn)"))
  }

  @Test("A command is one line that a shell reads back")
  func command() {
    let text = page { $0.command = ["lbcheck", "", "a b", "it's", "$HOME", "x\n'\u{1B}7", "```"] }
    #expect(text.contains("````sh\nlbcheck '' 'a b' 'it'\\''s' '$HOME' $'x\\012\\'\\0337' '```'\n````\n"))
  }
}
