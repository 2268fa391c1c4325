internal import HTTP

/// One place for a connection: its socket, the request in flight on it and what is known of the response.
///
/// Received bytes are not kept here; see ``ResponseParser``.
struct Connection: ~Copyable {
  enum State: UInt8 {
    /// No socket.
    case unconnected
    case connecting
    case handshaking
    case sending
    case receiving
    /// Connected, no request in flight.
    case idle
  }

  var socket: Int32 = -1
  var state = State.unconnected
  /// Whether the place serves requests that want a connection of their own.
  var isForFresh = false
  /// Whether the connection has carried a response before.
  var isReused = false
  /// Whether the request in flight is sent for the second time.
  var isRetry = false
  /// Whether the peer has said that it sends no more.
  var hasPeerEnded = false
  /// Whether the response in flight came out of a cache.
  var isFromCache = false
  /// Whether there is more to read than was read at a time, so that it waits for its next turn.
  var isBehind = false
  /// How often its time to connect was prolonged, since this side was busy.
  var postponements: UInt8 = 0
  /// Whether the response in flight named more than one server.
  var isUpstreamRetried = false
  /// Raised with each new socket, so that a late event for an old one is recognised.
  var registration: UInt32 = 0
  var template: Int32 = 0
  var sentCount = 0
  var backend: Int32 = -1
  var generation: Int32 = -1
  var due: Nanoseconds = 0
  var sent: Nanoseconds = 0
  var deadline: Nanoseconds = 0
  /// The neighbours in the list of deadlines; -1 at its ends.
  var previous: Int32 = -1
  var next: Int32 = -1
  /// The number of the connection among all that the worker opened.
  var serial: UInt32 = 0
  var parser = ResponseParser()
  /// Open where the target is `https://`, and then all bytes go through it.
  var tls = TLSSession()

  /// Whether a request is in flight.
  var isUnderWay: Bool { state != .unconnected && state != .idle }
}

/// The connections that wait for something with the same timeout, so the first to expire is always the first of the list.
///
/// The links are in the connections themselves: adding and removing cost nothing that grows.
struct DeadlineList {
  private(set) var first: Int32 = -1
  private var last: Int32 = -1

  mutating func append(_ index: Int, in connections: UnsafeMutablePointer<Connection>) {
    connections[index].previous = last
    connections[index].next = -1
    if last >= 0 { connections[Int(last)].next = Int32(index) } else { first = Int32(index) }
    last = Int32(index)
  }

  mutating func remove(_ index: Int, in connections: UnsafeMutablePointer<Connection>) {
    let previous = connections[index].previous
    let next = connections[index].next
    if previous >= 0 { connections[Int(previous)].next = next } else { first = next }
    if next >= 0 { connections[Int(next)].previous = previous } else { last = previous }
    connections[index].previous = -1
    connections[index].next = -1
  }
}

/// Idle places in the order in which they became so: a ring of fixed size.
struct IdleRing: ~Copyable {
  private let places: UnsafeMutablePointer<Int32>
  private let capacity: Int
  private var head = 0
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(1, capacity)
    places = .allocate(capacity: self.capacity)
    places.initialize(repeating: 0, count: self.capacity)
  }

  deinit { places.deallocate() }

  mutating func append(_ index: Int) {
    var tail = head + count
    if tail >= capacity { tail -= capacity }
    places[tail] = Int32(index)
    count += 1
  }

  mutating func popFirst() -> Int? {
    guard count > 0 else { return nil }
    let index = Int(places[head])
    head += 1
    if head == capacity { head = 0 }
    count -= 1
    return index
  }
}
