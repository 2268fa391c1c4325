import Testing

@testable import HTTP

@Suite struct FingerprintTests {
  private func read(_ bytes: [UInt8]) -> (backend: String?, failed: [String]) {
    bytes.withUnsafeBytes { bytes in
      let reading = Fingerprint.read(bytes)
      return (reading.backend.map(Fingerprint.text), Fingerprint.failed(in: reading.earlier).map(Fingerprint.text))
    }
  }

  @Test(
    "The last of a list answered, those before it failed",
    arguments: [
      ("127.0.0.1:3000", "127.0.0.1:3000", []),
      ("192.168.1.1:80, 192.168.1.2:80", "192.168.1.2:80", ["192.168.1.1:80"]),
      (
        "192.168.1.1:80, 192.168.1.2:80, unix:/tmp/sock : 192.168.10.1:80, 192.168.10.2:80", "192.168.10.2:80",
        ["192.168.1.1:80", "192.168.1.2:80", "unix:/tmp/sock", "192.168.10.1:80"]
      ),
      ("unix:/tmp/sock", "unix:/tmp/sock", []), ("a : unix:/tmp/sock", "unix:/tmp/sock", ["a"]),
      ("[::1]:80", "[::1]:80", []), ("::1", "::1", []),
      ("[::1]:80, [2001:db8::2]:80", "[2001:db8::2]:80", ["[::1]:80"]),
      ("[::1]:80 : [::2]:80", "[::2]:80", ["[::1]:80"]), ("a,b", "b", ["a"]), (" \ta\t ,\tb ", "b", ["a"]),
      ("a, a, a", "a", ["a", "a"]), ("a, -, , b", "b", ["a"]), ("- : b", "b", []), ("web 1", "web 1", []),
      ("a:b : c:d", "c:d", ["a:b"]), ("a :b", "a :b", []), ("a: b", "a: b", []), ("--", "--", []), ("-1", "-1", []),
      (",a", "a", []), ("7", "7", []), ("a : : b", "b", ["a"]),
    ] as [(String, String, [String])])
  func lists(value: String, backend: String, failed: [String]) {
    let reading = read(Array(value.utf8))
    #expect(reading.backend == backend)
    #expect(reading.failed == failed)
    #expect(FingerprintDiscovery.backend(in: value) == backend)
  }

  @Test(
    "A value that ends in no name, names nobody",
    arguments: [
      ("", []), (" ", []), ("-", []), (" - ", []), (",", []), (", ,", []), ("a,", ["a"]), ("a, -", ["a"]),
      ("a :", ["a"]),
      ("a : -", ["a"]), ("a, b :", ["a", "b"]),
    ] as [(String, [String])])
  func nobody(value: String, failed: [String]) {
    let reading = read(Array(value.utf8))
    #expect(reading.backend == nil)
    #expect(reading.failed == failed)
    #expect(FingerprintDiscovery.backend(in: value) == nil)
  }

  @Test("A value of no bytes at all is read too")
  func empty() {
    let reading = Fingerprint.read(UnsafeRawBufferPointer(start: nil, count: 0))
    #expect(reading.backend == nil)
    #expect(Fingerprint.failed(in: reading.earlier).isEmpty)
  }

  @Test("A name is kept up to 255 bytes, of a value of 4 KiB as well")
  func long() {
    let name = [UInt8](repeating: UInt8(ascii: "n"), count: 4_096)
    #expect(read(name).backend == String(repeating: "n", count: 255))
    #expect(read(name + Array(", b".utf8)).failed == [String(repeating: "n", count: 255)])
    #expect(read(Array(name[..<255])).backend?.utf8.count == 255)
    let list = read(Array((0..<1_024).map { _ in "a, " }.joined().utf8) + [UInt8(ascii: "b")])
    #expect(list.backend == "b" && list.failed.count == 1_024)
    let separators = read([UInt8](repeating: UInt8(ascii: ","), count: 4_096))
    #expect(separators.backend == nil && separators.failed.isEmpty)
  }

  @Test("Valid UTF-8 is its own text")
  func valid() {
    for text in ["", "a", "größer", "日本", "a\\b", "\\", "🙂"] {
      #expect(Array(text.utf8).withUnsafeBytes(Fingerprint.text) == text)
    }
  }

  @Test("Different bytes have different texts, whether they are UTF-8 or not")
  func distinct() {
    let values: [[UInt8]] = [
      [0xFF], [0xFE], [0xC3], [0xA4], [0xC3, 0xA4], [0xC3, 0xC3], [0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0xEF, 0xBF, 0xBD], Array("\\xff".utf8), Array("\\x5cxff".utf8), Array("\\\\xff".utf8),
      Array("\\xff".utf8) + [0xFF],
      [0xFF] + Array("\\xff".utf8), [0xFF, 0xFF], Array("xff".utf8), Array("\\".utf8) + [0xFF],
      Array("\\x5c".utf8) + [0xFF],
      [0xC0, 0xAF], Array("/".utf8),
    ]
    let texts = values.map { $0.withUnsafeBytes(Fingerprint.text) }
    #expect(Set(texts).count == values.count)
    #expect(texts[0] == "\\xff")
    #expect(texts[4] == "ä")
    #expect(texts[10] == "\\x5cxff")
  }

  @Test("Any bytes are read without a trap, and a name has no blanks around it")
  func random() {
    var generator = SplitMix64(seed: 7)
    let alphabet = Array(" \t,:-a".utf8) + [0xFF]
    for _ in 0..<5_000 {
      let count = Int.random(in: 0...12, using: &generator)
      let bytes = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
      let reading = read(bytes)
      for name in reading.failed + [reading.backend].compactMap({ $0 }) {
        #expect(!name.isEmpty && name != "-" && !name.contains(","))
        #expect(!" \t".contains(name.first!) && !" \t".contains(name.last!))
      }
    }
  }
}
