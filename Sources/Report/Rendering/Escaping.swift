/// Makes untrusted text harmless in each format a report is written in.
///
/// Every function first makes invisible or active characters visible: control characters (`\n`, `\x1b`), direction
/// overrides, zero-width characters and line separators (`\u{202e}`). Then it shortens, then it escapes, so that
/// neither a cut nor an escape can undo another.
public enum Escaping {
  // MARK: Visible

  /// The text with everything invisible or active written out, in one line.
  ///
  /// - Parameter width: the most columns it may take, 1 or more; a longer text loses its middle to `…`.
  public static func visible(_ text: String, width: Int? = nil) -> String {
    var pieces: [Piece] = []
    var marks = 0
    for scalar in text.unicodeScalars {
      if let spelled = spelledOut(scalar) {
        pieces.append(Piece(text: spelled, columns: spelled.utf8.count))
        marks = 0
        continue
      }
      // Combining marks stack on the letter before them; a pile of them is not a name, and gets counted.
      marks = isMark(scalar) ? marks + 1 : 0
      let columns = (1...2).contains(marks) ? 0 : isWide(scalar) ? 2 : 1
      pieces.append(Piece(text: String(scalar), columns: columns))
    }
    guard let width, pieces.reduce(0, { $0 + $1.columns }) > width else {
      return pieces.lazy.map(\.text).joined()
    }

    // Names of one family differ at their ends as often as at their beginnings: keep both.
    let room = max(0, width - 1)
    var head = 0
    var used = 0
    while head < pieces.count, used + pieces[head].columns <= (room + 1) / 2 {
      used += pieces[head].columns
      head += 1
    }
    var tail = pieces.count
    while tail > head, used + pieces[tail - 1].columns <= room {
      used += pieces[tail - 1].columns
      tail -= 1
    }
    return pieces[..<head].lazy.map(\.text).joined() + "…" + pieces[tail...].lazy.map(\.text).joined()
  }

  /// How many columns a terminal gives to a visible text.
  public static func columns(_ text: String) -> Int {
    var marks = 0
    return text.unicodeScalars.reduce(0) { sum, scalar in
      marks = isMark(scalar) ? marks + 1 : 0
      return sum + ((1...2).contains(marks) ? 0 : isWide(scalar) ? 2 : 1)
    }
  }

  private struct Piece {
    let text: String
    let columns: Int
  }

