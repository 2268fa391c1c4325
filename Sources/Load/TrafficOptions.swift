public import HTTP
public import Platform

/// The requested traffic; what is left open is for a check to choose.
public struct TrafficOptions: Sendable, Equatable {
  /// How many requests to make; `nil` for no such bound.
  public var requests: Int?
  /// How long requests become due; `nil` for no such bound.
  public var duration: Nanoseconds?
  /// How many connections carry requests, 1 to 100,000: over HTTP/1.1 one request at a time, so also how many may be in flight.
  public var connections = 50
  /// The version of HTTP that is spoken.
  public var http: HTTPVersionChoice {
    get { askedHTTP ?? .http1 }
    set { askedHTTP = newValue }
  }
  /// The version that the user asks for; `nil` where none is.
  public var askedHTTP: HTTPVersionChoice?
  /// How many requests a connection of HTTP/2 carries at a time, 1 to 1,000; 1 where HTTP/1.1 may be spoken.
  public var multiplex = 1
  /// The share of requests that get a new connection of their own, 0 to 1.
  public var freshShare = 0.0
  /// How many threads make the traffic, 1 to 256; never more than connections.
  public var workers = 1
  /// Requests a second; one of this, ``ramp`` and ``steps`` at most makes an open loop.
  public var rate: Double?
  /// From one rate to another within ``duration``.
  public var ramp: RateRamp?
  public var steps: [Pacer.Step]?
  /// Whether requests at ``rate`` are due at random times.
  public var isPoisson = false
  public var connectTimeout: Nanoseconds = 5_000_000_000
  /// From sending a request to the last byte of its response.
  public var responseTimeout: Nanoseconds = 10_000_000_000
  /// Whose clock says when an answer is complete; `nil` for the kernel's in open loop, and the program's in closed loop.
  public var clock: AnswerClock?
  /// The statuses that the user asked for by number, redirects among them; `nil` if none were.
  public var askedStatuses: StatusSet?
  /// What the content of a successful answer has to hold; `nil` for anything, and then contents are not kept.
  public var expectedBody: BodyExpectation?
  /// Whether a gRPC call has to succeed; else a backend's answer is enough, and none but UNAVAILABLE is a failure, which a balancer
  /// says that found no backend.
  public var judgesCalls = true
  /// Whether a cache may answer in place of the backends.
  public var allowsCache = false
  /// Whether an idempotent request on a reused connection that closed before any byte of the response is sent once more
  /// on a new one (RFC 9110 9.2.2, RFC 9112 9.3.1).
  public var retriesClosedConnections = true
  /// Whether each connection has a cookie jar: it sends back what answers set.
  public var keepsCookies = false
  /// Ends the run as soon as a percentile is known so well; ``requests`` and ``duration`` still bound it.
  public var until: PercentileAim?
  /// Whether the latency is to be that of the time after the warm-up alone.
  public var trimsWarmUp = false
  /// Fixes all random choices.
  public var seed: UInt64 = 1

  public init() {}

  /// How many requests may be in flight at a time.
  public var concurrency: Int { connections * multiplex }

  /// The most requests that may be in flight at a time.
  static let highestConcurrency = 1_000_000

  /// Why ``multiplex`` does not fit the rest; `nil` where it does.
  public var multiplexFault: String? {
    if !(1...1_000).contains(multiplex) {
      "requests at a time on a connection must be from 1 to 1,000, not \(multiplex)"
    } else if multiplex > 1, http != .http2 {
      "--multiplex \(multiplex) needs --http 2: HTTP/1.1 carries one request at a time on a connection"
    } else if concurrency > Self.highestConcurrency {
      "\(connections) connections with \(multiplex) requests each are more than 1,000,000 requests at a time"
    } else {
      nil
    }
  }

  /// Whether neither a number of requests, a duration nor the pace bounds it.
  public var isUnbounded: Bool { requests == nil && duration == nil && steps == nil }

  /// The threads that each shard uses: each thread needs a connection.
  public func usedWorkers(shards: Int) -> Int { min(workers, max(connections / shards, 1)) }

  public var expectedStatuses: StatusSet {
    get { askedStatuses ?? .usual }
    set { askedStatuses = newValue }
  }
}

/// Whose clock says when an answer is complete.
public enum AnswerClock: String, Sendable, CaseIterable {
  /// The kernel's: when the last byte came, whenever this program runs.
  case kernel
  /// This program's: when it has read the last byte.
  case user
}

/// How backends and their generations are identified.
public struct FingerprintOptions: Sendable, Equatable {
  /// The header that names the backend; `nil` where it is to be searched for, or none counts.
  public var backendHeader: String?
  /// What a list in that header is.
  public var backendList = BackendList.automatic
  /// The header that names a backend's generation: its pid or version; `nil` distinguishes none.
  public var generationHeader: String?
  /// What names a generation in the page of the plan's first request, in place of a header.
  public var generationBody: BodyGeneration?
  /// Whether the serial number of the server's certificate is the generation, in place of a header.
  public var generationCertificate = false
  /// A name for all that answers, where no header tells backends apart.
  public var site: String?

  public init() {}

  /// Whether answers are those of backends.
  public var namesBackends: Bool { backendHeader != nil || site != nil }
  /// Whether the generation is read from something else than a header.
  public var readsGenerationElsewhere: Bool { generationBody != nil || generationCertificate }

  /// Whether the generation is one of what is asked for, so that only answers to the plan's first request tell it.
  var readsGenerationOfContent: Bool {
    generationBody != nil || ["etag", "last-modified"].contains(generationHeader?.lowercased())
  }
}

/// From one rate to another, requests a second.
public struct RateRamp: Sendable, Equatable {
  public let from: Double
  public let to: Double

  public init(from: Double, to: Double) {
    self.from = from
    self.to = to
  }
}
