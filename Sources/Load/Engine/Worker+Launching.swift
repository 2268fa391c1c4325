internal import Platform
internal import Statistics

/// Taking requests from the schedule.
extension Worker {
  /// Sends every request that is due, as long as connections are free.
  mutating func launch(_ now: inout Nanoseconds, before end: Nanoseconds) {
    while inFlight < mostInFlight, remaining > 0, error == nil {
      var due = now
      if plan.pacer != .closedLoop {
        guard let next = nextDue, next <= now, next < end else { return }
        due = next
        nextDue = schedule.next()
        live.announce(next: nextDue ?? .max)
      }
      remaining -= 1
      let wantsFresh = freshLanes > 0 && random.nextShare() < plan.traffic.freshShare
      if plan.shufflesConnections { kept.bringForward(Int.random(in: 0..<kept.count, using: &random)) }
      let lane = takeLane(fresh: wantsFresh)
      let connection = lanes.slot(of: lane)
      if plan.pacer != .closedLoop { recordLateness(due: due, now: now) }
      let exchange = takeExchange(due: due, template: templates.next(using: &random), lane: lane)
      begin(exchange, on: connection, &now)
      // Opening thousands of connections at a time takes its time.
      if connections[connection].machine.state == .connecting, tally.counters.connectionsOpened & 63 == 0 {
        now = elapsed()
        checkForPause(&now)
      }
    }
  }

  /// Takes room for an exchange on a lane: there is one of each kind for every request that may be in flight.
  @inline(__always)
  mutating func takeLane(fresh isFresh: Bool) -> Int { (isFresh ? fresh.popFirst() : kept.popFirst())! }

  /// Takes a free exchange slot for a request that is now in flight.
  @inline(__always)
  mutating func takeExchange(due: Nanoseconds, template: Int, lane: Int) -> Int {
    let exchange = spare.pop()
    inFlight += 1
    live.begin(due: due)
    exchanges[exchange].lane = Int32(truncatingIfNeeded: lane)
    exchanges[exchange].prepare(due: due, template: template, mayBeRepeated: requests[template].mayBeRepeated)
    return exchange
  }

  /// Counts as lateness only what the generator itself caused: waiting for a free connection is due to the target.
  private mutating func recordLateness(due: Nanoseconds, now: Nanoseconds) {
    if due < freeSince { tally.counters.waitedForConnection += 1 }
    tally.lateness.record(now - min(now, max(due, freeSince)))
  }
}
