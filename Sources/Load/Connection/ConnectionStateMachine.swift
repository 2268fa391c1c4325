/// How a connection ended while exchanges were on it.
enum ConnectionEnd: Equatable {
  /// The peer said that it sends no more: by FIN, over TLS by close_notify.
  case orderly
  /// A TLS stream ended without close_notify (RFC 8446 6.1).
  case cutOff
  /// The connection was reset or lost otherwise; the number is the errno.
  case reset(Int32)
  /// The bytes received are not TLS.
  case tlsFailure
  /// The server had said by GOAWAY that it ends the connection because of an error.
  case goAway
}

/// The rules by which a connection is opened, used, reused and given up: events in, actions out.
///
/// It holds plain values, reads no clock and touches no socket; ``Worker`` and ``Probe`` carry out its actions. It knows how many
/// exchanges the connection has, not which: what becomes of each of them when the connection ends is decided by
/// ``Exchange/handle(_:)``.
///
///     var machine = ConnectionStateMachine()
///     machine.begin(&exchange, asksToClose: false)   // .connect
///     machine.handle(.connected(overTLS: false))     // .lookForGreeting
///     machine.handle(.greeted(.nothing))             // .send
///     exchange.handle(.sending); exchange.handle(.sent)
///     machine.handle(.responseComplete(of: exchange.progress, keepsAlive: true, hasSurplus: false))   // .keep
struct ConnectionStateMachine {
  enum State: UInt8 {
    case unconnected
    case connecting
    case handshaking
    /// Requests may be sent.
    case open
  }

  /// What the peer did on a new connection before any request was sent.
  enum Greeting: Equatable {
    case nothing
    case bytes
    /// Bytes where HTTP/2 is spoken, whose server may begin (RFC 9113 3.4).
    case frames
    case end
  }

  /// What was received while no exchange was on the connection.
  enum IdleInput: Equatable {
    case nothing
    /// A few line ends behind a response, as some servers send them.
    case lineEnds
    case bytes
    case end
  }

  enum Event: Equatable {
    /// The connection is wanted, and no exchange yet.
    case opens
    /// An exchange takes its place on the connection; with `asksToClose` it is the last one.
    case exchangeBegins(asksToClose: Bool)
    case connected(overTLS: Bool)
    /// The connection could not be opened; `nil` where this machine has run out of a resource.
    case connectFailed(FailureKind?)
    case greeted(Greeting)
    case handshakeDone
    case handshakeFailed(FailureKind)
    /// The connect timeout is over; `waitsForUs` if the peer has done its part.
    case connectDeadline(waitsForUs: Bool)
    /// The peer sends no more than what is still to be read.
    case peerEnded
    /// The response of an exchange is complete.
    case responseComplete(of: Exchange.Progress, keepsAlive: Bool, hasSurplus: Bool)
    /// An exchange has failed while the connection went on.
    case exchangeFailed
    /// A stream of HTTP/2 has ended without its response, which concerns no other.
    case streamFailed
    /// The server takes no further stream of HTTP/2 on the connection; those that it has it ends (RFC 9113 6.8).
    case drains
    case idleInput(IdleInput)
    /// Nothing more can be read.
    case ended
    /// This side closes.
    case closed
  }

  enum Action: Equatable {
    /// Nothing can be done before the next event.
    case wait
    case connect
    case handshake
    /// Check whether the peer has sent bytes or closed already.
    case lookForGreeting
    /// Send the requests of all exchanges that wait for the connection.
    case send
    /// Give the connection its connect timeout once more.
    case postpone
    /// Close, and count all exchanges of the connection as failed.
    case fail(FailureKind)
    /// Close, and take the requests back: this says nothing about the server.
    case withdraw
    /// The connection goes on, or is ready for the next exchange.
    case keep
    case close
  }

  /// How often the connect timeout may be given once more.
  static let postponementLimit: UInt8 = 3

  private(set) var state = State.unconnected
  /// Whether the connection has carried a response.
  private(set) var hasCarried = false
  /// Whether the peer has said that it sends no more.
  private(set) var hasPeerEnded = false
  /// Whether no further exchange may begin.
  private(set) var isUsedUp = false
  /// How often its connect timeout was extended, since this side was busy.
  private(set) var postponements: UInt8 = 0
  /// The exchanges on the connection, those included that wait for it.
  private(set) var exchangeCount: UInt32 = 0

  /// Puts an exchange on the connection; the result is what to do for it.
  @inline(__always)
  mutating func begin(_ exchange: inout Exchange, asksToClose: Bool) -> Action {
    exchange.begin(onReused: state == .open && hasCarried)
    return handle(.exchangeBegins(asksToClose: asksToClose))
  }

  @inline(__always)
  mutating func handle(_ event: Event) -> Action {
    switch event {
    case .opens: return begin()
    case .exchangeBegins(let asksToClose):
      exchangeCount += 1
      let action = begin()
      if asksToClose { isUsedUp = true }
      return action
    case .connected(let overTLS):
      guard overTLS else { return .lookForGreeting }
      state = .handshaking
      return .handshake
    case .greeted(let greeting):
      // A server that speaks first does not speak HTTP, and one that has closed will not.
      switch greeting {
      case .nothing, .frames: return open()
      case .bytes: return giveUp(.malformed)
      case .end: return giveUp(.closed)
      }
    case .handshakeDone: return open()
    case .connectFailed(let failure):
      guard let failure else {
        reset()
        return .withdraw
      }
      return giveUp(failure)
    case .handshakeFailed(let failure): return giveUp(failure)
    case .connectDeadline(let waitsForUs):
      guard waitsForUs, postponements < ConnectionStateMachine.postponementLimit else { return giveUp(.connectTimeout) }
      postponements += 1
      return .postpone
    case .peerEnded:
      hasPeerEnded = true
      return .wait
    case .responseComplete(let progress, let keepsAlive, let hasSurplus):
      hasCarried = true
      // Bytes behind a response would be taken for the next one's, and the rest of a request for another request.
      if !keepsAlive || hasSurplus || hasPeerEnded || progress != .sent { isUsedUp = true }
      return leave()
    case .exchangeFailed:
      // What may still come of its response would be taken for that of the next.
      if exchangeCount == 1 { isUsedUp = true }
      return leave()
    case .streamFailed: return leave()
    case .drains:
      isUsedUp = true
      return closeIfDone()
    case .idleInput(let input):
      switch input {
      case .nothing, .lineEnds: return .keep
      case .bytes, .end:
        reset()
        return .close
      }
    case .ended, .closed:
      reset()
      return .close
    }
  }

  @inline(__always)
  private mutating func begin() -> Action {
    switch state {
    case .unconnected:
      state = .connecting
      hasCarried = false
      hasPeerEnded = false
      isUsedUp = false
      postponements = 0
      return .connect
    case .connecting, .handshaking: return .wait
    case .open: return .send
    }
  }

  private mutating func open() -> Action {
    state = .open
    return .send
  }

  @inline(__always)
  private mutating func leave() -> Action {
    exchangeCount -= 1
    return closeIfDone()
  }

  @inline(__always)
  private mutating func closeIfDone() -> Action {
    guard isUsedUp, exchangeCount == 0 else { return .keep }
    state = .unconnected
    return .close
  }

  private mutating func giveUp(_ failure: FailureKind) -> Action {
    reset()
    return .fail(failure)
  }

  private mutating func reset() {
    state = .unconnected
    exchangeCount = 0
  }
}
