/// The different requests of a run.
public struct RequestKindsSection: Codable, Sendable, Equatable {
  /// One of them.
  public struct Kind: Codable, Sendable, Equatable {
    public var method: String
    /// Path and query.
    public var path: String
    /// How often it went over a connection; one that was sent again counts twice.
    public var sent: Int

    public init(method: String, path: String, sent: Int) { (self.method, self.path, self.sent) = (method, path, sent) }
  }

  /// Beyond so many kinds they are counted, but not listed.
  public static let mostListed = 20

  /// How many there are, 1 or more.
  public var count: Int
  /// The list that they are from, in whose order they were sent; absent where they were drawn by chance and weight.
  public var list: String?
  /// Absent where there are more than ``mostListed``.
  public var kinds: [Kind]?

  /// - Parameter kinds: all of them.
  public init(_ kinds: [Kind], from list: String?) {
    count = kinds.count
    self.list = list
    self.kinds = kinds.count <= Self.mostListed ? kinds : nil
  }

  var withoutSecrets: RequestKindsSection {
    var section = self
    section.list = Secrets.text(list, .hashed)
    section.kinds = kinds?.map { Kind(method: $0.method, path: Secrets.text($0.path, .hashed), sent: $0.sent) }
    return section
  }
}
