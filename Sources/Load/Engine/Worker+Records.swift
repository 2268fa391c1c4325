internal import Platform

/// Keeping requests with their outcome, and passing them on.
extension Worker {
  /// The record of an exchange that has its outcome.
  @inline(__always)
  func record(of index: Int, failure: FailureKind?, status: Int?, at now: Nanoseconds) -> RequestRecord {
    let exchange = exchanges + index
    let (backend, generation) = (exchange.pointee.backend, exchange.pointee.generation)
    return RequestRecord(
      due: exchange.pointee.due, sent: exchange.pointee.sent, done: now,
      connection: connections[Int(exchange.pointee.connection)].serial, backend: backend >= 0 ? Int(backend) : nil,
      generation: generation >= 0 ? Int(generation) : nil, status: status, failure: failure,
      isRetry: exchange.pointee.isRetry, isUpstreamRetried: exchange.pointee.isUpstreamRetried,
      template: UInt16(truncatingIfNeeded: exchange.pointee.template))
  }

  /// Passes on the records that wait for the sink.
  mutating func handOnRecords() {
    guard recording != nil else { return }
    handOnRecords(open: earliestOpen)
  }

  /// - Parameter open: when the earliest request was due that has no outcome.
  mutating func handOnRecords(open: Nanoseconds) {
    recording?.handOn(table, generations, open: open, pauses: pauses)
    recordsDue = .max
    // A table that is full would hide every later generation of a run that goes on for weeks.
    guard plan.recordDelay != .max, generations.count >= Generation.limit else { return }
    generations = GenerationTable()
    live.forgetGenerations()
    liveGenerations = 0
    recording?.forgetGenerations()
    for connection in 0..<lanes.used {
      for exchange in connections[connection].exchanges.all(in: exchanges) { exchanges[exchange].generation = -1 }
    }
  }

  private var earliestOpen: Nanoseconds {
    var earliest = nextDue ?? .max
    guard inFlight > 0 else { return earliest }
    for connection in 0..<lanes.used {
      for exchange in connections[connection].exchanges.all(in: exchanges) {
        earliest = min(earliest, exchanges[exchange].due)
      }
    }
    return earliest
  }
}
