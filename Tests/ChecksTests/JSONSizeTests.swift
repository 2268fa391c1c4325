import Testing

@testable import Checks

@Suite struct JSONSizeTests {
  @Test(
    "Values, the longest text and the depth are counted before anything is decoded",
    arguments: [
      ("", 0, 0, 0), ("[]", 1, 0, 1), ("[1,2,3]", 3, 0, 1), ("{\"a\":[1,{}]}", 5, 1, 3), ("\"a,b:[\"", 0, 5, 0),
      ("\"\\\"\\\\\",1", 1, 4, 0), ("\"open", 0, 4, 0), ("\"x\\", 0, 2, 0), ("]]]", 0, 0, 0),
    ])
  func counted(_ text: String, _ values: Int, _ longest: Int, _ depth: Int) {
    let size = JSONSize(Array(text.utf8))
    #expect(size.values == values && size.longestText == longest && size.depth == depth, "\(size)")
  }

  @Test("A document that is too large says in what")
  func refused() {
    let limits = DocumentLimits(file: 100, values: 4, text: 1 << 20)
    #expect(limits.refusal(of: Array("[1,2,3]".utf8)) == nil)
    #expect(limits.refusal(of: Array("[1,2,3,4,5]".utf8)) == "it holds more than 4 values")
    let text = Array(("\"" + String(repeating: "a", count: 1 << 20) + "b\"").utf8)
    #expect(limits.refusal(of: text) == "a text in it is longer than 1 MiB")
  }
}
