import Deployment
import Foundation
import Report
import Testing

@testable import lbcheck

/// Holds the README and the guide against the program: pages, options, links, names of assertions.
@Suite struct DocumentationTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let guide = root.appending(path: "Sources/lbcheck/Documentation.docc")

  private struct Page {
    let file: URL
    let text: String

    var name: String { file.lastPathComponent }

    init(_ file: URL) throws {
      self.file = file
      text = try String(contentsOf: file, encoding: .utf8)
    }

    /// The lines of its code blocks, and all others.
    var lines: (code: [String], prose: [String]) {
      var (code, prose, isCode) = ([String](), [String](), false)
      for line in text.components(separatedBy: "\n") {
        if line.hasPrefix("```") {
          isCode.toggle()
        } else if isCode {
          code.append(line)
        } else {
          prose.append(line)
        }
      }
      return (code, prose)
    }

    /// What stands in backticks in its prose.
    var spans: [String] {
      lines.prose.flatMap { $0.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element) }
    }

    /// The names in the first column of its tables of assertions.
    var explainedAssertions: [String] {
      var (names, isTable) = ([String](), false)
      for line in lines.prose {
        isTable = line.hasPrefix("| Assertion |") || isTable && line.hasPrefix("|")
        guard isTable, line.hasPrefix("| `") else { continue }
        let cell = line.components(separatedBy: " | ")[0]
        names += cell.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
      }
      return names
    }

    /// Where its headings can be linked to, as forges derive it from their text.
    var anchors: Set<String> {
      Set(
        lines.prose.filter { $0.hasPrefix("#") }.map { line in
          String(
            line.drop { $0 == "#" }.drop { $0 == " " }.lowercased().compactMap { character -> Character? in
              character == " "
                ? "-" : character.isLetter || character.isNumber || "-_".contains(character) ? character : nil
            })
        })
    }

    /// The targets of its links and pictures.
    var links: [String] {
      lines.prose.joined(separator: "\n").components(separatedBy: "](").dropFirst().compactMap { rest in
        rest.firstIndex(of: ")").map { String(rest[..<$0]) }
      }
    }
  }

  private static func pages() throws -> [Page] {
    let files = try FileManager.default.contentsOfDirectory(at: guide, includingPropertiesForKeys: nil)
    return try ([root.appending(path: "README.md")] + files.filter { $0.pathExtension == "md" }).map(Page.init)
  }

  private static func page(_ name: String) throws -> Page { try Page(guide.appending(path: name)) }

  @Test("The README has at most a thousand words outside its code blocks")
  func brevity() throws {
    let readme = try Page(Self.root.appending(path: "README.md"))
    let words = readme.lines.prose.joined(separator: " ").split(whereSeparator: \.isWhitespace).count
    #expect(words <= 1_000, "\(words) words")
    #expect(words > 300)
  }

  @Test("Every command has a row in the guide, and a page that explains it", arguments: Program.commands.map(\.name))
  func commands(_ name: String) throws {
    let row = try #require(
      try Self.page("lbcheck.md").lines.prose.first { $0.hasPrefix("| `lbcheck \(name)` |") }, "no row for \(name)")
    let link = try #require(row.components(separatedBy: "](").dropFirst().first?.components(separatedBy: ")").first)
    #expect(try Self.page(link).text.contains("lbcheck \(name)"), "\(link) does not name \(name)")
  }

  /// The names of options in a text, without what follows them.
  private static func options(in text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).filter { $0.hasPrefix("--") && $0.count > 2 }.map { word in
      String(word.prefix { $0 == "-" || $0.isLetter || $0.isNumber })
    }
  }

  @Test("Every option in backticks is one of the program's")
  func options() throws {
    let known = Set(Program.commands.flatMap(\.options).flatMap(\.names) + ["--version"])
    var count = 0
    for page in try Self.pages() {
      for span in page.spans where span.hasPrefix("--") || span.hasPrefix("lbcheck ") {
        for name in Self.options(in: span) where name != "--no-" {
          count += 1
          #expect(known.contains(name), "\(page.name): \(name)")
        }
      }
    }
    #expect(count > 100)
  }

  @Test("Every command line in a code block can be read")
  func commandLines() throws {
    var count = 0
    for page in try Self.pages() {
      let lines = page.lines.code.joined(separator: "\n").replacing("\\\n", with: " ").components(separatedBy: "\n")
      for line in lines {
        let words = Self.words(line)
        guard words.first == "lbcheck", words.count > 1 else { continue }
        let command = try #require(Program.commands.first { $0.name == words[1] }, "\(page.name): \(line)")
        count += 1
        #expect(throws: Never.self, "\(page.name): \(line)") {
          try ArgumentParser(command: command).parse(Array(words.dropFirst(2)))
        }
      }
    }
    #expect(count > 40)
  }

  /// The words of a command line up to a comment, a pipe or an ampersand, with single quotes taken off.
  private static func words(_ line: String) -> [String] {
    let line = line.hasPrefix("$ ") ? String(line.dropFirst(2)) : line.trimmingCharacters(in: .whitespaces)
    var words: [String] = []
    var (word, isQuoted, isWord) = ("", false, false)
    for character in line.replacing("$i/4", with: "1/4") + " " {
      if character == "'" {
        isQuoted.toggle()
        isWord = true
      } else if character == " ", !isQuoted {
        if isWord { words.append(word) }
        (word, isWord) = ("", false)
      } else {
        word.append(character)
        isWord = true
      }
    }
    return Array(words.prefix { !$0.hasPrefix("#") && $0 != "|" && $0 != "&" })
  }

  @Test("Every relative link leads to a file, and to a heading where it names one")
  func links() throws {
    var count = 0
    for page in try Self.pages() + [Page(Self.root.appending(path: "Profiles/cluster/README.md"))] {
      for link in page.links where !link.contains("://") {
        count += 1
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let file =
          parts[0].isEmpty
          ? page.file : page.file.deletingLastPathComponent().appending(path: parts[0]).standardizedFileURL
        #expect(FileManager.default.fileExists(atPath: file.path), "\(page.name): \(link)")
        guard parts.count > 1 else { continue }
        #expect(try Page(file).anchors.contains(parts[1]), "\(page.name): \(link)")
      }
    }
    #expect(count > 80)
  }

  @Test("Every manager by name has a row that says what its guide says", arguments: ManagerKind.allCases)
  func managers(kind: ManagerKind) throws {
    let rows = try Self.page("ReloadTest.md").lines.prose.filter { $0.hasPrefix("| `\(kind.rawValue)") }
    let row = try #require(rows.first { $0.dropFirst(3 + kind.rawValue.count).first.map("[:".contains) ?? false })
    let guide = kind.guide
    for text in [guide.reload, guide.restart ?? "–", guide.claim, guide.source, guide.pitfall] {
      #expect(row.contains(text), "\(text)")
    }
  }

  @Test("Every assertion that checks make has a row in a table of the guide", arguments: AssertionKind.allCases)
  func assertions(kind: AssertionKind) throws {
    #expect(try Self.pages().contains { $0.explainedAssertions.contains(kind.name) })
  }
}
