internal import HTTP

/// One generation of a backend, as its generation header names it.
public struct Generation: Sendable, Hashable, Codable {
  /// How many a worker distinguishes; answers of further ones are only counted.
  public static let limit = 512

  /// Index into ``Measurements/backends``.
  public let backend: Int
  public let name: String

  public init(backend: Int, name: String) {
    self.backend = backend
    self.name = name
  }
}

/// Numbers the generations that one worker sees; the same name of two backends is two generations.
struct GenerationTable: ~Copyable {
  private var table = BackendTable(limit: Generation.limit)
  private var backends: [Int] = []
  /// A backend's number and a generation's name, as the table's key.
  private let key = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 + Fingerprint.nameLimit, alignment: 2)

  deinit { key.deallocate() }

  /// The number of a generation; `nil` if it would be one too many, or has no name.
  mutating func index(of name: UnsafeRawBufferPointer, backend: Int) -> Int? {
    let length = min(name.count, Fingerprint.nameLimit)
    guard length > 0 else { return nil }
    key.storeBytes(of: UInt16(backend), as: UInt16.self)
    UnsafeMutableRawBufferPointer(rebasing: key[2...]).copyMemory(
      from: UnsafeRawBufferPointer(rebasing: name[..<length]))
    let index = table.index(of: UnsafeRawBufferPointer(rebasing: key[..<(2 + length)]))
    if index == backends.count { backends.append(backend) }
    return index
  }

  var count: Int { backends.count }

  func name(at index: Int) -> String { table.names[index].dropFirst(2).withUnsafeBytes(Fingerprint.text) }

  var all: [Generation] {
    backends.indices.map { Generation(backend: backends[$0], name: name(at: $0)) }
  }
}
