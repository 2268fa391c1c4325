internal import HTTP
internal import Platform

/// One request in flight, and what is known of its response.
///
/// It is separate from its connection: HTTP/1.1 has one exchange at a time on a connection, HTTP/2 many. Whether it is sent
/// once more is decided for each exchange by itself.
struct Exchange {
  enum Progress: UInt8 {
    /// Its connection is not open yet.
    case waiting
    case sending
    /// The connection took no more of the request; what the server said before that is still to be read.
    case broken
    /// The whole request has been handed to the system.
    case sent
  }

  /// How far the response had come when the connection ended.
  enum Response: Equatable {
    case nothing
    /// Some bytes of a response, possibly an interim one (1xx).
    case begun
    /// Content that lasts until the connection ends (RFC 9112 6.3).
    case untilEnd

    /// How far the parser got with the current response when its connection ended.
    init(atEndOf parser: inout ResponseParser) {
      self = parser.finish() ? .untilEnd : parser.hasStarted ? .begun : .nothing
    }
  }

  /// How a server of HTTP/2 says that it has not looked at a request.
  enum Refusal: Equatable {
    /// RST_STREAM with REFUSED_STREAM.
    case reset
    /// A GOAWAY that leaves the request's stream out, with an error code or with NO_ERROR.
    case goAway(isError: Bool)
  }

  var due: Nanoseconds = 0
  /// When its sending began; until then, when its connection was begun.
  var sent: Nanoseconds = 0
  /// When the first bytes of its response were received; 0 before that.
  var firstByte: Nanoseconds = 0
  /// When the last byte of its response came, by the kernel's clock; 0 where that is not known.
  var arrived: Nanoseconds = 0
  var sentCount = 0
  var template: Int32 = 0
  var backend: Int32 = -1
  var generation: Int32 = -1
  /// The slot of the connection that carries it, or that it waits for.
  var connection: Int32 = -1
  /// Whose place among the connections it has taken, see ``Lanes``.
  var lane: Int32 = -1
  /// Its stream, where its connection speaks HTTP/2; 0 before and after.
  var stream: Int32 = 0
  /// The status that came on that; 0 before.
  var status: Int32 = 0
  /// Bytes of content that came on it.
  var received: UInt64 = 0
  /// The neighbours on the same connection, see ``ExchangeList``.
  var previous: Int32 = -1
  var next: Int32 = -1
  private(set) var progress = Progress.waiting
  /// Whether it is sent for the second time.
  private(set) var isRetry = false
  /// Whether its connection had carried a response before.
  private(set) var isOnReused = false
  /// Whether it may be sent once more where its connection turns out to be closed (RFC 9110 9.2.2).
  private(set) var mayBeRepeated = false
  /// Whether what had come by the deadline has been read.
  private var hasHadLastLook = false
  /// How often the server has refused it without looking at it.
  private var refusals: UInt8 = 0
  /// Whether the response came out of a cache.
  var isFromCache = false
  /// Whether the response named more than one server.
  var isUpstreamRetried = false

  /// Makes the slot ready for a new request.
  @inline(__always)
  mutating func prepare(due: Nanoseconds, template: Int, mayBeRepeated: Bool) {
    self.due = due
    self.template = Int32(truncatingIfNeeded: template)
    self.mayBeRepeated = mayBeRepeated
    isRetry = false
    refusals = 0
  }

  /// Takes its place on a connection.
  @inline(__always)
  mutating func begin(onReused: Bool) {
    isOnReused = onReused
    progress = .waiting
    hasHadLastLook = false
    stream = 0
    status = 0
    received = 0
    sentCount = 0
    firstByte = 0
    arrived = 0
    backend = -1
    generation = -1
    isFromCache = false
    isUpstreamRetried = false
  }

  enum Event: Equatable {
    /// The connection is there, and the first bytes of the request are about to be sent.
    case sending
    /// All of the request has been sent.
    case sent
    /// The connection takes no more of the request.
    case sendFailed
    /// Its time is over.
    case deadline
    /// The server says that it has not looked at it (RFC 9113 8.7).
    case refused(by: Refusal, mayBeRepeated: Bool)
    /// Its connection has ended before the response was complete.
    case connectionEnded(ConnectionEnd, Exchange.Response)
  }

