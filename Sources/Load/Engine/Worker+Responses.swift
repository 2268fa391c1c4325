internal import Glibc
internal import HTTP
internal import Platform

/// Receiving responses.
extension Worker {
  /// Receives what is there for a request in flight, as much as one connection may have at a time.
  ///
  /// - Parameter untilEnd: the peer's end has been reported, and will not be again.
  mutating func receive(_ connection: Int, untilEnd: Bool, _ now: inout Nanoseconds) {
    if untilEnd { notePeerEnd(connection) }
    let untilEnd = connections[connection].machine.hasPeerEnded
    reading: for _ in 0..<Transport.receiptsPerTurn {
      let skippable = skippable(on: connection)
      if skippable > 0 {
        switch connections[connection].transport.discard(skippable) {
        case .bytes(let count):
          tally.counters.bytesReceived &+= count
          connections[connection].parser.skip(UInt64(count))
          if !untilEnd, count < skippable { return }
          continue
        case .nothing: return
        case .cutShort: break reading
        case .ended(let end):
          now = elapsed()
          return self.end(connection, end, &now)
        }
      }
      let size = readSize
      switch connections[connection].transport.receive(buffer.baseAddress!, size) {
      case .bytes(let count):
        guard
          connections[connection].session == nil
            ? parse(connection, count, &now) : takeFrames(connection, count, &now)
        else { return }
        // Edge-triggered: the next arrival reports itself, but the end has been reported.
        if !untilEnd, connections[connection].transport.isEmptied(by: count, of: size) { return }
      case .nothing: return
      case .cutShort: break reading
      case .ended(let end):
        now = elapsed()
        return self.end(connection, end, &now)
      }
    }
    awaitTurn(connection)
  }

  /// How much of a body the kernel may discard: copying less would take less time than the calls for that.
  @inline(__always)
  private func skippable(on connection: Int) -> Int {
    let skippable = connections[connection].parser.skippable
    guard skippable >= Worker.leastDiscarded, connections[connection].session == nil,
      connections[connection].transport.mayDiscard
    else { return 0 }
    return Int(min(skippable, 1 << 30))
  }

  static let leastDiscarded: UInt64 = 16_384

  /// Queues a connection to be read on after the others, the clock and the stop signal.
  mutating func awaitTurn(_ connection: Int) {
    guard !connections[connection].isBehind else { return }
    connections[connection].isBehind = true
    behind.append(connection)
  }

  /// Gives each connection that is behind its turn.
  mutating func catchUp(_ now: inout Nanoseconds) {
    for _ in 0..<behind.count {
      guard let connection = behind.popFirst() else { return }
      connections[connection].isBehind = false
      // Where its connection has ended meanwhile, what the slot does now has events of its own.
      switch connections[connection].machine.state {
      case .handshaking: break
      case .open where connections[connection].session != nil || isReceiving(connection): break
      case .unconnected, .connecting, .open: continue
      }
      handle(EventQueue.Event(token: token(of: connection), hasEnded: false), &now)
    }
  }

  /// Whether a whole request has been sent on a connection, and its response is not complete.
  private func isReceiving(_ connection: Int) -> Bool {
    let exchange = Int(connections[connection].exchanges.first)
    return exchange >= 0 && exchanges[exchange].progress != .sending
  }

