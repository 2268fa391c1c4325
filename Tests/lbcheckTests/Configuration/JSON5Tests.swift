import Testing

@testable import lbcheck

@Suite struct JSON5Tests {
  @Test(
    "Values",
    arguments: [
      ("null", .null), (" true ", .truth(true)), ("false", .truth(false)), ("5", .number(5)), ("-0.5e1", .number(-5)),
      (".5", .number(0.5)), ("5.", .number(5)), ("+1", .number(1)), ("0xFf", .number(255)),
      ("\"a\\n\\u0041\\x42\"", .text("a\nAB")),
      ("'\\uD83D\\uDE42'", .text("🙂")), ("'it\\'s'", .text("it's")), ("'a\\\nb'", .text("ab")), ("[]", .list([])),
      ("[1, 2,]", .list([.number(1), .number(2)])),
      (
        "/* c */ {a: 1, 'b c': [], // d\n}",
        .object([.init(key: "a", value: .number(1)), .init(key: "b c", value: .list([]))])
      ),
    ] as [(String, JSON5)])
  func values(text: String, value: JSON5) throws { #expect(try JSON5(text) == value) }

  @Test(
    "Errors say where and what",
    arguments: [
      ("", "line 1, column 1: expected a value: text in quotes, a number, true, false, [ or {"),
      ("{a 1}", "line 1, column 4: expected : after 'a'"), ("{a: 1\n b: 2}", "line 2, column 2: expected , or }"),
      ("[1 2]", "line 1, column 4: expected , or ]"), ("{a: 1, a: 2}", "line 1, column 9: expected 'a' only once"),
      ("'abc", "line 1, column 5: expected the closing '"), ("'abc\n'", "line 1, column 5: expected the closing '"),
      ("{} x", "line 1, column 4: expected the end of the file"), ("/* x", "line 1, column 5: expected */"),
      ("[1, bogus]", "line 1, column 5: expected a value: text in quotes, a number, true, false, [ or {"),
      ("'\\u12'", "line 1, column 4: expected 4 hexadecimal digits of a character"),
      ("'\\uD83Dx'", "line 1, column 8: expected both halves of a character beyond U+FFFF"),
      ("'\\uDE42'", "line 1, column 8: expected both halves of a character beyond U+FFFF"),
      ("{1a: 2}", "line 1, column 4: expected a name or }"),
    ])
  func errors(text: String, message: String) {
    let error = #expect(throws: JSON5.SyntaxError.self) { try JSON5(text) }
    #expect(error?.description == message)
  }

  @Test("Deep nesting and random bytes end in a value or an error")
  func hostile() {
    #expect(throws: JSON5.SyntaxError.self) { try JSON5(String(repeating: "[", count: 100_000)) }
    var random = SystemRandomNumberGenerator()
    let pieces = [
      "{", "}", "[", "]", ":", ",", "'", "\"", "\\", "a", "1", "-", ".", "/*", "//", "\n", "\u{301}", "🙂", "u12",
    ]
    for _ in 0..<5_000 {
      let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in pieces.randomElement(using: &random)! }
        .joined()
      _ = try? JSON5(text)
    }
  }
}
