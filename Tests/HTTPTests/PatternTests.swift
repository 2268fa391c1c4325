import Testing

@testable import HTTP

@Suite struct PatternTests {
  private static func isFound(_ pattern: String, in text: String) throws -> Bool {
    var search = PatternSearch(try Pattern(pattern))
    return search.isFound(in: text)
  }

  @Test(
    "What a pattern means",
    arguments: [
      ("", "", true), ("a|b", "xb", true), ("a|", "x", true), ("^a", "ba", false), ("a$", "ab", false),
      ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true), ("(?m)^b$", "a\nb\r\n", true), ("^b", "a\nb", false),
      ("(?i)welcome", "WELCOME", true), ("(?i)ä", "Ä", true), ("(?im)^A", "x\na", true), ("[^a-c]", "abc", false),
      ("[a-c]+d", "xabd", true), ("[]a]", "]", true), ("[a-]", "-", true), ("[\\d-]", "-", true), ("\\.", "a", false),
      ("{\"ok\":true}", "[{\"ok\":true}]", true), ("a{2}", "aba", false), ("a{2,}", "xaaa", true),
      ("^a{1,2}$", "aaa", false),
      ("^a{,2}$", "aa", true), ("a{x}", "a{x}", true), ("(ab)*c", "ababc", true), ("(?:a|b)?c", "c", true),
      ("\\bshop\\b", "a shop.", true), ("\\bshop\\b", "workshop", false), ("\\Bshop", "workshop", true),
      ("\\w\\s\\w", "a\tb", true),
      ("^\\D+$", "a1", false), ("(a*)*b", "aab", true), ("(|a)+b", "b", true), ("<h1>.*?</h1>", "<h1>Shop</h1>", true),
      ("é", "e\u{301}", false), ("a\\z", "a", true),
    ])
  func meaning(_ pattern: String, _ text: String, _ isThere: Bool) throws {
    #expect(try Self.isFound(pattern, in: text) == isThere)
  }

  @Test("3,000 generated patterns are found where Swift's own expressions find them")
  func generated() throws {
    var random = SplitMix(state: 1)
    func pattern(_ depth: Int) -> String {
      switch random.next() % (depth > 0 ? 7 : 2) {
      case 0, 1: ["a", "b", ".", "[ab]", "[^a]", "\\d", "\\w", "\\S", "^", "$", "1"][Int(random.next() % 11)]
      case 2: "(" + pattern(depth - 1) + ")"
      case 3: "(?:" + pattern(depth - 1) + "|" + pattern(depth - 1) + ")"
      case 4: "(?:" + pattern(depth - 1) + ")" + ["*", "+", "?", "{2}", "{0,2}", "{1,}"][Int(random.next() % 6)]
      default: pattern(depth - 1) + pattern(depth - 1)
      }
    }
    for _ in 0..<3_000 {
      let pattern = pattern(3)
      let text = String((0..<random.next() % 8).map { _ in Array("ab1c \n")[Int(random.next() % 6)] })
      let regex = try Regex(pattern).matchingSemantics(.unicodeScalar)
      let isThere = try regex.firstMatch(in: text) != nil
      #expect(try Self.isFound(pattern, in: text) == isThere, "/\(pattern)/ in \(text.debugDescription)")
      // How often a group that matches nothing is repeated is a matter of taste.
      guard !pattern.contains("^"), !pattern.contains("$") else { continue }
      var match = PatternMatch(try Pattern(pattern))
      let found = match.first(in: text.unicodeScalars.map(\.value))
      let place = try regex.firstMatch(in: text).map { match in
        text.unicodeScalars.distance(
          from: text.startIndex, to: match.range.lowerBound)..<text.unicodeScalars.distance(
            from: text.startIndex, to: match.range.upperBound)
      }
      #expect(found == place, "/\(pattern)/ in \(text.debugDescription)")
    }
  }

  private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return z ^ z >> 31
    }
  }

  @Test(
    "What would take a backtracking search for ever comes to an end",
    arguments: ["(a+)+$x", "(a|a)*b", "(.*)(.*)(.*)=", "(a?){40}a{40}b", "(\\w+\\s?)*!", "^(([a-z])+.)+[A-Z]([a-z])+$"])
  func catastrophic(_ pattern: String) throws {
    #expect(try !Self.isFound(pattern, in: String(repeating: "a", count: 4_000)))
    #expect(try BodyExpectation("/\(pattern)/").matcher().isMet(by: Array(repeating: 0x61, count: 4_000)) == false)
  }

  @Test(
    "What cannot be searched for in bounded time, or not be understood, is refused with the reason",
    arguments: [
      ("(", "a ')' for each '('"), ("a)", "no ')' without"), ("[", "a ']' for each '['"), ("*", "something before '*'"),
      ("{2}", "something before '{'"), ("a{2,1}", "from small to large"), ("a{1001}", "no more than 1000"),
      ("[z-a]", "from small to large"), ("\\", "something after"), ("(a)\\1", "no '\\1'"), ("(?=a)", "no lookaround"),
      ("(?<n>a)", "no lookaround"), ("a++", "possessive"), ("a**", "no quantifier after another"),
      ("\\p{L}", "no '\\p'"),
      ("(?:a{100}){3}", "a shorter pattern"), ("((()" + "{1000}){1000}){1000}", "a shorter pattern"),
      (String(repeating: "(", count: 100_000), "no more than 32 groups"), ("a(?i)", "flags at the beginning"),
    ])
  func refused(_ pattern: String, _ reason: String) {
    let error = #expect(throws: BodyExpectationError.self) { try Pattern(pattern) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test("A pattern is searched for in the first 256 KiB, a text in the first MiB that is kept")
  func limit() throws {
    let content = Array(repeating: UInt8(ascii: "a"), count: BodyExpectation.patternLimit) + Array("end".utf8)
    #expect(try BodyExpectation("end").matcher().isMet(by: content))
    #expect(try !BodyExpectation("/e/").matcher().isMet(by: content))
    #expect(try BodyExpectation("/a$/").matcher().isMet(by: content))
  }
}
