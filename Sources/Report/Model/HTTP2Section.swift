/// The traffic that went over HTTP/2 (RFC 9113).
public struct HTTP2Section: Codable, Sendable, Equatable {
  /// Connections that spoke it.
  public var connections: Int
  /// Connections to which it was offered and that spoke HTTP/1.1; left out where there was none.
  public var connectionsOfHTTP1: Int?
  /// Requests sent, each on a stream of its own, those sent again included.
  public var streams: Int
  /// How often the server ended a connection by GOAWAY, as balancers do when they reload.
  public var goAways: Int
  /// Streams that the server refused before any part of an answer; those sent again are among the retried requests.
  public var refusedStreams: Int
  /// Requests that failed by RST_STREAM, or by GOAWAY with an error, by the error's name ("INTERNAL_ERROR").
  public var resets: [String: Int]
  /// How much a server may send unasked, in bytes.
  public var windows: Windows

  /// The flow-control windows (RFC 9113 5.2) that were granted.
  public struct Windows: Codable, Sendable, Equatable {
    public var stream: Int
    public var connection: Int

    public init(stream: Int, connection: Int) {
      self.stream = stream
      self.connection = connection
    }
  }

  public init(
    connections: Int, connectionsOfHTTP1: Int? = nil, streams: Int, goAways: Int, refusedStreams: Int,
    resets: [String: Int], windows: Windows
  ) {
    self.connections = connections
    self.connectionsOfHTTP1 = connectionsOfHTTP1
    self.streams = streams
    self.goAways = goAways
    self.refusedStreams = refusedStreams
    self.resets = resets
    self.windows = windows
  }
}
