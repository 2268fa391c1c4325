internal import Glibc
internal import HTTP

/// The same steps as with epoll, asked of the ring: a request is queued whole, its answer comes in the ring's buffers.
extension Worker {
  private enum Asked: UInt64 {
    case connection = 1
    case sending, receiving
  }

  /// The registration, what was asked and the place, from the highest bits to the lowest.
  @inline(__always)
  private func token(_ place: Int, _ asked: Asked) -> UInt64 {
    UInt64(connections[place].registration) << 32 | asked.rawValue << 28 | UInt64(place)
  }

  /// Requests up to this size fit into the socket's buffer, so that only a failure to send one is of interest.
  private static let smallRequest = 4_096

  mutating func awaitConnection(_ place: Int) {
    ring!.awaitWritable(connections[place].socket, token(place, .connection))
  }

  @inline(__always)
  mutating func sendThroughRing(_ place: Int) {
    let request = requests[Int(connections[place].template)]
    let bytes = connections[place].isForFresh ? request.closingBytes : request.bytes
    let isSmall = bytes.count <= Worker.smallRequest
    if isSmall { connections[place].state = .receiving }
    ring!.send(connections[place].socket, bytes, token(place, .sending), reportsSuccess: !isSmall)
    receiveThroughRing(place)
  }

  /// Asks for what arrives, if that has not been done.
  @inline(__always)
  private mutating func receiveThroughRing(_ place: Int) {
    guard !connections[place].isReceiving else { return }
    connections[place].isReceiving = true
    // A connection for one request is closed after it, and nothing then has to be called off.
    ring!.receive(
      connections[place].socket, token(place, .receiving), repeatedly: !connections[place].isForFresh)
  }

  mutating func closeThroughRing(_ place: Int) {
    switch connections[place].state {
    case .connecting: ring!.cancel(token(place, .connection))
    case .sending: ring!.cancel(token(place, .sending))
    default: break
    }
    if connections[place].isReceiving { ring!.cancel(token(place, .receiving)) }
    connections[place].isReceiving = false
    ring!.close(connections[place].socket)
  }

  /// Handles what has completed for a place; what was asked for an earlier socket is dropped.
  @inline(__always)
  mutating func handle(_ completion: CompletionRing.Completion, _ now: inout Nanoseconds) {
    let place = Int(completion.token & 0xFFF_FFFF)
    // What only fails when it comes too late, such as calling off what has already ended, carries no token.
    if completion.token != 0, connections[place].registration == UInt32(completion.token >> 32) {
      switch Asked(rawValue: completion.token >> 28 & 0xF) {
      case .receiving: take(completion, place, &now)
      case .connection: if connections[place].state == .connecting { continueConnecting(place, &now) }
      // Of a failure, receiving tells what it was.
      case .sending: if connections[place].state == .sending { connections[place].state = .receiving }
      case nil: break
      }
    }
    ring!.release(completion)
  }

  @inline(__always)
  private mutating func take(_ completion: CompletionRing.Completion, _ place: Int, _ now: inout Nanoseconds) {
    if !completion.hasMore { connections[place].isReceiving = false }
    let result = completion.result
    let isInFlight = connections[place].state != .idle
    if result > 0 {
      // Bytes that nobody asked for make a connection useless.
      guard isInFlight else { return disconnect(place) }
      _ = parse(place, ring!.bytes(of: completion), result, &now)
    } else if result == 0 || ![ENOBUFS, EAGAIN, EINTR].contains(Int32(-result)) {
      guard isInFlight else { return disconnect(place) }
      now = elapsed()
      connections[place].hasPeerEnded = true
      return end(place, result, &now)
    }
    if connections[place].registration == UInt32(completion.token >> 32), !completion.hasMore,
      connections[place].socket >= 0
    {
      receiveThroughRing(place)
    }
  }
}
