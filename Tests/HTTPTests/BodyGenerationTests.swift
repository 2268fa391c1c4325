import Testing

@testable import HTTP

@Suite struct BodyGenerationTests {
  @Test(
    "The name is the first group of the leftmost match in the first line that has one, or the whole match",
    arguments: [
      ("build-(\\w+)", "<!-- build-7f3a build-9 -->", "7f3a"),
      ("build-\\w+", "x build-7f3a", "build-7f3a"),
      ("build-(\\w+)", "none here\r\nbuild-\nbuild-2\nbuild-3", "2"),
      ("(?:v|version )(\\d+)\\.(\\d+)", "version 12.7", "12"),
      ("(a|ab)(c|bcd)", "abcd", "a"),
      ("<b>(.*?)</b>", "<b>1</b><b>2</b>", "1"),
      ("<b>(.*)</b>", "<b>1</b><b>2</b>", "1</b><b>2"),
      ("(?:x(\\d))+", "x1x2x3", "3"),
      ("^rev: (\\S+)$", "# rev: no\nrev: 42", "42"),
      ("x(\\d+)?", "x", "x"),
      ("(é+)", "caféé", "éé"),
      ("build-(\\w+)", "nothing", nil), ("build-(\\w+)", "", nil), ("(\\d*)", "abc", nil),
    ])
  func name(pattern: String, page: String, name: String?) throws {
    let reader = try #require(try BodyGeneration(pattern).reader())
    for _ in 0..<2 {
      #expect(reader.name(in: Array(page.utf8)).map { String(decoding: $0, as: UTF8.self) } == name)
    }
  }

  @Test("Another page is read anew, and what was found in one is not taken for another")
  func pages() throws {
    let reader = try #require(try BodyGeneration("build-(\\w+)").reader())
    for (page, name) in [("build-1", "1"), ("build-2", "2"), ("", nil), ("build-1", "1"), ("x", nil)] {
      #expect(reader.name(in: Array(page.utf8)).map { String(decoding: $0, as: UTF8.self) } == name)
    }
  }

  @Test("A page is looked at for 64 KiB, and what is no UTF-8 is no reason to stop")
  func limit() throws {
    let reader = try #require(try BodyGeneration("build-(\\w+)").reader())
    let filling = Array(repeating: UInt8(ascii: "\n"), count: BodyGeneration.limit - 7)
    #expect(reader.name(in: filling + Array("build-1".utf8)) == Array("1".utf8))
    #expect(reader.name(in: filling + Array("\nbuild-1".utf8)) == nil)
    #expect(reader.name(in: [0xFF, 0x80] + Array("build-1".utf8)) == Array("1".utf8))
  }

  @Test("What would take a backtracking search for ever comes to an end", arguments: ["(a+)+$x", "((a?){40})a{40}b"])
  func catastrophic(pattern: String) throws {
    let reader = try #require(try BodyGeneration(pattern).reader())
    #expect(reader.name(in: Array(repeating: 0x61, count: BodyGeneration.limit)) == nil)
  }

  @Test(
    "A pattern that is none is refused with the reason",
    arguments: [("", "not empty"), ("build-(", "a ')' for each '('")])
  func refused(pattern: String, reason: String) {
    let error = #expect(throws: BodyExpectationError.self) { try BodyGeneration(pattern) }
    #expect(error?.description.contains(reason) == true)
  }
}
