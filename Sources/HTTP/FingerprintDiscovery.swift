/// Finds the header that identifies backends, from the heads of a short serial probe.
///
/// A well-known name wins if it is there on (nearly) every answer. A name that balancers give to backends goes first, however
/// few values it has, and one that identifies processes last: four workers of one server are not four backends. Of several
/// of one kind, the one with the most values. Otherwise any header may serve whose few values *come back* after others were
/// seen. So a clock or a counter, whose old values never
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

  /// Names that tutorials use to say who answered, lower case, most specific first, by what they name.
  static let wellKnown = [
    // The backend, as a balancer names it.
    [
      "x-backend", "x-upstream", "x-upstream-addr", "x-upstream-server", "x-upstream-name", "x-upstream-host",
      "x-backend-addr", "x-backend-server", "x-backend-name", "x-backend-host", "x-backend-id", "backend-id",
    ],
    // The server, as it names itself or as what it came through names it.
    [
      "x-served-by", "x-instance", "x-instance-id", "x-server", "x-server-name", "x-server-id", "x-node", "x-node-id",
      "x-pod", "x-pod-name", "x-container-id", "x-hostname", "x-host", "x-app-server", "x-app-instance",
    ],
    // A process of a server.
    ["x-worker", "x-worker-id", "x-process-id", "x-pid"],
  ]

  /// Parts of names that identify a server's processes, or their generations and versions.
  private static let processParts = [
    "pid", "process", "worker", "thread", "generation", "version", "release", "revision", "build",
  ]

  /// Fields that describe the content, the exchange or its limits, never the server.
  private static let excluded: Set<String> = [
    "accept-ranges", "age", "allow", "alt-svc", "cache-control", "connection", "content-disposition",
    "content-encoding", "content-language", "content-length", "content-location", "content-range",
    "content-security-policy", "content-type", "date", "etag", "expires", "grpc-accept-encoding", "grpc-encoding",
    "grpc-message", "grpc-status", "grpc-status-details-bin", "keep-alive", "last-modified", "link",
    "location", "pragma", "retry-after", "set-cookie", "strict-transport-security", "trailer", "transfer-encoding",
    "upgrade", "vary", "warning", "x-content-type-options", "x-frame-options",
  ]
  private static let excludedParts = [
    "cache", "time", "duration", "latency", "limit", "count", "request-id", "requestid", "trace", "correlation",
    "nonce", "date", "timing", "elapsed", "sampled",
  ]

  /// The most values that a fingerprint may take.
  public static let backendLimit = 256

  private let heads: [ResponseHead]

  public init(_ heads: [ResponseHead]) {
    self.heads = heads
  }

  public var result: Result {
    let candidates = candidates
    if let known = wellKnown(among: candidates) { return known }
    let telling = candidates.filter { candidate in
      !FingerprintDiscovery.excluded.contains(candidate.name)
        && !FingerprintDiscovery.excludedParts.contains { candidate.name.contains($0) }
        && comesBack(candidate)
    }
    let servers = telling.filter { candidate in
      !FingerprintDiscovery.processParts.contains { candidate.name.contains($0) }
    }
    return (mostTelling(servers) ?? mostTelling(telling))?.found ?? .none
  }

  /// A header that nearly every answer has.
  private struct Candidate {
    let header: String
    /// The header in lower case.
    let name: String
    /// Backends in the order of the answers, without those that name none.
    let values: [String]
    /// The different ones among them, in order of appearance.
    let backends: [String]

    /// Whether each answer named another backend, or the names count up, as those of so many different answers do.
    var isFresh: Bool { backends.count == values.count || isCounter }

    /// Whether the values are numbers that never go down and are three or more.
    private var isCounter: Bool {
      guard backends.count >= 3 else { return false }
      var last: UInt64 = 0
      return values.allSatisfy { value in
        guard value.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let number = UInt64(value), number >= last else {
          return false
        }
        last = number
        return true
      }
    }

    var found: Result { .found(header: header, backends: backends) }
  }

  private var candidates: [Candidate] {
    let answers = heads.map { head in
      Dictionary(head.fields.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
    }
    var seen: Set<String> = []
    var candidates: [Candidate] = []
    // An occasional answer without the header is the balancer's own, such as an error page. What nine in ten have,
    // one of the first tenth and one more has.
    for field in heads.prefix(heads.count / 10 + 1).flatMap(\.fields) {
      let name = field.name.lowercased()
      guard seen.insert(name).inserted else { continue }
      let values = answers.compactMap { $0[name].flatMap(FingerprintDiscovery.backend) }
      guard !values.isEmpty, values.count * 10 >= heads.count * 9 else { continue }
      var different: Set<String> = []
      let backends = values.filter { different.insert($0).inserted }
      candidates.append(Candidate(header: field.name, name: name, values: values, backends: backends))
    }
    return candidates
  }

  /// The one with the most values, the first among equals.
  private func mostTelling(_ candidates: [Candidate]) -> Candidate? {
    candidates.max { $0.backends.count < $1.backends.count }
  }

  private func wellKnown(among candidates: [Candidate]) -> Result? {
    for names in FingerprintDiscovery.wellKnown {
      let known = names.compactMap { name in candidates.first { $0.name == name } }
      if let result = result(among: known) { return result }
    }
    return nil
  }

  /// The result of headers that name the same kind of thing, most specific first; `nil` if none of them serves.
  private func result(among known: [Candidate]) -> Result? {
    let usable = known.filter { candidate in
      candidate.backends.count <= FingerprintDiscovery.backendLimit
        && (!candidate.isFresh || candidate.backends.count == 1)
    }
    if let best = mostTelling(usable), best.backends.count > 1 || known.count == usable.count { return best.found }
    if let fresh = known.first(where: \.isFresh), heads.count <= FingerprintDiscovery.backendLimit {
      return .needsMore(header: fresh.header)
    }
    return usable.first?.found
  }

  /// Whether there are at least two values, few for so many answers, of which two return after another one.
  private func comesBack(_ candidate: Candidate) -> Bool {
    let values = candidate.values
    let count = candidate.backends.count
    guard count >= 2, count <= FingerprintDiscovery.backendLimit, count * 3 <= values.count else { return false }
    var last: String?
    var seen: Set<String> = []
    var returned: Set<String> = []
    for value in values {
      if value != last, !seen.insert(value).inserted { returned.insert(value) }
      last = value
    }
    return returned.count >= 2
  }

  /// The backend that a value of a ``ResponseHead`` names, read as ``Fingerprint`` reads it.
  ///
  /// Such a value is in the form of ``Fingerprint/text(_:)`` already, so what stands for a byte in it is not replaced again.
  public static func backend(in value: String) -> String? { backend(in: value, listing: .automatic) }

  /// The same, where the user says what a list in it is.
  public static func backend(in value: String, listing list: BackendList) -> String? {
    var value = value
    return value.withUTF8 { bytes in
      Fingerprint.read(UnsafeRawBufferPointer(bytes), listing: list).backend.map { String(decoding: $0, as: UTF8.self) }
    }
  }
}
