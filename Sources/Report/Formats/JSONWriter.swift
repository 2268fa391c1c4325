internal import FoundationEssentials

/// Writes a document as `report.json`: indented, keys sorted, slashes plain, a line feed at the end.
///
/// JSON cannot represent NaN or infinity: no number that is not finite reaches the file, whatever section it is in
/// (``FiniteFigures``). Figures that are finite are written unchanged. A document that lacks a figure that it cannot be without
/// is refused: another number in its place would be a wrong figure.
public struct JSONWriter: Sendable {
  /// A writer.
  public init() {}

  /// The document as JSON text.
  ///
  /// - Throws: an error that names the first figure that is not a number.
  public func write(_ document: some Encodable) throws(MissingFigure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(FiniteFigures(value: document)), as: UTF8.self) + "\n"
    } catch EncodingError.invalidValue(_, let context) {
      throw MissingFigure(path: context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue })
    } catch {
      preconditionFailure("a document of finite figures and texts always has a JSON form: \(error)")
    }
  }
}

/// A figure that a document cannot be without, and that is not a number.
public struct MissingFigure: Error, Equatable, CustomStringConvertible {
  /// The keys that lead to it, from the top; those of a list are numbers from 0.
  public let path: [String]

  public init(path: [String]) { self.path = path }

  public var description: String { "\(path.joined(separator: ".")) is not a number (expected a figure)" }
}

/// Why a text is not a readable report.
public struct ReportFormatError: Error, Equatable, CustomStringConvertible {
  /// The reason, as one sentence without its full stop.
  public var reason: String
  /// What was expected in its place; `nil` where the reason says it.
  public var expected: String?

  public init(_ reason: String, expected: String? = nil) {
    self.reason = reason
    self.expected = expected
  }

  public var description: String { reason + (expected.map { " (expected \($0))" } ?? "") }
}

extension ReportDocument {
  /// Reads a document from JSON text.
  ///
  /// - Throws: an error that names the schema found when it is none of ``readableSchemas``, or the field that is wrong.
  public init(json: String) throws(ReportFormatError) {
    try self.init(json: Array(json.utf8))
  }

  /// Reads a document from JSON bytes in UTF-8.
  ///
  /// - Throws: an error that names the schema found when it is none of ``readableSchemas``, or the field that is wrong.
  public init(json: [UInt8]) throws(ReportFormatError) {
    self = try SchemaReading(noun: "report", schemas: Self.readableSchemas).read(json)
  }
}
