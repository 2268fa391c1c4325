import Testing

@testable import lbcheck

@Suite struct ArgumentTextTests {
  @Test("UTF-8 is taken as it is, also what means nothing else than itself")
  func text() throws {
    let arguments = ["lbcheck", "load", "--header", "X: schön \u{FFFD} 🐟", "", "\u{1B}"]
    #expect(try ArgumentText.text(of: arguments.map { Array($0.utf8) }) == arguments)
  }

  @Test(
    "Anything else is refused with its place, never replaced",
    arguments: [
      (
        ["load", "--header"], Array("X: caf".utf8) + [0xE9],
        "argument 3, the value of --header, is not UTF-8: 'X: caf\\xe9'"
      ),
      (["load"], Array("http://a/".utf8) + [0xFF, 0x5C], "argument 2 is not UTF-8: 'http://a/\\xff\\x5c'"),
      (["load", "-H"], [0xC3], "argument 3, the value of -H, is not UTF-8: '\\xc3'"),
      // An overlong NUL, a surrogate and what is beyond Unicode.
      (["load", "--body"], [0xC0, 0x80], "argument 3, the value of --body, is not UTF-8: '\\xc0\\x80'"),
      (["load", "--body"], [0xED, 0xA0, 0x80], "argument 3, the value of --body, is not UTF-8: '\\xed\\xa0\\x80'"),
      (["load", "--body"], [0xF5, 1, 1, 1], "argument 3, the value of --body, is not UTF-8: '\\xf5\\x01\\x01\\x01'"),
      ([], [0x80], "argument 1 is not UTF-8: '\\x80'"),
    ])
  func refused(before: [String], bytes: [UInt8], text: String) throws {
    let arguments = (["lbcheck"] + before).map { Array($0.utf8) } + [bytes, Array("last".utf8)]
    let error = try #require(throws: UsageError.self) { try ArgumentText.text(of: arguments) }
    #expect(error.description.hasPrefix(text + "; "), "\(error)")
  }

  @Test("A long argument is cut")
  func long() throws {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 100) + [0xFF]
    let error = try #require(throws: UsageError.self) { try ArgumentText.text(of: [[], bytes]) }
    #expect(error.description.contains("'\(String(repeating: "a", count: 60))…'"))
  }
}
