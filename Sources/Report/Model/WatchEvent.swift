/// Something that visitors may have noticed, as `watch` read it off the answers; in files an object with the kind as `event`.
public struct WatchEvent: Sendable, Equatable {
  /// When it happened, in seconds from the watch's start: for the end of something when that ended.
  public var seconds: Double
  /// The same as RFC 3339 text in UTC.
  public var at: String
  public var kind: Kind

  public init(seconds: Double, at: String, _ kind: Kind) {
    self.seconds = seconds
    self.at = at
    self.kind = kind
  }

  /// What happened. Lengths of time are in seconds, latencies in milliseconds.
  public enum Kind: Sendable, Equatable {
    /// From here on no request that was due succeeded.
    case outageBegan
    /// A request succeeded again; how many had failed, and how.
    case outageOver(seconds: Double, failed: Int, kinds: [String: Int])
    /// Requests failed, though others between them succeeded.
    case failures(seconds: Double, failed: Int, kinds: [String: Int])
    /// A backend stopped answering, for longer than chance explains.
    case backendSilent(String)
    case backendBack(String, afterSeconds: Double)
    /// A backend that had never answered before.
    case newBackend(String)
    /// A backend answered with the name of another generation.
    case newGeneration(backend: String, generation: String)
    /// All earlier generations fell silent; of one backend, or of all where the name is a version.
    case versionChanged(backend: String?, from: [String], to: [String], bothAnsweredSeconds: Double)
    case backupServing(String)
    case backupSilent(String, afterSeconds: Double)
    /// Answers of status 200 and the like that named no backend, though others had.
    case nobodyAnswering
    case backendsAnswering(afterSeconds: Double)
    /// Requests were due, and for so long none was answered, though none failed either.
    case stalled(seconds: Double)
    /// Successful answers had another status than those that had been usual.
    case statusChanged(from: [Int], to: Int)
    case statusBack(afterSeconds: Double)
    /// The p99 of the last requests, and the usual one.
    case latencyUp(from: Double, to: Double)
    case latencyOver(afterSeconds: Double)
    /// The target's name resolved to other addresses.
    case addressesChanged(from: [String], to: [String])
    /// lbcheck itself was paused, so that it saw nothing.
    case generatorPaused(seconds: Double)
  }
}

extension WatchEvent: Codable {
  private enum Name: String, Codable {
    case outageBegan, outageOver, failures, backendSilent, backendBack, newBackend, newGeneration, versionChanged,
      backupServing, backupSilent, nobodyAnswering, backendsAnswering, stalled, statusChanged, statusBack,
      latencyUp, latencyOver, addressesChanged, generatorPaused
  }

  /// The event as files hold it.
  private struct Fields: Codable {
    var event: Name
    var seconds: Double
    var at: String
    var durationSeconds: Double?
    var failed: Int?
    var kinds: [String: Int]?
    var backend: String?
    var generation: String?
    var from: [String]?
    var to: [String]?
    var bothAnsweredSeconds: Double?
    var usualMilliseconds: Double?
    var milliseconds: Double?

