internal import Glibc
internal import Platform
internal import Synchronization

/// Accepts connections and gives each a small thread of its own, until it is stopped gracefully.
///
/// A thread that waits for a request marks its connection idle. Stopping ends the reading side of idle
/// connections only, so that their threads leave, and lets the others finish the answer they are at.
final class ThreadedServer: Sendable {
  /// One accepted connection, as its thread and `stop` share it.
  final class Connection: Sendable {
    let descriptor: Int32
    /// Counts the server's connections from 1.
    let number: Int
    private let server: ThreadedServer
    fileprivate let isIdle = Atomic(false)

    fileprivate init(_ descriptor: Int32, number: Int, of server: ThreadedServer) {
      self.descriptor = descriptor
      self.number = number
      self.server = server
    }

    var isStopping: Bool { server.isStopping.load(ordering: .sequentiallyConsistent) || server.isPaused }

    /// Marks the connection idle; what has already arrived can still be read when the server stops.
    func becomeIdle() {
      isIdle.store(true, ordering: .sequentiallyConsistent)
      // Whichever of this thread and `stop` comes second sees what the other has stored.
      if isStopping { System.shutdown(descriptor, .receiving) }
    }

    func becomeBusy() {
      isIdle.store(false, ordering: .sequentiallyConsistent)
    }

    /// Waits until the peer has left, or the server stops.
    func waitForPeersEnd() {
      while !server.isStopping.load(ordering: .sequentiallyConsistent), !System.hasEnded(descriptor) {
        MonotonicClock.sleep(until: MonotonicClock.now() + 10_000_000)
      }
    }

    /// Makes closing the connection send a reset.
    func resetWhenClosed() { System.setResetOnClose(descriptor) }

    /// Lets the peer read a last answer although it may still be sending: closing at once would reset it.
    func linger() {
      System.shutdown(descriptor, .sending)
      System.setReceiveTimeout(.milliseconds(500), of: descriptor)
      let deadline = MonotonicClock.now() + 1_000_000_000
      var left = 1 << 20
      withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 16) { buffer in
        while left > 0, MonotonicClock.now() < deadline {
          let count = System.receive(descriptor, into: buffer)
          if count <= 0 { return }
          left -= count
        }
      }
    }
  }

  private let listener: ListeningSocket
  private let threadName: String
  private let serve: @Sendable (Connection) -> Void
  private let connections = Mutex<[Int32: Connection]>([:])
  private let accepted = Atomic(0)
  private let isStopping = Atomic(false)
  private let pausing = Atomic(false)

  /// - Parameter serve: runs on the connection's thread; the connection is closed when it returns.
  init(on listener: ListeningSocket, threadName: String, serve: @escaping @Sendable (Connection) -> Void) {
    self.listener = listener
    self.threadName = threadName
    self.serve = serve
  }

  var port: UInt16 { listener.port }

  var openConnections: Int { connections.withLock { $0.count } }

  /// Begins to accept, on a thread of its own.
  func start() throws(TestbedError) {
    try SmallThread.start(threadName) { self.acceptUntilStopped() }
  }

  /// Stops accepting, and waits until the answers in flight are finished.
  ///
  /// What had already connected is still served. After `grace` the rest is cut off.
  ///
  /// - Returns: whether every connection ended within `grace`.
  @discardableResult
  func stop(grace: Duration) -> Bool {
    if isStopping.load(ordering: .sequentiallyConsistent) { return openConnections == 0 }
    // What waits in the kernel's queue would be reset: the accepting thread takes it first, if it is given the time.
    let deadline = MonotonicClock.now() + 50_000_000
    while System.wait(for: .reading, of: [listener.descriptor], until: 0), MonotonicClock.now() < deadline {
      MonotonicClock.sleep(until: MonotonicClock.now() + 200_000)
    }
    isStopping.store(true, ordering: .sequentiallyConsistent)
    closeDoor()
    if waitUntilEmpty(for: grace) { return true }
    connections.withLock { connections in
      for connection in connections.values { System.shutdown(connection.descriptor, .both) }
    }
    return false
  }

  /// Whether it refuses connections until ``resume()``.
  fileprivate var isPaused: Bool { pausing.load(ordering: .sequentiallyConsistent) }

  /// Refuses connections and ends idle ones; answers in flight are finished.
  func pause() {
    pausing.store(true, ordering: .sequentiallyConsistent)
    closeDoor()
  }

  /// Listens again after ``pause()``.
  func resume() throws(TestbedError) {
    guard isPaused, !isStopping.load(ordering: .sequentiallyConsistent) else { return }
    pausing.store(false, ordering: .sequentiallyConsistent)
    let result = System.listen(listener.descriptor)
    guard result == 0 else { throw .system(SystemError("listen on 127.0.0.1:\(port)", code: Int32(-result))) }
  }

  private func closeDoor() {
    System.shutdown(listener.descriptor, .receiving)
    connections.withLock { connections in
      for connection in connections.values where connection.isIdle.load(ordering: .sequentiallyConsistent) {
        System.shutdown(connection.descriptor, .receiving)
      }
    }
  }

  private func waitUntilEmpty(for grace: Duration) -> Bool {
    let deadline = MonotonicClock.now() + grace.nanoseconds
    while openConnections > 0 {
      let now = MonotonicClock.now()
      if now >= deadline { return false }
      MonotonicClock.sleep(until: min(now + 2_000_000, deadline))
    }
    return true
  }

  private func acceptUntilStopped() {
    while !isStopping.load(ordering: .sequentiallyConsistent) {
      if !acceptOnce() {
        // Most likely no descriptor is left: connections wait in the kernel's queue meanwhile.
        MonotonicClock.sleep(until: MonotonicClock.now() + 5_000_000)
      }
    }
  }

  private func acceptOnce() -> Bool {
    let result = System.accept(listener.descriptor)
    if result == -Int(ECONNABORTED) { return true }
    guard result >= 0 else { return false }
    let descriptor = Int32(result)
    System.setNoDelay(descriptor)
    System.setReceiveTimeout(.seconds(75), of: descriptor)
    System.setSendTimeout(.seconds(60), of: descriptor)

    let number = accepted.wrappingAdd(1, ordering: .relaxed).newValue
    let connection = Connection(descriptor, number: number, of: self)
    connections.withLock { $0[descriptor] = connection }
    do throws(TestbedError) {
      try SmallThread.start(threadName) {
        self.serve(connection)
        self.end(connection)
      }
      return true
    } catch {
      end(connection)
      return false
    }
  }

  private func end(_ connection: Connection) {
    connections.withLock { connections in
      connections[connection.descriptor] = nil
      // Closed under the lock, so that `stop` never shuts down a descriptor that the kernel has reused.
      System.close(connection.descriptor)
    }
  }
}
