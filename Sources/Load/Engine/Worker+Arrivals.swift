internal import Platform

/// When answers came, by the kernel's clock.
extension Worker {
  /// Notes when what was received last on a connection had come.
  ///
  /// - Parameter now: the clock, as it was just read.
  @inline(__always)
  mutating func noteArrival(on connection: Int, at now: Nanoseconds) {
    guard readsKernelClock else { return }
    lastArrival = 0
    let read = start + now
    guard let time = arrivals.time(of: connections[connection].transport.stamp, readAt: read), time > start else {
      return
    }
    // A segment behind a gap came before it could be read. Where it was read at once that makes no difference, and to ask takes time.
    if read - time > Worker.ordinaryDelay, !connections[connection].transport.cameInOrder() { return }
    lastArrival = time - start
  }

  /// When that was, if it can be something of an exchange's response; 0 where the kernel's clock does not tell.
  @inline(__always)
  func arrival(of exchange: Int) -> Nanoseconds {
    guard lastArrival > 0, arrivals.isPossible(start + lastArrival, after: start + exchanges[exchange].sent) else {
      return 0
    }
    return lastArrival
  }

  /// Up to this is what waking up takes, and other answers.
  private static var ordinaryDelay: Nanoseconds { 100_000 }
}
