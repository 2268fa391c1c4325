import HTTP
import Testing

@Suite("Reading fingerprints")
struct FingerprintTests {
  /// The backend that answered and those that failed before it, as text.
  private func read(_ value: [UInt8], as list: BackendList = .automatic) -> (backend: String?, failed: [String]) {
    value.withUnsafeBytes { bytes in
      let reading = Fingerprint.read(bytes, listing: list)
      return (reading.backend.map(Fingerprint.text), Fingerprint.failed(in: reading.earlier).map(Fingerprint.text))
    }
  }

  @Test(
    "The last of a list answered, those before it did not",
    arguments: [
      ("10.0.0.1:80", "10.0.0.1:80", []),
      ("10.0.0.1:80, 10.0.0.2:80", "10.0.0.2:80", ["10.0.0.1:80"]),
      ("10.0.0.1:80,10.0.0.2:80", "10.0.0.2:80", ["10.0.0.1:80"]),
      ("10.0.0.1:80 ,\t10.0.0.2:80 ", "10.0.0.2:80", ["10.0.0.1:80"]),
      (
        "192.168.1.1:80, 192.168.1.2:80, unix:/tmp/sock : 192.168.10.1:80, 192.168.10.2:80", "192.168.10.2:80",
        ["192.168.1.1:80", "192.168.1.2:80", "unix:/tmp/sock", "192.168.10.1:80"]
      ),
      ("unix:/tmp/a, unix:/tmp/b:", "unix:/tmp/b:", ["unix:/tmp/a"]),
      ("[::1]:80, [::1]:81", "[::1]:81", ["[::1]:80"]),
      ("[2001:db8::1]:80 : [::1]:81", "[::1]:81", ["[2001:db8::1]:80"]),
      ("one two", "one two", []),
      ("a :b", "a :b", []),
      (": a", ": a", []),
      ("app : 127.0.0.1:81", "127.0.0.1:81", ["app"]),
      ("127.0.0.1:80, app : 127.0.0.1:81", "127.0.0.1:81", ["127.0.0.1:80", "app"]),
      ("--", "--", []),
      ("-a", "-a", []),
      // Where no server was left, nginx names the group itself.
      ("127.0.0.1:3000, 127.0.0.1:3001, node", "node", ["127.0.0.1:3000", "127.0.0.1:3001"]),
    ] as [(String, String, [String])])
  func lists(_ value: String, _ backend: String, _ failed: [String]) {
    let reading = read(Array(value.utf8))
    #expect(reading.backend == backend)
    #expect(reading.failed == failed)
  }

  @Test(
    "A list whose entries are no addresses with ports is the way through: none of it failed",
    arguments: [
      ("a, a", "a"), ("cache-iad-9, cache-fra-1", "cache-fra-1"),
      ("1.1 shield:80, 1.1 edge (Varnish/6)", "1.1 edge (Varnish/6)"),
      ("10.0.0.1, 10.0.0.2", "10.0.0.2"), ("a:b : c: d", "a:b : c: d"), ("a : b, c", "c"),
      // One address does not make tries of names before it, nor of words behind it.
      ("edge, 10.0.0.1:80", "10.0.0.1:80"), ("10.0.0.1:80, 1.1 varnish", "1.1 varnish"),
      ("10.0.0.1:80, edge, 10.0.0.2:80", "10.0.0.2:80"),
    ])
  func ways(_ value: String, _ backend: String) {
    let reading = read(Array(value.utf8))
    #expect(reading.backend == backend)
    #expect(reading.failed == [])
  }

  @Test("What a list is can be said")
  func saidLists() {
    #expect(read(Array("a, b : c".utf8), as: .tries) == ("c", ["a", "b"]))
    #expect(read(Array("10.0.0.1:80, 10.0.0.2:80".utf8), as: .path) == ("10.0.0.2:80", []))
  }