  /// Feeds received bytes to the parser; `false` once the request has its outcome.
  private mutating func parse(_ connection: Int, _ count: Int, _ now: inout Nanoseconds) -> Bool {
    let exchange = Int(connections[connection].exchanges.first)
    tally.counters.bytesReceived &+= count
    let isFirst = exchanges[exchange].firstByte == 0
    if isFirst { exchanges[exchange].firstByte = now }
    var offset = 0
    do throws(ResponseFault) {
      while true {
        let bytes = UnsafeMutableRawBufferPointer(start: buffer.baseAddress! + offset, count: count - offset)
        let step = try connections[connection].parser.consume(bytes, selecting: fields)
        offset += connections[connection].parser.consumed
        switch step {
        case .needsMore:
          if isFirst, arrivals.areRead {
            noteArrival(on: connection, at: elapsed())
            exchanges[exchange].firstByte = arrival(of: exchange) ?? now
          }
          return true
        case .head:
          // The answers to come are taken to be as long as this one, so that the head of a long one is read with little of its body.
          readSize = skippable(on: connection) > 0 ? Worker.headSize : Worker.bufferSize
          identify(exchange, on: connection)
          if keepsCookies {
            cookies?.take(
              connections[connection].parser.head, to: Int(exchanges[exchange].template),
              on: Int(exchanges[exchange].lane))
          }
        case .complete:
          now = elapsed()
          noteArrival(on: connection, at: now)
          exchanges[exchange].arrived = arrival(of: exchange) ?? 0
          let rest = UnsafeRawBufferPointer(start: buffer.baseAddress! + offset, count: count - offset)
          let hasSurplus = connections[connection].parser.takeLineEnds(rest) < count - offset
          complete(exchange, on: connection, hasSurplus: hasSurplus, &now)
          return false
        }
      }
    } catch {
      now = elapsed()
      note(error.description)
      fail(exchange, on: connection, error.kind == .malformed ? .malformed : .oversized, at: now)
      return false
    }
  }

  /// Reads from the head who answered.
  @inline(__always)
  mutating func identify(_ exchange: Int, on connection: Int) {
    if isRedirect(connections[connection].parser.status), let location = connections[connection].parser.location {
      tally.locations.note(location)
    }
    // What a stored answer names is who filled the cache.
    exchanges[exchange].isFromCache = connections[connection].parser.isFromCache
    guard !exchanges[exchange].isFromCache else { return }
    if let value = connections[connection].parser.value(of: 0) {
      identify(exchange, by: value, of: connections[connection].parser.value(of: 1))
    }
    if readsElsewhere { identifyElsewhere(exchange, on: connection) }
  }

  /// Reads who answered from a header's value and, where it names a backend, notes which generation of it.
  @inline(__always)
  mutating func identify(_ exchange: Int, by value: UnsafeRawBufferPointer, of generation: UnsafeRawBufferPointer?) {
    let reading = Fingerprint.read(value, listing: plan.fingerprint.backendList)
    if let name = reading.backend, let backend = number(of: name) {
      exchanges[exchange].backend = Int32(backend)
      if let generation { note(generation: generation, of: exchange) }
    }
    guard !reading.earlier.isEmpty else { return }
    for name in Fingerprint.failed(in: reading.earlier) {
      exchanges[exchange].isUpstreamRetried = true
      if let backend = number(of: name) { tally.backends[backend].failedTries += 1 }
    }
  }

  /// Keeps the generation of a backend that gave an answer.
  @inline(__always)
  mutating func note(generation: UnsafeRawBufferPointer, of exchange: Int) {
    let number = generations.index(of: generation, backend: Int(exchanges[exchange].backend))
    exchanges[exchange].generation = Int32(number ?? -1)
    if generations.count > liveGenerations { showGenerations() }
    if number == nil, !generation.isEmpty { tally.counters.untrackedGenerations += 1 }
  }

  /// Names a generation that has not answered before for those who watch.
  @inline(never)
  private mutating func showGenerations() {
    for generation in generations.all[liveGenerations...] { live.name(generation) }
    liveGenerations = generations.count
  }

  mutating func number(of name: UnsafeRawBufferPointer) -> Int? {
    guard let backend = table.index(of: name) else {
      error = .tooManyBackends(header: plan.fingerprint.backendHeader ?? "", limit: plan.backendLimit)
      return nil
    }
    if backend == tally.backends.count {
      tally.addBackend()
      live.name(Fingerprint.text(name))
    }
    return backend
  }