  enum Action: Equatable {
    case wait
    /// Read what has come.
    case receive
    /// Read what the server has said until its end.
    case receiveUntilEnd
    /// The response is complete.
    case succeed
    /// Send it once more, on a new connection.
    case retry
    case fail(FailureKind)
  }

  /// Takes an event of this exchange alone.
  @inline(__always)
  mutating func handle(_ event: Event) -> Action {
    switch event {
    case .sending:
      progress = .sending
      return .wait
    case .sent:
      progress = .sent
      return .wait
    case .sendFailed:
      // A server may answer and close before it has read all.
      progress = .broken
      return .receiveUntilEnd
    case .deadline:
      // What arrived in time counts, although this side was too busy to read it.
      guard hasHadLastLook else {
        hasHadLastLook = true
        return .receive
      }
      return .fail(.timeout)
    case .refused(let refusal, let mayBeRepeated): return refuse(by: refusal, mayBeRepeated: mayBeRepeated)
    case .connectionEnded(let end, let response): return endWithConnection(end, response)
    }
  }

  /// How often a refused request is sent again: more often than reloads follow each other while one is on its way.
  static let refusalLimit: UInt8 = 8

  /// A request of which any part of an answer came has been looked at, whatever the server says: it is not sent again.
  @inline(never)
  private mutating func refuse(by refusal: Refusal, mayBeRepeated: Bool) -> Action {
    if mayBeRepeated, !hasAnswer, refusals < Exchange.refusalLimit {
      refusals += 1
      isRetry = true
      return .retry
    }
    switch refusal {
    case .reset: return .fail(.streamReset)
    case .goAway(isError: true): return .fail(.connectionError)
    case .goAway(isError: false): return .fail(hasAnswer ? .truncated : .closed)
    }
  }

  /// Whether any part of a response has come.
  var hasAnswer: Bool { firstByte > 0 }

  @inline(never)
  private mutating func endWithConnection(_ end: ConnectionEnd, _ response: Response) -> Action {
    switch (end, response) {
    case (.tlsFailure, _): return .fail(.tls)
    case (.goAway, _): return .fail(.connectionError)
    // Anything on the path could have cut the stream off: only the server's close_notify makes it complete.
    case (.orderly, .untilEnd): return .succeed
    case (_, .nothing) where isOnReused && !isRetry && mayBeRepeated:
      isRetry = true
      return .retry
    case (.reset, _): return .fail(.reset)
    case (.orderly, .nothing), (.cutOff, .nothing): return .fail(.closed)
    case (.orderly, .begun), (.cutOff, .begun), (.cutOff, .untilEnd): return .fail(.truncated)
    }
  }
}

/// The exchanges on one connection, in the order in which they were added; the links are in the exchanges.
struct ExchangeList {
  private(set) var first: Int32 = -1
  private var last: Int32 = -1

  @inline(__always)
  mutating func append(_ index: Int, in exchanges: UnsafeMutablePointer<Exchange>) {
    exchanges[index].previous = last
    exchanges[index].next = -1
    if last >= 0 { exchanges[Int(last)].next = Int32(index) } else { first = Int32(index) }
    last = Int32(index)
  }

  @inline(__always)
  mutating func remove(_ index: Int, in exchanges: UnsafeMutablePointer<Exchange>) {
    let previous = exchanges[index].previous
    let next = exchanges[index].next
    if previous >= 0 { exchanges[Int(previous)].next = next } else { first = next }
    if next >= 0 { exchanges[Int(next)].previous = previous } else { last = previous }
  }
  /// Their slots. The body may remove the current one.
  func all(in exchanges: UnsafeMutablePointer<Exchange>) -> Slots { Slots(following: first, exchanges: exchanges) }

  struct Slots: Sequence, IteratorProtocol {
    fileprivate var following: Int32
    fileprivate let exchanges: UnsafeMutablePointer<Exchange>

    @inline(__always)
    mutating func next() -> Int? {
      guard following >= 0 else { return nil }
      let slot = Int(following)
      following = exchanges[slot].next
      return slot
    }
  }
}
