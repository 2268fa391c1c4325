/// A property of a request that may decide which backend answers it.
package enum AffinityKey: Hashable, Sendable {
  case clientAddress
  /// The path without its query.
  case path
  /// The whole query.
  case query
  case header(String)
  case cookie(String)
  /// One parameter of the query.
  case parameter(String)

  /// Its name in reports, such as `cookie route`.
  package var text: String {
    switch self {
    case .clientAddress: "client address"
    case .path: "path"
    case .query: "query"
    case .header(let name): "header \(name)"
    case .cookie(let name): "cookie \(name)"
    case .parameter(let name): "parameter \(name)"
    }
  }

  /// `nil` for a text that names no key.
  package init?(_ text: String) {
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    let name = words.count == 2 ? words[1] : ""
    let all: [AffinityKey] = [.clientAddress, .path, .query, .header(name), .cookie(name), .parameter(name)]
    guard let key = all.first(where: { $0.text == text }) else { return nil }
    self = key
  }
}

extension [AffinityKey] {
  /// Several keys together, such as `path and query`; `nil` for none.
  var text: String? { isEmpty ? nil : map(\.text).joined(separator: " and ") }
}

extension AffinityKey: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let key = AffinityKey(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected a key such as client address, path or cookie NAME")
    }
    self = key
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
