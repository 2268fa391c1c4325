import Foundation
import Report
import Support
import Testing

/// Puts numbers that are not finite into every field of whole reports, as a fault in a check could, and writes them.
@Suite struct FiniteFiguresTests {
  /// Where a number stands: keys and places in lists.
  private typealias Path = [Step]

  private enum Step: Hashable {
    case key(String)
    case index(Int)
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Reports of every kind of check, a gate with its inner reports among them.
  private nonisolated(unsafe) static let samples: [(name: String, tree: Any)] = {
    let folders = ["Tests/ChecksTests/Golden", "Tests/ReportTests/Golden"].map { root.appending(path: $0) }
    return folders.flatMap { folder in
      let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
      return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.compactMap { file in
        (try? JSONSerialization.jsonObject(with: Data(contentsOf: file))).map { (file.lastPathComponent, $0) }
      }
    }
  }()

  private static func numbers(in value: Any, at path: Path = []) -> [Path] {
    switch value {
    case let fields as [String: Any]:
      return fields.sorted { $0.key < $1.key }.flatMap { numbers(in: $0.value, at: path + [.key($0.key)]) }
    case let items as [Any]:
      return items.enumerated().flatMap { numbers(in: $0.element, at: path + [.index($0.offset)]) }
    case is NSNumber: return [path]
    default: return []
    }
  }

  private static func keys(_ path: Path) -> [String] {
    path.map { step in
      switch step {
      case .key(let key): key
      case .index(let index): "\(index)"
      }
    }
  }

  private static func value(at path: Path, in tree: Any?) -> Any? {
    path.reduce(tree) { value, step in
      switch step {
      case .key(let key): (value as? [String: Any])?[key]
      case .index(let index): (value as? [Any]).flatMap { $0.indices.contains(index) ? $0[index] : nil }
      }
    }
  }

  private static func replacing(_ path: ArraySlice<Step>, in value: Any, with new: Any) -> Any {
    guard let step = path.first else { return new }
    switch step {
    case .key(let key):
      guard var fields = value as? [String: Any], let inner = fields[key] else { return value }
      fields[key] = replacing(path.dropFirst(), in: inner, with: new)
      return fields
    case .index(let index):
      guard var items = value as? [Any], items.indices.contains(index) else { return value }
      items[index] = replacing(path.dropFirst(), in: items[index], with: new)
      return items
    }
  }

  /// The document with some of its numbers replaced; `nil` if one of them is a count, which is always finite.
  private static func document(_ tree: Any, _ changes: [(Path, String)]) -> ReportDocument? {
    let changed = changes.reduce(tree) { replacing($1.0[...], in: $0, with: $1.1) }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "∞", negativeInfinity: "−∞", nan: "NaN")
    guard let data = try? JSONSerialization.data(withJSONObject: changed) else { return nil }
    return try? decoder.decode(ReportDocument.self, from: data)
  }

  /// What differs from the tree before, by path; a value that is left out differs as a whole.
  private static func differences(_ one: Any?, _ other: Any?, at path: Path = []) -> [Path] {
    switch (one, other) {
    case (let one as [String: Any], let other as [String: Any]):
      return Set(one.keys).union(other.keys).flatMap { differences(one[$0], other[$0], at: path + [.key($0)]) }
    case (let one as [Any], let other as [Any]) where one.count == other.count:
      return one.indices.flatMap { differences(one[$0], other[$0], at: path + [.index($0)]) }
    case (let one as NSObject, let other as NSObject): return one == other ? [] : [path]
    default: return one == nil && other == nil ? [] : [path]
    }
  }

  @Test(
    "A number that is not finite is left out, finite or, where it is needed and NaN, refused by name, in every field")
  func everyField() throws {
    var tried: Set<String> = []
    var shapes: Set<Path> = []
    var refused = 0
    for (name, tree) in Self.samples {
      let before = try JSONSerialization.jsonObject(
        with: Data(try JSONWriter().write(#require(Self.document(tree, []), "\(name)")).utf8))
      for path in Self.numbers(in: tree) {
        // One item of a list stands for all.
        guard shapes.insert(path.map { if case .index = $0 { .index(0) } else { $0 } }).inserted else { continue }
        // What is done to an infinity depends on the number alone: one of each name is enough.
        let isNew = path.last.map { !tried.contains("\($0)") } ?? true
        for word in isNew ? ["NaN", "∞", "−∞"] : ["NaN"] {
          guard let document = Self.document(tree, [(path, word)]) else { break }
          if let last = path.last { tried.insert("\(last)") }
          let json: String
          do throws(MissingFigure) {
            json = try JSONWriter().write(document)
          } catch {
            refused += 1
            #expect(word == "NaN" && error.path == Self.keys(path), "\(name), \(path) is \(word): \(error)")
            continue
          }
          _ = try ReportDocument(json: json)
          let after = try JSONSerialization.jsonObject(with: Data(json.utf8))
          let changed = Self.differences(before, after)
          #expect(changed.count <= 1, "\(name), \(path) is \(word): \(changed)")
          #expect(
            changed.allSatisfy { path.starts(with: $0) && $0.count >= path.count - 1 }, "\(name), \(path): \(changed)")
          // An infinity stays as near as JSON can say it. A NaN leaves nothing in its place.
          if word == "NaN" {
            #expect(Self.value(at: path, in: after) == nil, "\(name), \(path): a figure stands for NaN")
          }
        }
      }
    }
    #expect(shapes.contains { $0.starts(with: [.key("gate"), .key("checks")]) })
    #expect(refused > 20, "\(refused)")
    #expect(shapes.count > 150 && tried.count > 30, "\(shapes.count) fields, \(tried.count) of them no counts")
  }

  @Test("Seeds: whatever figures of a report are not finite, every writer has a form for it")
  func seeds() throws {
    let failures = FuzzSeeds(40, of: "FiniteFiguresTests").failures(longest: 5) { random in
      let (name, tree) = Self.samples[Int.random(in: Self.samples.indices, using: &random)]
      let paths = Self.numbers(in: tree)
      var document: ReportDocument?
      var changes: [(Path, String)] = []
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let change = (paths.randomElement(using: &random)!, ["NaN", "∞", "−∞"].randomElement(using: &random)!)
        guard let changed = Self.document(tree, changes + [change]) else { continue }
        changes.append(change)
        document = changed
      }
      guard let document else { return nil }
      _ = (MarkdownWriter().write(document), TextWriter().write(document), HTMLWriter().write(document))
      _ = (PrometheusWriter().write(document, secondsSince1970: 0), JUnitWriter().write(document))
      let json: String
      do throws(MissingFigure) {
        json = try JSONWriter().write(document)
      } catch {
        let isNaN = changes.contains { Self.keys($0.0) == error.path && $0.1 == "NaN" }
        return isNaN ? nil : "\(name) with \(changes) is refused for \(error)"
      }
      let isRead = try JSONWriter().write(ReportDocument(json: json)) == json
      return isRead ? nil : "\(name) with \(changes) reads otherwise"
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }
}
