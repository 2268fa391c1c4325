internal import Glibc

/// What a response's content must contain to be the expected page: a text, or a pattern between slashes.
///
///     let page = try BodyExpectation("Welcome to dumbflix")
///     let either = try BodyExpectation("/<title>[Dd]umbflix</")
///     page.matcher().isMet(by: content)
public struct BodyExpectation: Sendable, Equatable {
  /// How much of the content is searched for a text, from its beginning: 1 MiB.
  public static let limit = 1 << 20
  /// How much of it is searched for a pattern: with ``Pattern/mostSteps`` steps the longest search takes about a second.
  public static let patternLimit = 1 << 18
  /// The most steps of a pattern.
  public static var mostPatternSteps: Int { Pattern.mostSteps }

  /// As the user gave it.
  public let text: String

  /// - Throws: ``BodyExpectationError`` for an empty text or a pattern that is no regular expression.
  public init(_ text: String) throws(BodyExpectationError) {
    guard !text.isEmpty, text != "//" else { throw BodyExpectationError("a text or a /pattern/ that is not empty") }
    self.text = text
    if let pattern {
      _ = try Pattern(pattern)
    }
  }

  /// The pattern, without its slashes; `nil` for a plain text.
  private var pattern: String? {
    text.utf8.count > 2 && text.hasPrefix("/") && text.hasSuffix("/") ? String(text.dropFirst().dropLast()) : nil
  }

  /// What searches contents; each thread needs its own.
  public func matcher() -> BodyMatcher {
    if let pattern, let read = try? Pattern(pattern) { return BodyMatcher(.pattern(PatternSearch(read))) }
    return BodyMatcher(.text(Array(text.utf8)))
  }
}

/// Searches contents for what a ``BodyExpectation`` wants.
///
/// A class, so that its holders share one instance.
public final class BodyMatcher {
  enum Wanted {
    case text([UInt8])
    case pattern(PatternSearch)
  }

  private let wanted: Wanted

  init(_ wanted: Wanted) { self.wanted = wanted }

  /// Whether content has it: a text byte for byte, a pattern anywhere in the content read as UTF-8.
  public func isMet(by content: [UInt8]) -> Bool {
    switch wanted {
    case .text(let text):
      return content.withUnsafeBytes { content in
        text.withUnsafeBytes { BodyMatcher.holds(content, $0) }
      }
    case .pattern(var search):
      return search.isFound(in: String(decoding: content.prefix(BodyExpectation.patternLimit), as: UTF8.self))
    }
  }

  /// - Parameter text: not empty.
  private static func holds(_ content: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer) -> Bool {
    guard let base = content.baseAddress, content.count >= text.count else { return false }
    let end = content.count - text.count + 1
    var start = 0
    while start < end, let found = memchr(base + start, Int32(text[0]), end - start) {
      if memcmp(found, text.baseAddress!, text.count) == 0 { return true }
      start = UnsafeRawPointer(found) - base + 1
    }
    return false
  }
}

/// A text that is not a valid expectation, with what was expected in its place.
public struct BodyExpectationError: Error, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
