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
  /// Where HTTP/2 is spoken; `nil` elsewhere. Its connection owns it.
  var session: UnsafeMutablePointer<HTTP2Session>?
  /// Reads the responses, one after another; of HTTP/2 it shows the head that has just come.
  var parser = ResponseParser()
  /// Whether the slot serves requests that want a connection of their own.
  var isForFresh = false
  /// Whose place it has, see ``Lanes``; below 0 for one that only ends what it still has.
  var lane: Int32 = -1
  /// Whether it waits for its frames to be sent.
  var isDirty = false
  /// When anything last came on a stream of HTTP/2.
  var lastProgress: Nanoseconds = 0
  /// Whether the server's SETTINGS have come, so that it speaks HTTP/2.
  var isOfHTTP2 = false
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
