/// A value that files hold as its name.
public protocol CodableByName: Codable {
  /// - Returns: `nil` for a name that none has.
  init?(name: String)
  var name: String { get }
  /// What a file should hold there, such as "a stage such as load".
  static var expectation: String { get }
}

extension CodableByName {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let value = Self(name: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected \(Self.expectation)")
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
