import Support
import Testing

@testable import lbcheck

@Suite struct JSON5SeedTests {
  private static let pieces = [
    "{", "}", "[", "]", ":", ",", "'", "\"", "\\", "\\u", "\\x+1", "a", "0x", "0x-1", "-", "+", ".", "e9", "1e999",
    "/*", "*/", "//", "\n", "\r\n", "\u{301}", "🙂", "\0", "\u{FEFF}", "null", "true", "Infinity", "NaN", "٣", "_",
  ]

  @Test("2,000 seeds: what is written is read, and what is changed gives a value or one place where it is wrong")
  func seeds() {
    let failures = FuzzSeeds(2_000, of: "JSON5SeedTests").failures { random in
      let (value, text) = Self.value(&random, depth: 0)
      guard (try? JSON5(text)) == value else { return "another value than \(value): \(text.debugDescription)" }
      let changed = random.mutated(text, with: Self.pieces)
      do throws(JSON5.SyntaxError) {
        _ = try JSON5(changed)
      } catch {
        let lines = changed.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let isPlace =
          (1...lines.count).contains(error.line) && (1...lines[error.line - 1].count + 1).contains(error.column)
        if !isPlace || error.expectation.isEmpty { return "\(error) of \(changed.debugDescription)" }
      }
      return nil
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }

  @Test("Signs are no hexadecimal digits", arguments: ["'\\u+041'", "'\\x+1'", "0x+5", "0x-5"])
  func signs(text: String) { #expect(throws: JSON5.SyntaxError.self) { try JSON5(text) } }

  /// A value with one of the texts that mean it.
  private static func value(_ random: inout SeededGenerator, depth: Int) -> (JSON5, String) {
    let (value, text): (JSON5, String)
    switch random.number(0...(depth < 4 ? 9 : 4)) {
    case 0: (value, text) = random.pick([(.null, "null"), (.truth(true), "true"), (.truth(false), "false")])
    case 1...2: (value, text) = number(&random)
    case 3...4:
      let content = string(&random)
      (value, text) = (.text(content), quoted(content, &random))
    case 5...6:
      let elements = (0..<random.number(0...4)).map { _ in Self.value(&random, depth: depth + 1) }
      (value, text) = (.list(elements.map(\.0)), "[" + joined(elements.map(\.1), &random) + "]")
    default:
      var members: [JSON5.Member] = []
      var texts: [String] = []
      for index in 0..<random.number(0...4) {
        let (element, text) = Self.value(&random, depth: depth + 1)
        let key = random.once(in: 2) ? string(&random) + "\(index)" : "$k_\(index)é"
        members.append(.init(key: key, value: element))
        let isBare = key.hasPrefix("$k_") && random.once(in: 2)
        texts.append((isBare ? key : quoted(key, &random)) + blank(&random) + ":" + text)
      }
      (value, text) = (.object(members), "{" + joined(texts, &random) + "}")
    }
    return (value, blank(&random) + text + blank(&random))
  }

  private static func number(_ random: inout SeededGenerator) -> (JSON5, String) {
    let whole = random.number(0...99_999)
    return random.pick([
      (.number(Double(whole)), "\(whole)"), (.number(-Double(whole)), "-\(whole)"),
      (.number(Double(whole)), "+\(whole)."),
      (.number(Double(whole)), "0x" + String(whole, radix: 16, uppercase: true)),
      (.number(Double("0.\(whole)")!), ".\(whole)"), (.number(Double("\(whole)e-3")!), "\(whole)E-3"),
    ])
  }

  private static func string(_ random: inout SeededGenerator) -> String {
    (0..<random.number(0...6)).map { _ in random.pick(["a", "é", "🙂", "'", "\"", "\\", "\n", "\0", "/", "{", " "]) }
      .joined()
  }

  private static func quoted(_ text: String, _ random: inout SeededGenerator) -> String {
    let quote: Character = random.once(in: 2) ? "'" : "\""
    var result = String(quote)
    for character in text {
      switch character {
      case "\n": result += "\\n"
      case "\0": result += random.once(in: 2) ? "\\0" : "\\x00"
      case quote, "\\": result += "\\\(character)"
      case "a": result += random.pick(["a", "\\a", "\\x61", "\\u0061", "\\\na"])
      default: result.append(character)
      }
    }
    return result + String(quote)
  }

  private static func joined(_ texts: [String], _ random: inout SeededGenerator) -> String {
    texts.joined(separator: ",") + (!texts.isEmpty && random.once(in: 3) ? "," : "") + blank(&random)
  }

  private static func blank(_ random: inout SeededGenerator) -> String {
    random.pick(["", "", "", " ", "\n", "\t", "/* ] */", "// }\n", "\r\n"])
  }
}
