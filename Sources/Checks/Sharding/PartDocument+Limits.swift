internal import Report

extension PartDocument {
  /// Beyond any run that there can be, and far from the ends of the numbers' ranges: the sums over ``Shard/mostShards`` parts
  /// have room.
  private enum Limit {
    /// Requests, connections and the like; ten million a second for a day are fewer.
    static let count = 1_000_000_000_000
    /// Times of a run, in nanoseconds: 100 days.
    static let time: UInt64 = 8_640_000_000_000_000
    /// Values in a histogram, in nanoseconds: 30 years.
    static let value: UInt64 = 1_000_000_000_000_000_000
    /// Nanoseconds since 1970: the year 2096.
    static let date: ClosedRange<Int64> = 0...4_000_000_000_000_000_000
    /// By how much two clocks may be apart, in seconds: 60 years.
    static let clockSeconds = 1.9e9
    /// Distinct names of backends: a header that takes more names none.
    static let backends = 4096
    static let generations = 32_768
    /// Lines of text and other lists that a reader is meant to read.
    static let list = 4096
    static let phases = 64
    /// Bytes of a name; a header that holds more is refused with all its answer.
    static let name = 65_536
  }

  /// Looks whether all figures are of a size that a run can have.
  ///
  /// - Throws: ``PartDamage`` naming the first that is not.
  func checkLimits() throws(PartDamage) {
    try Self.demand((0.0...1e10).contains(durationSeconds), "durationSeconds")
    try Self.demand(commonStartNanoseconds.map(Limit.date.contains) ?? true, "commonStartNanoseconds")
    if let clock {
      try Self.demand(abs(clock.offsetSeconds) <= Limit.clockSeconds, "clock.offsetSeconds")
      try Self.demand((0...Limit.clockSeconds).contains(clock.uncertaintySeconds), "clock.uncertaintySeconds")
    }
    try Self.demand(target.addresses.count <= Limit.list, "target.addresses")
    try Self.demand(notes.count <= Limit.list, "notes")
    try Self.demand(parameters.count <= Limit.list, "parameters")
    try Self.demand((choice?.backends.count ?? 0) <= Limit.list, "choice.backends")
    try Self.demand(looks.count <= Limit.list, "looks")
    try Self.demand(Set(looks.map(\.name)).count == looks.count, "looks")
    for look in looks { try Self.check(look) }
    if let preparation {
      try Self.demand(preparation.addsUp && preparation.sent.requests <= Limit.count, "preparation")
      try Self.demand(preparation.triedInVain.count <= Limit.backends, "preparation.triedInVain")
      try Self.demand((preparation.answered?.count ?? 0) <= Limit.backends, "preparation.answered")
      try Self.demand(preparation.failures.count <= Limit.list, "preparation.failures")
      try Self.demand(preparation.replaced.count <= Limit.list, "preparation.replaced")
    }
    if let actions { try Self.check(actions) }
  }

  private static func demand(_ holds: Bool, _ field: @autoclosure () -> String) throws(PartDamage) {
    if !holds { throw PartDamage(field: field()) }
  }