  private mutating func complete(
    _ exchange: Int, on connection: Int, hasSurplus: Bool, _ now: inout Nanoseconds
  ) {
    if hasSurplus {
      let isBehindHead = connections[connection].parser.expectsNoContent
      note(isBehindHead ? Worker.bodyBehindHead : "bytes came after the end of a response")
    }
    let event = ConnectionStateMachine.Event.responseComplete(
      of: exchanges[exchange].progress, keepsAlive: connections[connection].parser.keepsAlive, hasSurplus: hasSurplus)
    countLeniencies(on: connection)
    if connections[connection].machine.handle(event) == .close {
      close(connection)
    } else if connections[connection].transport.hasPending {
      takeIdleInput(connection)
    }
    judge(exchange, on: connection, connections[connection].parser.status, at: now)
  }

  /// Ends a request whose response is complete: a success if the response is as expected.
  @inline(__always)
  mutating func judge(_ exchange: Int, on connection: Int, _ status: Int, at now: Nanoseconds) {
    var failure: FailureKind? = expectedStatuses.contains(status) ? nil : .status
    if !answers.isEmpty, failure == nil, let found = callFailure(exchange) {
      note(reason(for: found, exchange))
      failure = .call(found)
    }
    if expectsBody, failure == nil, !hasExpectedBody(exchange, on: connection) { failure = .body }
    if readsElsewhere, failure == nil { identifyByBody(exchange, on: connection) }
    conclude(exchange, failure: failure, status: status, at: now)
  }

  @inline(never)
  private mutating func hasExpectedBody(_ exchange: Int, on connection: Int) -> Bool {
    guard let body, !body.isMet(by: content(of: exchange, on: connection)) else { return true }
    let length = max(connections[connection].parser.contentLength, exchanges[exchange].received)
    let isCut = length > UInt64(BodyExpectation.limit)
    note(isCut ? "the expected body is not in the first MiB of an answer" : "the expected body is not in an answer")
    return false
  }

  /// The first bytes of what an answer holds, as many as the plan asks for.
  func content(of exchange: Int, on connection: Int) -> [UInt8] {
    exchanges[exchange].stream > 0 ? contents[exchange] : connections[connection].parser.captured
  }

  /// Counts what had to be tolerated in a complete response.
  @inline(__always)
  private mutating func countLeniencies(on connection: Int) {
    let set = connections[connection].parser.leniencies
    if !set.isEmpty { count(set) }
  }

  private mutating func count(_ set: LeniencySet) {
    for leniency in Leniency.allCases where set.contains(leniency) { tally.leniencies[Int(leniency.rawValue)] += 1 }
  }

  /// A connection has ended with requests in flight, each of which ends by itself or is sent again.
  private mutating func end(_ connection: Int, _ end: ConnectionEnd, _ now: inout Nanoseconds) {
    if connections[connection].session != nil { return endStreams(connection, end, &now) }
    if end == .tlsFailure, let tls { note("tls: \(tls.failureReason)") }
    // What has come belongs to the first of them.
    var response = Exchange.Response(atEndOf: &connections[connection].parser)
    let count = connections[connection].machine.exchangeCount
    if connections[connection].machine.handle(.ended) == .close { close(connection) }
    // Those that are sent again take their place behind the others.
    for _ in 0..<count {
      let exchange = Int(connections[connection].exchanges.first)
      defer { response = .nothing }
      switch exchanges[exchange].handle(.connectionEnded(end, response)) {
      case .succeed:
        countLeniencies(on: connection)
        judge(exchange, on: connection, connections[connection].parser.status, at: now)
      case .retry: retry(exchange, &now)
      case .fail(let failure): conclude(exchange, failure: failure, status: nil, at: now)
      case .wait, .receive, .receiveUntilEnd: break
      }
    }
  }

  /// Sends a request once more, on a new connection.
  mutating func retry(_ exchange: Int, _ now: inout Nanoseconds) {
    tally.counters.retried += 1
    _ = leaveConnection(exchange)
    begin(exchange, on: lanes.slot(of: Int(exchanges[exchange].lane)), &now)
  }

  /// Ends a request as failed, and its connection with it unless that carries others.
  mutating func fail(_ exchange: Int, on connection: Int, _ failure: FailureKind, at now: Nanoseconds) {
    if connections[connection].machine.handle(.exchangeFailed) == .close { close(connection) }
    conclude(exchange, failure: failure, status: nil, at: now)
  }
}