  @Test(
    "A value can name nobody who answered",
    arguments: [
      ("", []), (" ", []), (" \t ", []), ("-", []), (" - ", []), (",", []), (", ,", []), ("-, -", []),
      ("10.0.0.1:80, -", ["10.0.0.1:80"]), ("10.0.0.1:80,", ["10.0.0.1:80"]), ("10.0.0.1:80, ", ["10.0.0.1:80"]),
      ("-, 10.0.0.1:80, -", ["10.0.0.1:80"]),
      // The last pass of nginx asked nobody; its final space went with the trimming of the field.
      ("10.0.0.1:80 : ", ["10.0.0.1:80"]), ("10.0.0.1:80 :", ["10.0.0.1:80"]),
    ] as [(String, [String])])
  func nobody(_ value: String, _ failed: [String]) {
    let reading = read(Array(value.utf8))
    #expect(reading.backend == nil)
    #expect(reading.failed == failed)
  }

  @Test("Names that differ only in Unicode normalization stay apart")
  func normalization() {
    // Pairs that Swift takes for the same string.
    let pairs: [(String, String)] = [
      ("caf\u{E9}", "cafe\u{301}"), ("\u{212B}", "\u{C5}"), ("\u{AC00}", "\u{1100}\u{1161}"),
      ("\u{1E69}", "s\u{323}\u{307}"),
      ("s\u{323}\u{307}", "s\u{307}\u{323}"), ("\u{915}\u{93C}", "\u{958}"), ("\u{9CB}", "\u{9C7}\u{9BE}"),
      ("\u{340}", "\u{300}"), ("\u{F900}", "\u{8C48}"), ("\u{1FEF}", "`"), ("\u{16D68}", "\u{16D67}\u{16D67}"),
    ]
    for (one, other) in pairs {
      let texts = [one, other].map { Fingerprint.text(of: $0) }
      #expect(texts[0] != texts[1], "\(texts)")
    }
    // Those that have but one form are shown as they are.
    for name in ["zwölf", "Ångström", "東京", "서울", "москва", "🙂"] { #expect(Fingerprint.text(of: name) == name) }
  }

  @Test("No more than 255 bytes of a name are kept")
  func longNames() {
    let long = String(repeating: "n", count: 4_096)
    #expect(read(Array(long.utf8)).backend == String(long.prefix(Fingerprint.nameLimit)))
    let list = read(Array("\(long), \(long)".utf8), as: .tries)
    #expect(list.backend?.utf8.count == 255)
    #expect(list.failed.map(\.utf8.count) == [255])
    #expect(read(Array(long.utf8.prefix(255))).backend?.utf8.count == 255)
  }

  @Test("A list of a thousand names is read")
  func longList() {
    let names = (0..<1_000).map { "10.0.\($0 / 256).\($0 % 256):80" }
    let reading = read(Array(names.joined(separator: ", ").utf8))
    #expect(reading.backend == names.last)
    #expect(reading.failed == names.dropLast())
  }

  @Test("Text is kept, other bytes are shown")
  func text() {
    #expect(Array("zwölf — 12".utf8).withUnsafeBytes(Fingerprint.text) == "zwölf — 12")
    #expect([UInt8]().withUnsafeBytes(Fingerprint.text) == "")
    #expect([UInt8]([0x61, 0xFF, 0x80, 0x09]).withUnsafeBytes(Fingerprint.text) == "a\\xff\\x80\t")
    #expect(Array("a\\b".utf8).withUnsafeBytes(Fingerprint.text) == "a\\x5cb")
    // A head's values are in that form already.
    #expect(FingerprintDiscovery.backend(in: "a\\x5cb") == "a\\x5cb")
  }

  @Test("Different bytes give different texts")
  func distinct() {
    // Every value of up to three of these bytes: plain ones, a backslash, halves of a character.
    let alphabet: [UInt8] = [0x5C, 0x78, 0x66, 0x35, 0x63, 0xC3, 0xBC, 0xFF]
    var values: [[UInt8]] = [[]]
    for _ in 0..<3 { values += values.flatMap { value in alphabet.map { value + [$0] } } }
    values += ["\\xff", "\\\\xff", "\\x5cxff"].map { Array($0.utf8) }
    var bytes: [String: [UInt8]] = [:]
    for value in values {
      let text = value.withUnsafeBytes(Fingerprint.text)
      #expect((bytes.updateValue(value, forKey: text) ?? value) == value, "\(text)")
    }
  }
}
