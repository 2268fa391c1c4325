internal import Glibc
internal import HTTP
internal import Platform
internal import Statistics

/// What became of requests.
extension Worker {
  /// How often the latencies are handed over; each time costs a copy of them.
  private static let publishInterval: Nanoseconds = 250_000_000

  /// Accounts for the end of a request and frees its exchange, and its connection for the next one.
  mutating func conclude(_ index: Int, failure: FailureKind?, status: Int?, at now: Nanoseconds) {
    let exchange = exchanges + index
    let due = exchange.pointee.due
    let sent = exchange.pointee.sent
    let backend = Int(exchange.pointee.backend)
    // What broke off, or did not come, ends when that was seen.
    let done = exchange.pointee.arrived > 0 ? exchange.pointee.arrived : now
    lastActivity = now
    tally.sends?.note(sent)
    if let failure {
      tally.failures[Int(failure.rawValue)] += 1
      if now - min(lastSeen, now) >= PauseWatch.threshold {
        var time = now
        notePause(at: &time)
      }
      if due < excusedUntil { tally.counters.failedAcrossPauses += 1 }
      series.failure(due: due, backend: backend)
      live.failure(due: due, failure, backend: backend)
    } else {
      let latency = done - min(due, done)
      tally.counters.succeeded += 1
      let bucket = tally.latency.record(latency)
      tally.latencies.append(latency)
      if now >= publishDue { publishLatencies(at: now) }
      series.success(due: due, latency: latency, bucket: bucket, backend: backend)
      tally.serviceTime.record(done - min(sent, done))
      if arrivals.areRead { countReading(from: exchange.pointee.arrived, to: now) }
      let firstByte = min(exchange.pointee.firstByte, done)
      tally.firstByte.record(firstByte - min(sent, firstByte))
      if backend >= 0 {
        tally.backends[backend].latency.record(latency)
        tally.backends[backend].succeeded += 1
        credit(Int32(truncatingIfNeeded: backend), on: Int(exchange.pointee.connection))
      } else if plan.fingerprint.namesBackends {
        tally.counters.unattributed += 1
      }
      live.success(
        due: due, latency: latency, bucket: bucket, backend: backend,
        generation: Int(exchange.pointee.generation), at: now)
    }
    if let status { tally.statuses[status] += 1 }
    if backend >= 0 {
      tally.backends[backend].requests += 1
      if let status, GatewayErrors.statuses.contains(status) { tally.backends[backend].gatewayErrors.note(status) }
    } else if let status {
      if exchange.pointee.isFromCache { tally.cached += 1 } else { tally.unnamed[status] += 1 }
    }
    if exchange.pointee.isUpstreamRetried { tally.counters.upstreamRetried += 1 }
    if records.count < recordLimit || recording != nil {
      let record = record(of: index, failure: failure, status: status, at: done)
      if records.count < recordLimit { records.append(record) }
      let isFull = recording?.append(record) == true
      if let due = recording?.due { recordsDue = due }
      free(index, at: now)
      if isFull { handOnRecords() }
    } else {
      free(index, at: now)
    }
  }

  private mutating func publishLatencies(at now: Nanoseconds) {
    publishDue = now + Self.publishInterval
    live.publish(tally.latencies)
  }

  @inline(__always)
  private mutating func countReading(from arrived: Nanoseconds, to now: Nanoseconds) {
    if arrived > 0 { tally.readDelay.record(now - arrived) } else { tally.counters.unstamped += 1 }
  }

  /// Credits a connection to the backend of its first answer, and counts it once where another one answers.
  @inline(__always)
  private mutating func credit(_ backend: Int32, on connection: Int) {
    let first = connections[connection].firstBackend
    guard first != backend else { return }
    if first < 0 {
      connections[connection].firstBackend = backend
      tally.backends[Int(backend)].connections += 1
    } else if !connections[connection].isMixed {
      connections[connection].isMixed = true
      tally.counters.mixedConnections += 1
    }
  }

  /// Takes back a request that was never sent.
  mutating func withdraw(_ exchange: Int) {
    withdrawn += 1
    if withdrawnDues.count < recordLimit { withdrawnDues.append(exchanges[exchange].due) }
    free(exchange, at: freeSince)
  }

  @inline(__always)
  private mutating func free(_ exchange: Int, at now: Nanoseconds) {
    if inFlight == mostInFlight { freeSince = now }
    inFlight -= 1
    _ = leaveConnection(exchange)
    spare.push(exchange)
    let lane = Int(exchanges[exchange].lane)
    if lane >= keptLanes { fresh.append(lane) } else { kept.append(lane) }
  }

  /// Takes an exchange off its connection.
  ///
  /// - Returns: the connection.
  @inline(__always)
  mutating func leaveConnection(_ exchange: Int) -> Int {
    let connection = Int(exchanges[exchange].connection)
    responding.remove(exchange)
    connections[connection].exchanges.remove(exchange, in: exchanges)
    exchanges[exchange].stream = 0
    // A slot that no lane has any more is free once it has ended all that it had.
    if connections[connection].lane < 0, connections[connection].exchanges.first < 0 { lanes.free(connection) }
    return connection
  }
}