    /// What an event has it cannot be without, so that a figure that is none is refused, not left out.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      func put(_ value: (some Encodable)?, _ key: CodingKeys) throws {
        if let value { try container.encode(value, forKey: key) }
      }
      try put(event, .event)
      try put(seconds, .seconds)
      try put(at, .at)
      try put(durationSeconds, .durationSeconds)
      try put(failed, .failed)
      try put(kinds, .kinds)
      try put(backend, .backend)
      try put(generation, .generation)
      try put(from, .from)
      try put(to, .to)
      try put(bothAnsweredSeconds, .bothAnsweredSeconds)
      try put(usualMilliseconds, .usualMilliseconds)
      try put(milliseconds, .milliseconds)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = Fields(event: name, seconds: seconds, at: at)
    switch kind {
    case .outageBegan, .nobodyAnswering: break
    case .outageOver(let seconds, let failed, let kinds), .failures(let seconds, let failed, let kinds):
      (fields.durationSeconds, fields.failed, fields.kinds) = (seconds, failed, kinds)
    case .backendSilent(let name), .newBackend(let name), .backupServing(let name): fields.backend = name
    case .backendBack(let name, let seconds), .backupSilent(let name, let seconds):
      (fields.backend, fields.durationSeconds) = (name, seconds)
    case .newGeneration(let backend, let generation): (fields.backend, fields.generation) = (backend, generation)
    case .versionChanged(let backend, let from, let to, let both):
      (fields.backend, fields.from, fields.to, fields.bothAnsweredSeconds) = (backend, from, to, both)
    case .statusChanged(let from, let to): (fields.from, fields.to) = (from.map(String.init), [String(to)])
    case .backendsAnswering(let seconds), .stalled(let seconds), .statusBack(let seconds), .latencyOver(let seconds),
      .generatorPaused(let seconds):
      fields.durationSeconds = seconds
    case .latencyUp(let from, let to): (fields.usualMilliseconds, fields.milliseconds) = (from, to)
    case .addressesChanged(let from, let to): (fields.from, fields.to) = (from, to)
    }
    try fields.encode(to: encoder)
  }

  private var name: Name {
    switch kind {
    case .outageBegan: .outageBegan
    case .outageOver: .outageOver
    case .failures: .failures
    case .backendSilent: .backendSilent
    case .backendBack: .backendBack
    case .newBackend: .newBackend
    case .newGeneration: .newGeneration
    case .versionChanged: .versionChanged
    case .backupServing: .backupServing
    case .backupSilent: .backupSilent
    case .nobodyAnswering: .nobodyAnswering
    case .backendsAnswering: .backendsAnswering
    case .stalled: .stalled
    case .statusChanged: .statusChanged
    case .statusBack: .statusBack
    case .latencyUp: .latencyUp
    case .latencyOver: .latencyOver
    case .addressesChanged: .addressesChanged
    case .generatorPaused: .generatorPaused
    }
  }

  /// - Throws: `DecodingError` that names the field that the kind of event needs.
  public init(from decoder: any Decoder) throws {
    let fields = try Fields(from: decoder)
    func need<Value>(_ value: Value?, _ field: String) throws -> Value {
      guard let value else {
        throw DecodingError.dataCorrupted(
          DecodingError.Context(
            codingPath: decoder.codingPath, debugDescription: "expected \(field) of the event \(fields.event.rawValue)")
        )
      }
      return value
    }
    func length() throws -> Double { try need(fields.durationSeconds, "durationSeconds") }
    func statuses(_ texts: [String], _ field: String) throws -> [Int] {
      try texts.map { try need(Int($0), "statuses in \(field)") }
    }
    func backend() throws -> String { try need(fields.backend, "backend") }
    kind =
      switch fields.event {
      case .outageBegan: .outageBegan
      case .outageOver:
        .outageOver(
          seconds: try length(), failed: try need(fields.failed, "failed"), kinds: try need(fields.kinds, "kinds"))
      case .failures:
        .failures(
          seconds: try length(), failed: try need(fields.failed, "failed"), kinds: try need(fields.kinds, "kinds"))
      case .backendSilent: .backendSilent(try backend())
      case .backendBack: .backendBack(try backend(), afterSeconds: try length())
      case .newBackend: .newBackend(try backend())
      case .newGeneration:
        .newGeneration(backend: try backend(), generation: try need(fields.generation, "generation"))
      case .versionChanged:
        .versionChanged(
          backend: fields.backend, from: try need(fields.from, "from"), to: try need(fields.to, "to"),
          bothAnsweredSeconds: try need(fields.bothAnsweredSeconds, "bothAnsweredSeconds"))
      case .backupServing: .backupServing(try backend())
      case .backupSilent: .backupSilent(try backend(), afterSeconds: try length())
      case .nobodyAnswering: .nobodyAnswering
      case .backendsAnswering: .backendsAnswering(afterSeconds: try length())
      case .stalled: .stalled(seconds: try length())
      case .statusChanged:
        .statusChanged(
          from: try statuses(need(fields.from, "from"), "from"),
          to: try need(statuses(need(fields.to, "to"), "to").first, "a status in to"))
      case .statusBack: .statusBack(afterSeconds: try length())
      case .latencyUp:
        .latencyUp(
          from: try need(fields.usualMilliseconds, "usualMilliseconds"),
          to: try need(fields.milliseconds, "milliseconds"))
      case .latencyOver: .latencyOver(afterSeconds: try length())
      case .addressesChanged:
        .addressesChanged(from: try need(fields.from, "from"), to: try need(fields.to, "to"))
      case .generatorPaused: .generatorPaused(seconds: try length())
      }
    seconds = fields.seconds
    at = fields.at
  }
}
