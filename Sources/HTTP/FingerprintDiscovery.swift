/// Finds the header that tells backends apart, from the heads of a short serial probe.
///
/// A well-known name wins if it is there on (nearly) every answer; of several, the one with the most values. Otherwise
/// any header may serve whose few values *come back* after others were seen. So a clock or a counter, whose old values never
/// return, and a request id, which is new every time, are never taken.
public struct FingerprintDiscovery: Sendable {
  public enum Result: Sendable, Equatable {
    /// A header serves; `backends` are the names it gave, in order of appearance.
    case found(header: String, backends: [String])
    /// A well-known header was new on every answer so far, as it is where there are more backends than answers.
    case needsMore(header: String)
    /// No header serves.
    case none
  }

  /// Names that servers and tutorials use to say who answered, lower case, most telling first.
  static let wellKnown = [
    "x-backend", "x-upstream", "x-upstream-addr", "x-backend-server", "x-backend-name", "x-backend-id", "backend-id",
    "x-served-by", "x-instance", "x-instance-id", "x-server", "x-server-name", "x-server-id", "x-node", "x-node-id",
    "x-pod", "x-pod-name", "x-container-id", "x-worker", "x-worker-id", "x-hostname", "x-host", "x-app-server",
    "x-app-instance", "x-process-id", "x-pid",
  ]

  /// Fields that describe the content, the exchange or its limits, never the server.
  private static let excluded: Set<String> = [
    "accept-ranges", "age", "allow", "alt-svc", "cache-control", "connection", "content-disposition",
    "content-encoding", "content-language", "content-length", "content-location", "content-range",
    "content-security-policy", "content-type", "date", "etag", "expires", "keep-alive", "last-modified", "link",
    "location", "pragma", "retry-after", "set-cookie", "strict-transport-security", "trailer", "transfer-encoding",
    "upgrade", "vary", "warning", "x-content-type-options", "x-frame-options",
  ]
  private static let excludedParts = [
    "cache", "time", "duration", "latency", "limit", "count", "request-id", "requestid", "trace", "correlation",
    "nonce", "date", "timing", "elapsed",
  ]

  /// The most values that a fingerprint may take.
  public static let backendLimit = 256

  private let heads: [ResponseHead]

  public init(_ heads: [ResponseHead]) {
    self.heads = heads
  }

  public var result: Result {
    guard !heads.isEmpty else { return .none }
    var candidates: [(header: String, names: [String?])] = []
    for field in heads.flatMap(\.fields) {
      let name = field.name.lowercased()
      if candidates.contains(where: { $0.header.lowercased() == name }) { continue }
      candidates.append((field.name, heads.map { $0.value(of: name).flatMap(FingerprintDiscovery.backend) }))
    }
    // An answer here and there without the header is the balancer's own, such as an error page.
    candidates.removeAll { $0.names.count { $0 != nil } * 10 < heads.count * 9 }

    if let known = wellKnown(among: candidates) { return known }
    let telling = candidates.filter { candidate in
      let name = candidate.header.lowercased()
      return !FingerprintDiscovery.excluded.contains(name)
        && !FingerprintDiscovery.excludedParts.contains { name.contains($0) }
        && comesBack(candidate.names)
    }
    guard let best = telling.max(by: { distinct($0.names).count < distinct($1.names).count }) else { return .none }
    return .found(header: best.header, backends: distinct(best.names))
  }

  private func wellKnown(among candidates: [(header: String, names: [String?])]) -> Result? {
    let known = FingerprintDiscovery.wellKnown.compactMap { name in
      candidates.first { $0.header.lowercased() == name }
    }
    let usable = known.filter { distinct($0.names).count <= FingerprintDiscovery.backendLimit && !isFresh($0.names) }
    // Of equals `max(by:)` keeps the first, so the list's order decides.
    if let best = usable.max(by: { distinct($0.names).count < distinct($1.names).count }),
      distinct(best.names).count > 1 || known.count == usable.count
    {
      return .found(header: best.header, backends: distinct(best.names))
    }
    if let fresh = known.first(where: { isFresh($0.names) }),
      heads.count <= FingerprintDiscovery.backendLimit
    {
      return .needsMore(header: fresh.header)
    }
    return usable.first.map { .found(header: $0.header, backends: distinct($0.names)) }
  }

  /// Whether a header was new on every answer that had it.
  private func isFresh(_ names: [String?]) -> Bool {
    let values = distinct(names).count
    return values > 1 && values == names.count { $0 != nil }
  }

  private func distinct(_ names: [String?]) -> [String] {
    var seen: Set<String> = []
    return names.compactMap { $0 }.filter { seen.insert($0).inserted }
  }

  /// Whether there are at least two values, few for so many answers, of which two return after another one.
  private func comesBack(_ names: [String?]) -> Bool {
    let values = names.compactMap { $0 }
    let count = distinct(names).count
    guard count >= 2, count * 3 <= values.count else { return false }
    var last: String?
    var seen: Set<String> = []
    var returned: Set<String> = []
    for value in values {
      if value != last, !seen.insert(value).inserted { returned.insert(value) }
      last = value
    }
    return returned.count >= 2
  }

  /// The backend that a value names, read as ``Fingerprint`` reads it.
  public static func backend(in value: String) -> String? {
    var value = value
    return value.withUTF8 { bytes in
      Fingerprint.read(UnsafeRawBufferPointer(bytes)).backend.map(Fingerprint.text)
    }
  }
}
