import Deployment
import Testing

@Suite struct CapturedOutputTests {
  @Test("Whatever the pieces, the beginning, the end and the count are the same", arguments: [1, 2, 3, 5, 7, 16, 100])
  func pieces(_ size: Int) {
    let bytes = (0..<100).map { UInt8($0) }
    for length in 0...100 {
      var captured = CapturedOutput(limit: 16)
      var position = 0
      while position < length {
        captured.append(bytes[position..<min(position + size, length)])
        position += size
      }
      let kept = length <= 16 ? Array(bytes[..<length]) : Array(bytes[..<8] + bytes[(length - 8)..<length])
      #expect(captured.bytes == kept)
      #expect(captured.bytesLeftOut == max(0, length - 16))
    }
  }

  @Test("A letter that lies across the middle stays whole when nothing is left out")
  func middle() {
    var captured = CapturedOutput(limit: 6)
    captured.append("ab€f".utf8)
    #expect(captured.text == "ab€f")
  }

  @Test("What is left out is said")
  func mark() {
    var captured = CapturedOutput(limit: 4)
    captured.append("abcdefg".utf8)
    #expect(captured.text == "ab\n[3 bytes left out]\nfg")
  }
}
