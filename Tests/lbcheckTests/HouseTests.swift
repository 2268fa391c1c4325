import Foundation
import Testing

/// Holds the code against the sizes that a reader can follow.
@Suite struct HouseTests {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private struct File {
    let name: String
    let lines: [Substring]
  }

  private static func files(in folder: String = "Sources") throws -> [File] {
    let folder = package.appending(path: folder)
    let paths = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
    return try paths.filter { $0.hasSuffix(".swift") }.map { path in
      let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
      return File(name: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false).dropLast())
    }
  }

  /// The first lines of functions, each with the number of lines down to its closing brace.
  private static func functions(in lines: [Substring]) -> [(line: Int, length: Int)] {
    lines.indices.compactMap { first in
      let line = lines[first]
      let words = line.utf8.drop { $0 == UInt8(ascii: " ") }
      // Most lines begin with a word that no function begins with.
      guard firstLetters.contains(words.first ?? 0), isStart(line) else { return nil }
      let end = line.prefix { $0 == " " } + "}"
      return lines[first...].firstIndex { $0 == end }.map { (first + 1, $0 - first + 1) }
    }
  }

  private static let modifiers: Set<Substring> = [
    "public", "package", "private", "fileprivate", "internal", "static", "mutating", "consuming", "borrowing",
    "nonisolated", "final", "override",
  ]
  private static let firstLetters = Set(
    (modifiers + ["@", "func", "deinit", "init", "subscript"]).compactMap(\.utf8.first))

  private static func isStart(_ line: Substring) -> Bool {
    let words = line.split(separator: " ")
    guard words.last != "}", let word = words.first(where: { !$0.hasPrefix("@") && !modifiers.contains($0) }) else {
      return false
    }
    return ["func", "deinit"].contains(word)
      || ["init(", "init?(", "init<", "subscript(", "subscript<"].contains { word.hasPrefix($0) }
  }

  @Test("A function's length is counted from its first line to its closing brace")
  func counting() {
    let text = """
      extension A {
        public static func one(
          _ x: Int
        ) -> Int {
          if x > 0 { return 1 }
          return 2
        }

        func two() -> Int { 2 }

        @inlinable init?(x: Int) {
          self.x = x
        }
      }
      """
    let found = Self.functions(in: text.split(separator: "\n", omittingEmptySubsequences: false))
    #expect(found.map(\.line) == [2, 11] && found.map(\.length) == [6, 3])
  }

  @Test("No file has more than 400 lines, and nine of ten have fewer than 250")
  func fileLengths() throws {
    let files = try Self.files()
    try #require(files.count > 300)
    let tests = try Self.files(in: "Tests")
    let long = (files + tests).filter { $0.lines.count > 400 }.map { "\($0.name): \($0.lines.count)" }
    #expect(long.isEmpty, "\(long)")
    let short = files.count { $0.lines.count < 250 }
    #expect(short * 10 >= files.count * 9, "\(short) of \(files.count)")
  }

  @Test("No function has more than 60 lines")
  func functionLengths() throws {
    let long = try Self.files().flatMap { file in
      Self.functions(in: file.lines).filter { $0.length > 60 }.map { "\(file.name):\($0.line): \($0.length)" }
    }
    #expect(long.isEmpty, "\(long)")
  }

  @Test("No source imports all of Foundation, which loads the tables of every language into each run")
  func foundation() throws {
    let importing = try Self.files().filter { file in
      file.lines.contains { $0.hasSuffix("import Foundation") }
    }
    #expect(importing.map(\.name) == [])
  }
}
