internal import FoundationEssentials
internal import Statistics

/// Reads documents that name their format.
public struct SchemaReading {
  private struct Schema: Decodable { var schema: String? }

  /// What a document is called in errors.
  private let noun: String
  private let schemas: [String]

  /// - Parameter schemas: those that are read, oldest first.
  public init(noun: String, schemas: [String]) {
    self.noun = noun
    self.schemas = schemas
  }

  /// Reads a document from JSON bytes in UTF-8.
  ///
  /// - Parameter userInfo: what the document's decoding looks up there.
  /// - Throws: an error that names the schema found when it is none of those, or the field that is wrong.
  public func read<Document: Decodable>(
    _ json: [UInt8], _ userInfo: [CodingUserInfoKey: any Sendable] = [:]
  ) throws(ReportFormatError) -> Document {
    let schema = schemas.joined(separator: " or ")
    let data = Data(json)
    let decoder = JSONDecoder()
    decoder.userInfo = userInfo
    let found: String?
    do {
      found = try decoder.decode(Schema.self, from: data).schema
    } catch {
      throw ReportFormatError("not a \(noun): \(Self.reason(error))", expected: schema)
    }
    guard let found else {
      throw ReportFormatError("not a \(noun): it names no schema", expected: schema)
    }
    guard schemas.contains(found) else {
      let shown = Escaping.terminal(found, width: 60)
      throw ReportFormatError("a \(noun) of another schema: \(shown)", expected: schema)
    }
    do {
      return try decoder.decode(Document.self, from: data)
    } catch DecodingError.keyNotFound(let key, let context) {
      let reason = Self.reason(DecodingError.keyNotFound(key, context))
      throw ReportFormatError("a \(noun) made by another version of lbcheck, or damaged: \(reason)")
    } catch {
      throw ReportFormatError("a damaged \(noun): \(Self.reason(error))")
    }
  }

  private static func reason(_ error: any Error) -> String {
    func place(_ path: [any CodingKey]) -> String {
      let name = path.reduce(into: "") { name, key in
        name += key.intValue.map { "[\($0)]" } ?? (name.isEmpty ? "" : ".") + key.stringValue
      }
      return name.isEmpty ? "the document" : Escaping.terminal(name, width: 80)
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return "\(place(context.codingPath + [key])) is missing"
    case DecodingError.valueNotFound(_, let context):
      return "\(place(context.codingPath)) is null"
    case DecodingError.typeMismatch(_, let context):
      return "\(place(context.codingPath)) is of another type"
    case DecodingError.dataCorrupted(let context):
      if let reason = (context.underlyingError as? ImpossibleValue)?.reason {
        return "\(place(context.codingPath)) \(Escaping.terminal(reason, width: 200))"
      }
      return context.codingPath.isEmpty ? "it is not valid JSON" : "\(place(context.codingPath)) has no valid value"
    default:
      return "it cannot be decoded"
    }
  }
}
