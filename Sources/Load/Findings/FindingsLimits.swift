package import Platform
internal import Statistics

/// Upper bounds for untrusted findings: beyond any possible run, and far from the ends of the numbers'
/// ranges, so that the sums over ``Shard/mostShards`` parts have room.
package enum FindingsLimits {
  /// Requests, connections and the like; ten million a second for a day are fewer.
  package static let count = 1_000_000_000_000
  /// Bytes on connections: 100 gigabits a second for a day are fewer.
  package static let bytes = 2_000_000_000_000_000
  /// Times of a run, in nanoseconds: 100 days.
  package static let time: Nanoseconds = 8_640_000_000_000_000
  /// Distinct names of backends: a header with more values does not name backends.
  package static let backends = 1024
  package static let generations = 32_768
  /// Lines of text for a report.
  package static let lines = 256
  /// Other lists.
  package static let list = 4096
  /// Bytes of a name; a response with a longer header is refused.
  package static let name = 65_536
}

extension KeyedDecodingContainer {
  /// A count.
  package func decodeCount(forKey key: Key, atMost most: Int = FindingsLimits.count) throws -> Int {
    let count = try decode(Int.self, forKey: key)
    try demand((0...most).contains(count), key)
    return count
  }

  /// A time of a run.
  package func decodeTime(forKey key: Key) throws -> Nanoseconds {
    let time = try decode(Nanoseconds.self, forKey: key)
    try demand(time <= FindingsLimits.time, key)
    return time
  }

  /// Things counted by kind, as ``KeyedEncodingContainer/encode(counts:forKey:as:)`` wrote them.
  ///
  /// - Parameter kind: the kind of a name; `nil` for a name of none.
  package func decodeCounts<Kind: Hashable>(
    forKey key: Key, atMost most: Int = FindingsLimits.list, as kind: (String) -> Kind?
  ) throws -> [Kind: Int] {
    let named = try decode([String: Int].self, forKey: key)
    try demand(named.count, atMost: most, key)
    var counts: [Kind: Int] = [:]
    for (name, count) in named {
      guard name.utf8.count <= FindingsLimits.name, let kind = kind(name), (0...FindingsLimits.count).contains(count)
      else {
        throw impossible(key, at: name)
      }
      counts[kind] = count
    }
    return counts
  }

  /// Lines of text for a report.
  package func decodeLines(forKey key: Key) throws -> [String] {
    let lines = try decode([String].self, forKey: key)
    try demand(lines, atMost: FindingsLimits.lines, ofBytes: FindingsLimits.name, key)
    return lines
  }

  /// An untrusted name.
  package func decodeName(forKey key: Key) throws -> String {
    let name = try decode(String.self, forKey: key)
    try demand(name.utf8.count, atMost: FindingsLimits.name, key)
    return name
  }

  package func decodeNameIfPresent(forKey key: Key) throws -> String? {
    try contains(key) && !decodeNil(forKey: key) ? decodeName(forKey: key) : nil
  }
}

extension KeyedEncodingContainer {
  /// Things counted by kind, each kind by its name.
  package mutating func encode<Kind: Hashable>(
    counts: [Kind: Int], forKey key: Key, as name: (Kind) -> String
  ) throws {
    try encode(Dictionary(uniqueKeysWithValues: counts.map { (name($0.key), $0.value) }), forKey: key)
  }
}
