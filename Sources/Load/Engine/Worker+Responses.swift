internal import Glibc
internal import HTTP

/// Receiving responses.
extension Worker {
  /// How often a connection is read before the others and the clock have their turn.
  private static let readsPerTurn = 64

  /// Receives what is there for a request in flight, as much as one connection may have at a time.
  ///
  /// - Parameter untilEnd: the peer's end has been reported, and will not be again.
  mutating func receive(_ place: Int, untilEnd: Bool, _ now: inout Nanoseconds) {
    if untilEnd { connections[place].hasPeerEnded = true }
    let untilEnd = connections[place].hasPeerEnded
    reading: for _ in 0..<Worker.readsPerTurn {
      let count =
        tls == nil
        ? Socket.receive(connections[place].socket, buffer.baseAddress!, Worker.bufferSize)
        : connections[place].tls.receive(buffer.baseAddress!, Worker.bufferSize)
      if count > 0 {
        guard parse(place, count, &now) else { return }
        // Edge-triggered: a short read has emptied the socket, and the next arrival reports itself. TLS reads a record at a time.
        if count < Worker.bufferSize, !untilEnd, tls == nil { return }
      } else if count == -Int(EAGAIN) {
        return
      } else if count == TLSSession.cutShort {
        break reading
      } else {
        now = elapsed()
        return end(place, count, &now)
      }
    }
    awaitTurn(place)
  }

  /// Has a connection read on once the others, the clock and the stop signal have had their turn.
  mutating func awaitTurn(_ place: Int) {
    guard !connections[place].isBehind else { return }
    connections[place].isBehind = true
    behind.append(place)
  }

  /// Gives each connection that is behind its turn.
  mutating func catchUp(_ now: inout Nanoseconds) {
    for _ in 0..<behind.count {
      guard let place = behind.popFirst() else { return }
      connections[place].isBehind = false
      switch connections[place].state {
      case .handshaking, .receiving: handle(EventQueue.Event(token: token(of: place), hasEnded: false), &now)
      // Its connection has ended meanwhile; what the place does now has events of its own.
      case .unconnected, .connecting, .sending, .idle: break
      }
    }
  }

  /// Feeds received bytes to the parser; `false` once the request is settled.
  private mutating func parse(_ place: Int, _ count: Int, _ now: inout Nanoseconds) -> Bool {
    var offset = 0
    do throws(ResponseFault) {
      while true {
        let bytes = UnsafeMutableRawBufferPointer(start: buffer.baseAddress! + offset, count: count - offset)
        let step = try connections[place].parser.consume(bytes, selecting: fields)
        offset += connections[place].parser.consumed
        switch step {
        case .needsMore: return true
        case .head: identify(place)
        case .complete:
          now = elapsed()
          let rest = UnsafeRawBufferPointer(start: buffer.baseAddress! + offset, count: count - offset)
          complete(place, leftover: count - offset - connections[place].parser.takeLineEnds(rest), &now)
          return false
        }
      }
    } catch {
      now = elapsed()
      note(error.description)
      fail(place, error.kind == .malformed ? .malformed : .oversized, at: now)
      return false
    }
  }

  /// Reads off the head who answered.
  @inline(__always)
  private mutating func identify(_ place: Int) {
    if isRedirect(connections[place].parser.status), let location = connections[place].parser.location {
      tally.locations.note(location)
    }
    // What a stored answer names is who filled the cache.
    connections[place].isFromCache = connections[place].parser.isFromCache
    guard !connections[place].isFromCache, let value = connections[place].parser.value(of: 0) else { return }
    let reading = Fingerprint.read(value, listing: plan.backendList)
    if let name = reading.backend, let backend = number(of: name) {
      connections[place].backend = Int32(backend)
      if let generation = connections[place].parser.value(of: 1) {
        let number = generations.index(of: generation, backend: backend)
        connections[place].generation = Int32(number ?? -1)
        if number == nil, !generation.isEmpty { tally.untrackedGenerations += 1 }
      }
    }
    guard !reading.earlier.isEmpty else { return }
    for name in Fingerprint.failed(in: reading.earlier) {
      connections[place].isUpstreamRetried = true
      if let backend = number(of: name) { tally.backends[backend].triedInVain += 1 }
    }
  }

  private mutating func number(of name: UnsafeRawBufferPointer) -> Int? {
    guard let backend = table.index(of: name) else {
      error = .tooManyBackends(header: plan.backendHeader ?? "", limit: plan.backendLimit)
      return nil
    }
    if backend == tally.backends.count {
      tally.addBackend()
      live.name(Fingerprint.text(name))
    }
    return backend
  }

  private mutating func complete(_ place: Int, leftover: Int, _ now: inout Nanoseconds) {
    let status = connections[place].parser.status
    if !connections[place].parser.leniencies.isEmpty { countLeniencies(connections[place].parser.leniencies) }
    var keepsAlive =
      connections[place].parser.keepsAlive && leftover == 0
      && connections[place].state == .receiving && !connections[place].isForFresh && !connections[place].hasPeerEnded
    if keepsAlive, tls != nil, connections[place].tls.hasPending { keepsAlive = !closesIdle(place) }
    if keepsAlive {
      responding.remove(place, in: connections)
      connections[place].state = .idle
    } else {
      if leftover > 0 {
        let isBehindHead = requests[Int(connections[place].template)].expectsNoContent
        note(isBehindHead ? Worker.bodyBehindHead : "bytes came after the end of a response")
      }
      disconnect(place)
    }
    var failure: FailureKind? = plan.expectedStatuses.contains(status) ? nil : .status
    if expectsBody, failure == nil, !hasExpectedBody(place) { failure = .body }
    settle(place, failure: failure, status: status, at: now)
  }

  @inline(never)
  private mutating func hasExpectedBody(_ place: Int) -> Bool {
    guard let body, !body.isMet(by: connections[place].parser.captured) else { return true }
    let isCut = connections[place].parser.contentLength > UInt64(BodyExpectation.limit)
    note(isCut ? "the expected body is not in the first MiB of an answer" : "the expected body is not in an answer")
    return false
  }

  private mutating func countLeniencies(_ set: LeniencySet) {
    for leniency in Leniency.allCases where set.contains(leniency) { tally.leniencies[Int(leniency.rawValue)] += 1 }
  }

  /// The connection has ended with a request in flight.
  ///
  /// - Parameter result: 0 for an orderly end, or what receiving failed with.
  private mutating func end(_ place: Int, _ result: Int, _ now: inout Nanoseconds) {
    if result == 0, connections[place].parser.finish() { return complete(place, leftover: 0, &now) }
    if let tls, result == TLSSession.failed {
      note("tls: \(tls.failureReason)")
      return fail(place, .tls, at: now)
    }
    // Anybody on the way could have cut the stream off: only the server's word makes it complete.
    let wasReset = result < 0 && result != TLSSession.cutOff
    let request = requests[Int(connections[place].template)]
    let isUntouched = !connections[place].parser.hasStarted
    if isUntouched, connections[place].isReused, !connections[place].isRetry, request.isIdempotent,
      plan.retriesClosedConnections
    {
      disconnect(place)
      tally.retried += 1
      connections[place].isRetry = true
      return begin(place, &now)
    }
    fail(place, wasReset ? .reset : isUntouched ? .closed : .truncated, at: now)
  }
}
