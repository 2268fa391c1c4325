internal import HTTP
internal import Platform

/// One slot for a connection: its transport, its rules and the exchanges on it.
///
/// Received bytes are not kept here; see ``ResponseParser``.
struct Connection: ~Copyable {
  var machine = ConnectionStateMachine()
  var transport = Transport()
  /// Over HTTP/1.1 one at most.
  var exchanges = ExchangeList()
  /// Reads the responses, one after another.
  var parser = ResponseParser()
  /// Whether the slot serves requests that want a connection of their own.
  var isForFresh = false
  /// Whether there is more to read than one turn allows, so that it waits for its next turn.
  var isBehind = false
  /// Raised with each new socket, so that a late event for an old one is recognised.
  var registration: UInt32 = 0
  /// The number of the connection among all that the worker opened.
  var serial: UInt32 = 0
  /// The number of the backend that gave its first answer; below 0 before that.
  var firstBackend: Int32 = -1
  /// Whether answers came from more than one backend.
  var isMixed = false
  /// When connecting began; once it is open, when its handshake began.
  var begun: Nanoseconds = 0
}