  private static func spelledOut(_ scalar: Unicode.Scalar) -> String? {
    switch scalar.value {
    case 0x09: "\\t"
    case 0x0A: "\\n"
    case 0x0D: "\\r"
    case 0x00...0x1F, 0x7F...0x9F:
      "\\x" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
    case 0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x200B...0x200F, 0x2028...0x202E,
      0x2060...0x206F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFB, 0x1D173...0x1D17A, 0xE0000...0xE0FFF:
      "\\u{" + String(scalar.value, radix: 16) + "}"
    default:
      // Noncharacters end each plane and fill one stretch of the first; XML has no place for U+FFFE and U+FFFF.
      scalar.value & 0xFFFE == 0xFFFE || (0xFDD0...0xFDEF).contains(scalar.value)
        ? "\\u{" + String(scalar.value, radix: 16) + "}" : nil
    }
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300 else { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return true
    default: return false
    }
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
      0x20000...0x3FFFD:
      true
    default:
      false
    }
  }

  // MARK: Terminal

  /// The text for a terminal or a build log: no escape sequence, no line break and no workflow command gets through.
  ///
  /// GitHub's runner obeys `::` at the start of a line and `##[` anywhere in one; both are spelled out.
  ///
  /// - Parameter width: the most columns it may take, 1 or more; a longer text loses its middle to `…`.
  public static func terminal(_ text: String, width: Int? = nil) -> String {
    var result = visible(text, width: width)
    let scalars = result.unicodeScalars
    if let start = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      scalars[start...].starts(with: "::".unicodeScalars)
    {
      result.unicodeScalars.replaceSubrange(start...start, with: "\\x3a".unicodeScalars)
    }
    return replacing("##[", with: "\\x23#[", in: result)
  }

  // MARK: XML

  /// The text for the content or a quoted attribute of XML 1.0.
  ///
  /// - Parameter width: the most columns it may take, 1 or more; a longer text loses its middle to `…`.
  public static func xml(_ text: String, width: Int? = nil) -> String {
    var result = ""
    for scalar in visible(text, width: width).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  // MARK: Markdown

  /// The text for running Markdown or a table cell, showing as itself: no markup, no link, no HTML, no line break.
  ///
  /// Words that a renderer would turn into links (addresses, `@names`) are put into code spans, which is
  /// the one place where none does.
  ///
  /// - Parameter width: the most columns it may take, 1 or more; a longer text loses its middle to `…`.
  public static func markdown(_ text: String, width: Int? = nil) -> String {
    visible(text, width: width)
      .split(separator: " ", omittingEmptySubsequences: true)
      .enumerated()
      .map { position, word in
        guard linksByItself(word) else { return escapedWord(word, first: position == 0) }
        // A bar in code reads differently inside and outside a table, so it stays between the spans.
        return word.split(separator: "|", omittingEmptySubsequences: false)
          .map { $0.isEmpty ? "" : codeSpan(String($0), inTable: true) }
          .joined(separator: "\\|")
      }
      .joined(separator: " ")
  }

  /// The text in a Markdown code span, exactly as it is, whatever backticks it holds.
  ///
  /// - Parameters:
  ///   - inTable: whether it stands in a table, where a bar must be escaped even in code.
  ///   - width: the most columns it may take, 1 or more; a longer text loses its middle to `…`.
  public static func markdownCode(_ text: String, inTable: Bool = false, width: Int? = nil) -> String {
    let shown = visible(text, width: width)
    return shown.isEmpty ? "" : codeSpan(shown, inTable: inTable)
  }

  /// Lines in a fenced Markdown block whose fence is longer than any run of backticks in them.
  static func markdownBlock(_ lines: [String], language: String) -> String {
    let shown = lines.map { visible(untabbed($0)) }
    let fence = String(repeating: "`", count: max(3, (shown.map(longestRunOfBackticks).max() ?? 0) + 1))
    return ([fence + language] + shown + [fence]).joined(separator: "\n")
  }

  /// The line of a configuration with its tabs as four spaces, so that it can be copied.
  static func untabbed(_ line: String) -> String {
    replacing("\t", with: "    ", in: line)
  }

  private static func codeSpan(_ shown: String, inTable: Bool) -> String {
    // Renderers disagree on whether a bar after a backslash ends the cell; as escaped text it never does.
    if inTable, contains("\\|", in: shown) {
      return shown.split(separator: " ").map { escapedWord($0, first: true) }.joined(separator: " ")
    }
    let fence = String(repeating: "`", count: longestRunOfBackticks(shown) + 1)
    let edges = [shown.unicodeScalars.first, shown.unicodeScalars.last]
    let padding = edges.contains { $0 == "`" || $0 == " " } && shown.contains { $0 != " " } ? " " : ""
    let content = inTable ? replacing("|", with: "\\|", in: shown) : shown
    return fence + padding + content + padding + fence
  }

  private static func longestRunOfBackticks(_ text: String) -> Int {
    var longest = 0
    var run = 0
    for byte in text.utf8 {
      run = byte == UInt8(ascii: "`") ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }

  private static func linksByItself(_ word: Substring) -> Bool {
    let lower = word.lowercased()
    return ["://", "www.", "@", "mailto:", "xmpp:"].contains { contains($0, in: lower) }
  }

  private static func escapedWord(_ word: Substring, first: Bool) -> String {
    var result = ""
    for scalar in word.unicodeScalars {
      switch scalar {
      // A backslash and an entity both work for these; in HTML that a lax renderer lets through, only the entity does.
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\\", "`", "*", "_", "[", "]", "#", "!", "|", "~", "$":
        result += "\\"
        result.unicodeScalars.append(scalar)
      default:
        result.unicodeScalars.append(scalar)
      }
    }
    guard first, let start = word.unicodeScalars.first else { return result }
    if start == "-" || start == "+" || start == "=" { return "\\" + result }
    // "1." or "1)" at the start of a paragraph begins a list.
    if ("0"..."9").contains(start), word.count >= 2, let end = word.last, end == "." || end == ")" {
      result.insert("\\", at: result.index(before: result.endIndex))
    }
    return result
  }

  // MARK: Shell

  /// The argument as a shell reads it back unchanged, in one printable line.
  public static func shell(_ argument: String) -> String {
    guard visible(argument) == argument else {
      var quoted = "$'"
      for scalar in argument.unicodeScalars {
        switch scalar {
        case "'", "\\":
          quoted += "\\"
          quoted.unicodeScalars.append(scalar)
        case _ where spelledOut(scalar) == nil:
          quoted.unicodeScalars.append(scalar)
        default:
          // Bytes in octal take at most three digits, so no digit that follows can join them.
          for byte in String(scalar).utf8 {
            let digits = String(byte, radix: 8)
            quoted += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
          }
        }
      }
      return quoted + "'"
    }
    let plain =
      !argument.isEmpty
      && argument.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
          UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: "+"),
          UInt8(ascii: "@"), UInt8(ascii: "%"):
          true
        default:
          false
        }
      }
    return plain ? argument : "'" + replacing("'", with: "'\\''", in: argument) + "'"
  }

  // MARK: Searching

  // Compared scalar by scalar: a mark that follows must not hide a character by joining it.

  private static func contains(_ part: String, in text: String) -> Bool {
    replacing(part, with: "", in: text).unicodeScalars.count != text.unicodeScalars.count
  }

  private static func replacing(_ part: String, with other: String, in text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    let wanted = Array(part.unicodeScalars)
    var result = String.UnicodeScalarView()
    var position = 0
    while position < scalars.count {
      if position + wanted.count <= scalars.count, scalars[position..<position + wanted.count].elementsEqual(wanted) {
        result.append(contentsOf: other.unicodeScalars)
        position += wanted.count
      } else {
        result.append(scalars[position])
        position += 1
      }
    }
    return String(result)
  }
}
