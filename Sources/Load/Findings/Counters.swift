internal import Statistics

/// What is counted of a run one by one: of one worker, of all workers, of all machines.
///
/// To add a counter, add it here, twice: as a property and to ``Counters/all``. Then it is added up, written into part files and
/// read from them.
public struct Counters: Sendable, Equatable {
  public var succeeded = 0
  /// Requests that were due, or asked for, but not sent when the run ended.
  public var unsent = 0
  /// Requests sent whose answer was not waited for, since the run was stopped.
  public var abandoned = 0
  /// How often a request was sent again, after its connection had been closed or its stream refused; it counts once above.
  public var retried = 0
  /// Answers that the balancer got only after trying another backend.
  public var upstreamRetried = 0
  /// Successful answers without the name of a backend, although a header was looked for.
  public var unattributed = 0
  /// Answers of generations beyond the ``Generation/limit`` that each worker distinguishes.
  public var untrackedGenerations = 0
  public var connectionsOpened = 0
  /// Connections with successful answers of more than one backend.
  public var mixedConnections = 0
  /// Requests that were due, in open loop, while all connections were busy; their latency holds the wait.
  public var waitedForConnection = 0
  /// Failures of requests that were under way while the generator was paused, or were sent in the burst after it.
  public var failedAcrossPauses = 0
  /// How often a connection was not open within its timeout although the server had done its part: the generator was busy.
  public var postponed = 0
  /// Successful answers that the kernel gave no usable time for, although its clock was read: they end when they were read.
  public var unstamped = 0
  /// Bytes of requests sent over connections, heads included; what TLS adds is not.
  public var bytesSent = 0
  /// Bytes of answers received over connections, heads included; what TLS adds is not.
  public var bytesReceived = 0

  /// Connections over which HTTP/2 was spoken.
  public var connectionsOfHTTP2 = 0
  /// Connections over which HTTP/1.1 was spoken, where HTTP/2 was offered.
  public var connectionsOfHTTP1 = 0
  /// Requests sent on streams of HTTP/2, those sent again included.
  public var streams = 0
  /// How often a server ended a connection by GOAWAY.
  public var goAways = 0
  /// Streams that a server refused before any part of an answer, by RST_STREAM or GOAWAY; most are sent again, and then among those
  /// retried.
  public var refusedStreams = 0
  /// Streams that had to wait on their connection before they could be sent: the server took no further one, or the socket no more.
  public var waitedForStream = 0

  public init() {}

  struct Field: Sendable {
    let name: String
    let path: any WritableKeyPath<Counters, Int> & Sendable
    /// Upper bound for parts.
    var most = FindingsLimits.count
  }

  /// All of them, by the names that they have in part files.
  static let all = [
    Field(name: "succeeded", path: \.succeeded), Field(name: "unsent", path: \.unsent),
    Field(name: "abandoned", path: \.abandoned), Field(name: "retried", path: \.retried),
    Field(name: "upstreamRetried", path: \.upstreamRetried), Field(name: "unattributed", path: \.unattributed),
    Field(name: "untrackedGenerations", path: \.untrackedGenerations),
    Field(name: "connectionsOpened", path: \.connectionsOpened),
    Field(name: "mixedConnections", path: \.mixedConnections),
    Field(name: "waitedForConnection", path: \.waitedForConnection),
    Field(name: "failedAcrossPauses", path: \.failedAcrossPauses), Field(name: "postponed", path: \.postponed),
    Field(name: "unstamped", path: \.unstamped),
    Field(name: "bytesSent", path: \.bytesSent, most: FindingsLimits.bytes),
    Field(name: "bytesReceived", path: \.bytesReceived, most: FindingsLimits.bytes),
    Field(name: "connectionsOfHTTP2", path: \.connectionsOfHTTP2),
    Field(name: "connectionsOfHTTP1", path: \.connectionsOfHTTP1),
    Field(name: "streams", path: \.streams), Field(name: "goAways", path: \.goAways),
    Field(name: "refusedStreams", path: \.refusedStreams), Field(name: "waitedForStream", path: \.waitedForStream),
  ]

  public static func += (sum: inout Counters, other: Counters) {
    for field in all { sum[keyPath: field.path] = sum[keyPath: field.path].addingSaturated(other[keyPath: field.path]) }
  }
}

extension Counters: Codable {
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: MemberName.self)
    for field in Self.all { try fields.encode(self[keyPath: field.path], forKey: MemberName(field.name)) }
  }

  public init(from decoder: any Decoder) throws {
    self.init()
    let fields = try decoder.container(keyedBy: MemberName.self)
    for field in Self.all {
      self[keyPath: field.path] = try fields.decodeCount(forKey: MemberName(field.name), atMost: field.most)
    }
  }
}
