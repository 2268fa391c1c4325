internal import Report

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
  package var name: String {
    switch self {
    case .clientAddress: "client address"
    case .path: "path"
    case .query: "query"
    case .header(let name): "header \(name)"
    case .cookie(let name): "cookie \(name)"
    case .parameter(let name): "parameter \(name)"
    }
  }

  /// `nil` for a name that no key has.
  package init?(name: String) {
    let words = name.split(separator: " ", maxSplits: 1).map(String.init)
    let subject = words.count == 2 ? words[1] : ""
    let all: [AffinityKey] = [.clientAddress, .path, .query, .header(subject), .cookie(subject), .parameter(subject)]
    guard let key = all.first(where: { $0.name == name }) else { return nil }
    self = key
  }
}

extension [AffinityKey] {
  /// Several keys together, such as `path and query`; `nil` for none.
  var text: String? { isEmpty ? nil : map(\.name).joined(separator: " and ") }
}

extension AffinityKey: CodableByName {
  package static var expectation: String { "a key such as client address, path or cookie NAME" }
}
