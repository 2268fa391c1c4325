/// A server that a signal to its master reloads: the one shape of all of them.
struct SignalledServer: Sendable {
  let kind: ManagerKind
  let program: ServerProgram
  /// Replaces the workers.
  let reload: Request
  /// Stops and starts all of it; `nil` where no request does.
  var restart: Request?
  let workers: WorkerRule

  /// What the master is told, by a signal or in words where it reads a FIFO or a socket.
  struct Request: Sendable {
    /// `nil` where only words do it.
    var signal: ServerSignal?
    /// For a FIFO or a socket; `nil` where it has none.
    var words: String?
  }
}
