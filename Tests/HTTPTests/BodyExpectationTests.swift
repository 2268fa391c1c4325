import HTTP
import Testing

@Suite("Expecting a body")
struct BodyExpectationTests {
  @Test(
    "Texts byte for byte, patterns between slashes",
    arguments: [
      ("a", "", false), ("a", "a", true), ("aab", "aaab", true), ("aab", "aaaa", false), ("ab", "xxxa", false),
      ("ab", "xxxab", true), ("Ä", "ä", false), ("é", "e\u{301}", false), ("a.c", "abc", false), ("/", "a/b", true),
      ("/a", "/a", true), ("/a/b", "x/a/b", true), ("/a.c/", "xabcx", true), ("/^abc$/", "xabcx", false),
      ("/(?i)welcome/", "WELCOME", true), ("/<h1>.*</h1>/", "<h1>Shop</h1>", true), ("/\\d{3}/", "12 345", true),
    ])
  func found(_ wanted: String, _ content: String, _ isFound: Bool) throws {
    #expect(try BodyExpectation(wanted).matcher().isMet(by: Array(content.utf8)) == isFound)
  }

  @Test("Content that is no text can hold one")
  func bytes() throws {
    let content: [UInt8] = [0xFF, 0, 0x61, 0x62, 0xC3]
    #expect(try BodyExpectation("ab").matcher().isMet(by: content))
    #expect(try BodyExpectation("/a./").matcher().isMet(by: content))
  }

  @Test("What cannot be expected is refused", arguments: ["", "//", "/(/", "/[/", "/*/", "/a{2,1}/"])
  func refused(_ wanted: String) {
    #expect(throws: BodyExpectationError.self) { try BodyExpectation(wanted) }
  }
}
