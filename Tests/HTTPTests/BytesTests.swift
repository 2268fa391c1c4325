import Testing

@testable import HTTP

@Suite struct BytesTests {
  @Test("Token bytes are the letters, the digits and the fifteen signs of RFC 9110 5.6.2, of all 256")
  func tokens() {
    var allowed: Set<UInt8> = []
    for text in ["!#$%&'*+-.^_`|~", "0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"] {
      allowed.formUnion(text.utf8)
    }
    #expect(allowed.count == 15 + 10 + 26 + 26)
    for byte in UInt8.min...UInt8.max {
      #expect(isTokenByte(byte) == allowed.contains(byte), "byte \(byte)")
    }
  }

  @Test("Lower case changes the 26 capital letters and no other byte")
  func lowerCase() {
    for byte in UInt8.min...UInt8.max {
      let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      #expect(lowercased(byte) == (isCapital ? byte + 32 : byte), "byte \(byte)")
    }
  }

  @Test("Names are equal in any case, and only in their whole length")
  func names() {
    func isConnection(_ text: String) -> Bool {
      Array(text.utf8).withUnsafeBytes { equals($0, lowercase: "connection") }
    }
    for text in ["connection", "Connection", "CONNECTION", "cOnNeCtIoN"] { #expect(isConnection(text), "\(text)") }
    for text in ["", "connectio", "connections", "connectiom", "c\u{0f}nnection"] {
      #expect(!isConnection(text), "\(text)")
    }
  }
}
