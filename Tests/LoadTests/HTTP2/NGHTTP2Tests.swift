import Testing

@testable import Load

/// The system's libnghttp2.
@Suite struct NGHTTP2Tests {
  @Test(
    "Where there is no libnghttp2, or it lacks a function, one line says what is missing and where it is to be had",
    arguments: [
      ("libnghttp2.so.missing", "libnghttp2.so.missing"),
      ("libm.so.6", "libm.so.6 has no nghttp2_session_callbacks_new"),
    ])
  func missing(_ name: String, _ words: String) {
    guard case .failure(.noHTTP2(let text)) = NGHTTP2.open(name) else {
      Issue.record("\(name) is taken for libnghttp2")
      return
    }
    #expect(text.hasPrefix("HTTP/2 needs libnghttp2") && text.contains(words) && !text.contains("\n"), "\(text)")
    #expect(text.hasSuffix("on Debian: apt-get install libnghttp2-14"))
  }

  @Test("The system's has all that is needed")
  func present() throws { _ = try NGHTTP2.library() }
}
