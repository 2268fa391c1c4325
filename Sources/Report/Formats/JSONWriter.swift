internal import FoundationEssentials

/// Writes a document as `report.json`: indented, keys sorted, slashes plain, a line feed at the end.
///
/// JSON has no word for NaN or infinity, so figures that are not finite never reach the file: an optional one is left
/// out; a latency summary or a chi-square test with a NaN in it is left out as a whole; any other NaN becomes 0, and
/// an infinity the largest finite number of its sign. Figures that are finite are written unchanged.
public struct JSONWriter: Sendable {
  /// A writer.
  public init() {}

  /// The document as JSON text.
  public func write(_ document: ReportDocument) -> String { text(document) }

  /// The part as JSON text.
  public func write(_ part: PartDocument) -> String { text(part) }

  private func text(_ document: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(FiniteFigures(value: document)), as: UTF8.self) + "\n"
    } catch {
      preconditionFailure("a document of finite figures and texts always has a JSON form: \(error)")
    }
  }
}

/// Says why a text is not a report that can be read.
public struct ReportFormatError: Error, Equatable, CustomStringConvertible {
  /// The reason, as one sentence without its full stop.
  public var description: String

  /// An error with its reason.
  public init(description: String) {
    self.description = description
  }
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

extension PartDocument {
  /// Reads a part from JSON bytes in UTF-8.
  ///
  /// - Throws: an error that names the schema found when it is not ``currentSchema``, or the field that is wrong.
  public init(json: [UInt8]) throws(ReportFormatError) {
    self = try SchemaReading(noun: "part", schemas: [Self.currentSchema]).read(json)
  }
}

/// Reads documents that name their format.
private struct SchemaReading {
  private struct Schema: Decodable { var schema: String? }

  let noun: String
  /// Oldest first.
  let schemas: [String]

  func read<Document: Decodable>(_ json: [UInt8]) throws(ReportFormatError) -> Document {
    let schema = schemas.joined(separator: " or ")
    let data = Data(json)
    let decoder = JSONDecoder()
    let found: String?
    do {
      found = try decoder.decode(Schema.self, from: data).schema
    } catch {
      throw ReportFormatError(description: "not a \(noun): \(Self.reason(error))")
    }
    guard let found else {
      throw ReportFormatError(description: "not a \(noun): it names no schema (expected \(schema))")
    }
    guard schemas.contains(found) else {
      let shown = Escaping.terminal(found, width: 60)
      throw ReportFormatError(description: "a \(noun) of another schema: \(shown) (expected \(schema))")
    }
    do {
      return try decoder.decode(Document.self, from: data)
    } catch {
      throw ReportFormatError(description: "a damaged \(noun): \(Self.reason(error))")
    }
  }

  private static func reason(_ error: any Error) -> String {
    func place(_ path: [any CodingKey]) -> String {
      let names = path.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }
      return names.isEmpty ? "the document" : Escaping.terminal(names.joined(separator: "."), width: 80)
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return "\(place(context.codingPath + [key])) is missing"
    case DecodingError.valueNotFound(_, let context):
      return "\(place(context.codingPath)) is null"
    case DecodingError.typeMismatch(_, let context):
      return "\(place(context.codingPath)) is of another type than expected"
    case DecodingError.dataCorrupted(let context):
      return context.codingPath.isEmpty ? "it is not valid JSON" : "\(place(context.codingPath)) has no valid value"
    default:
      return "it cannot be decoded"
    }
  }
}
