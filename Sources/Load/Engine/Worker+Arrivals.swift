internal import Platform

/// When answers came, by the kernel's clock.
extension Worker {
  /// Notes when what was received last on a connection had come.
  ///
  /// - Parameter now: the clock, as it was just read.
  @inline(__always)
  mutating func noteArrival(on connection: Int, at now: Nanoseconds) {
    if arrivals.areRead { arrivals.note(&connections[connection].transport, at: start + now) }
  }

  /// When that was, if it can be of an exchange's response; `nil` where the kernel's clock does not tell.
  @inline(__always)
  func arrival(of exchange: Int) -> Nanoseconds? {
    guard arrivals.areRead else { return nil }
    return arrivals.time(after: start + exchanges[exchange].sent).map { $0 - start }
  }
}