  private static func check(_ look: PartLook) throws(PartDamage) {
    func count(_ number: Int?, _ field: String) throws(PartDamage) {
      try demand((0...Limit.count).contains(number ?? 0), "\(look.name).\(field)")
    }
    func time(_ time: UInt64, _ field: String) throws(PartDamage) {
      try demand(time <= Limit.time, "\(look.name).\(field)")
    }
    func values(_ histogram: PartHistogram, _ field: String) throws(PartDamage) {
      try demand((histogram.max ?? 0) <= Limit.value, "\(look.name).\(field)")
    }
    for sent in look.counts.sent ?? [] { try count(sent, "counts.sent") }
    try demand((look.counts.sent ?? []).count <= Limit.list, "\(look.name).counts.sent")
    try demand(Limit.date.contains(look.startedNanoseconds), "\(look.name).startedNanoseconds")
    try time(look.startLatenessNanoseconds, "startLatenessNanoseconds")
    try time(look.durationNanoseconds, "durationNanoseconds")
    try time(look.processorNanoseconds, "processorNanoseconds")
    let counts = look.counts
    for (number, field) in [
      (counts.succeeded, "succeeded"), (counts.unsent, "unsent"), (counts.abandoned, "abandoned"),
      (counts.retried, "retried"), (counts.upstreamRetried, "upstreamRetried"), (counts.unattributed, "unattributed"),
      (counts.untrackedGenerations ?? 0, "untrackedGenerations"), (counts.connectionsOpened, "connectionsOpened"),
      (counts.waitedForConnection, "waitedForConnection"), (counts.failedAcrossPauses ?? 0, "failedAcrossPauses"),
      (counts.postponed ?? 0, "postponed"),
    ] { try count(number, "counts.\(field)") }
    for (status, number) in look.statuses { try count(number, "statuses.\(status)") }
    for (kind, number) in look.failures { try count(number, "failures.\(kind)") }
    for (name, number) in look.leniencies ?? [:] { try count(number, "leniencies.\(name)") }
    for (reason, number) in look.nobody ?? [:] { try count(number, "nobody.\(reason)") }
    try demand((look.locations ?? [:]).count <= Limit.list, "\(look.name).locations")
    for (location, number) in look.locations ?? [:] {
      try demand(location.utf8.count <= Limit.name, "\(look.name).locations")
      try count(number, "locations")
    }
    try values(look.latency, "latency")
    try values(look.serviceTime, "serviceTime")
    try values(look.lateness, "lateness")
    try demand(look.backends.count <= Limit.backends, "\(look.name).backends")
    // A name that stands twice would be two rows of one backend.
    try demand(Set(look.backends.map(\.name)).count == look.backends.count, "\(look.name).backends")
    for backend in look.backends {
      try demand(backend.name.utf8.count <= Limit.name, "\(look.name).backends")
      try count(backend.requests, "backends.requests")
      try count(backend.succeeded, "backends.succeeded")
      try count(backend.triedInVain, "backends.triedInVain")
      try values(backend.latency, "backends.latency")
    }
    try demand(look.generations.count <= Limit.generations, "\(look.name).generations")
    try demand(look.generations.allSatisfy { $0.name.utf8.count <= Limit.name }, "\(look.name).generations")
    try demand(look.faults.count <= Limit.list, "\(look.name).faults")
    if let timeline = look.timeline {
      try demand(timeline.requests.count <= Timeline.mostPoints, "\(look.name).timeline")
      for number in timeline.requests + timeline.failed { try count(number, "timeline") }
    }
    if let tls = look.tls {
      try count(tls.full, "tls.full")
      try count(tls.resumed, "tls.resumed")
      try demand(tls.kinds.count <= Limit.list, "\(look.name).tls.kinds")
    }
    try demand((look.pauses?.count ?? 0) <= Limit.list, "\(look.name).pauses")
    for pause in look.pauses ?? [] {
      for moment in [pause.start, pause.end, pause.length, pause.caughtUp] { try time(moment, "pauses") }
    }
  }

  private static func check(_ actions: PartActions) throws(PartDamage) {
    try demand(actions.phases.count <= Limit.phases, "actions.phases")
    try demand(actions.remarks.count <= Limit.list, "actions.remarks")
    for phase in actions.phases {
      try demand(
        phase.startNanoseconds <= phase.endNanoseconds && phase.endNanoseconds <= Limit.time,
        "actions.phases.\(phase.name)")
      guard let action = phase.action else { continue }
      let seconds = 0.0...Double(Limit.time) / 1e9
      try demand(
        seconds.contains(action.startSeconds) && seconds.contains(action.durationSeconds),
        "actions.phases.\(phase.name).action")
      try demand(action.command.count <= Limit.list, "actions.phases.\(phase.name).action.command")
    }
  }
}
