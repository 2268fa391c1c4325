/// What names a generation in a page: a pattern, of which the first group counts, or the whole match where it has none.
///
///     let build = try BodyGeneration(#"build-(\w+)"#)
///     build.reader().name(in: Array("<!-- build-7f3a -->".utf8))  // 7f3a
public struct BodyGeneration: Sendable, Equatable {
  /// How much of the content is looked at, from its beginning: 64 KiB.
  public static let limit = 1 << 16
  /// Lines that are longer are looked at up to here, in scalars.
  static let longestLine = 4_096

  /// As the user gave it.
  public let text: String

  /// - Throws: ``BodyExpectationError`` for a pattern that is empty or no regular expression.
  public init(_ text: String) throws(BodyExpectationError) {
    guard !text.isEmpty else { throw BodyExpectationError("a regular expression that is not empty") }
    self.text = text
    _ = try Pattern(text, tellsGroup: true)
  }

  /// What reads pages; each thread needs its own.
  public func reader() -> BodyGenerationReader? {
    (try? Pattern(text, tellsGroup: true)).map { BodyGenerationReader(PatternMatch($0)) }
  }
}

/// Reads generations off pages.
///
/// A class, so that its holders share one instance. The same page as before is not read again.
public final class BodyGenerationReader {
  private var match: PatternMatch
  private var line: [UInt32] = []
  private var last: [UInt8]?
  private var lastName: [UInt8]?

  init(_ match: PatternMatch) { self.match = match }

  /// The name in the first line that has one; `nil` where none has.
  public func name(in content: [UInt8]) -> [UInt8]? {
    if let last, last == content { return lastName }
    last = content
    lastName = nil
    for part in content.prefix(BodyGeneration.limit).split(whereSeparator: { $0 == lineFeed || $0 == carriageReturn }) {
      line.removeAll(keepingCapacity: true)
      for scalar in String(decoding: part, as: UTF8.self).unicodeScalars.prefix(BodyGeneration.longestLine) {
        line.append(scalar.value)
      }
      guard let found = match.first(in: line), !found.isEmpty else { continue }
      var text = String.UnicodeScalarView()
      for value in line[found] { text.append(Unicode.Scalar(value) ?? "?") }
      lastName = Array(String(text).utf8)
      return lastName
    }
    return nil
  }
}
