internal import Load
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
    static let backends = 1024
    /// Stretches of traffic: the most steps that a ladder has.
    static let looks = CapacityLadder.mostSteps
    /// Distributions in all: each may take 240 KiB.
    static let histograms = 3_000
    /// Single requests, and as many due times of those without an outcome.
    static let rows = CapacityLadder.mostRecordsInAll
    /// Lines that a reader is meant to read.
    static let lines = 256
    static let generations = 32_768
    /// Other lists.
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
    try Self.demand(lines: target.addresses, "target.addresses")
    try Self.demand(lines: notes, "notes")
    try Self.demand(parameters.count, atMost: Limit.lines, "parameters")
    for parameter in parameters {
      try Self.demand(lines: [parameter.name] + parameter.values, "parameters")
    }
    try Self.demand(lines: choice?.backends ?? [], "choice.backends")
    let words = [tool.name, tool.version, target.url, shard.host, shard.toldBy, run, startedAt, digest]
    try Self.demand(lines: (words + [backendHeader, generationHeader, choice?.stickyBy]).compactMap(\.self), "a name")
    try Self.demand(looks.count, atMost: Limit.looks, "looks")
    let rows = looks.reduce(0) { $0 + ($1.records?.utf8.count ?? 0) + ($1.openDues?.utf8.count ?? 0) }
    try Self.demand(rows, atMost: 2 * RecordPacking.longestText(rows: Limit.rows), "records")
    try Self.demand(Set(looks.map(\.name)).count == looks.count, "looks")
    for look in looks { try Self.check(look) }
    let histograms = looks.reduce(0) { $0 + 3 + $1.backends.count }
    try Self.demand(histograms, atMost: Limit.histograms, "histograms")
    if let preparation {
      try Self.demand(preparation.addsUp && preparation.sent.requests <= Limit.count, "preparation")
      try Self.demand(preparation.triedInVain.count <= Limit.backends, "preparation.triedInVain")
      try Self.demand((preparation.answered?.count ?? 0) <= Limit.backends, "preparation.answered")
      try Self.demand(lines: Array(preparation.failures.keys), "preparation.failures")
      try Self.demand(lines: preparation.replaced, "preparation.replaced")
      let names = preparation.triedInVain.keys.map(\.utf8.count) + (preparation.answered ?? [:]).keys.map(\.utf8.count)
      try Self.demand(names.max() ?? 0, atMost: Limit.name, "preparation")
    }
    if let actions { try Self.check(actions) }
  }

  private static func demand(_ holds: Bool, _ field: @autoclosure () -> String) throws(PartDamage) {
    if !holds { throw PartDamage(field: field()) }
  }

  /// Demands that there are no more entries or bytes than that.
  private static func demand(_ count: Int, atMost most: Int, _ field: @autoclosure () -> String) throws(PartDamage) {
    if count > most { throw PartDamage(field: field(), most: most) }
  }

  private static func demand(lines: [String], _ field: @autoclosure () -> String) throws(PartDamage) {
    try demand(lines.count, atMost: Limit.lines, field())
    for line in lines { try demand(line.utf8.count, atMost: Limit.name, field()) }
  }

  /// Of what all parts so far have together.
  static func checkSum(_ whole: CheckFindings) throws(PartDamage) {
    try demand(whole.notes.count, atMost: Limit.list, "notes of all parts")
    try demand(whole.addresses.count, atMost: Limit.list, "target.addresses of all parts")
    try demand(whole.looks.count, atMost: Limit.looks, "looks of all parts")
    var (rows, histograms) = (0, 0)
    for look in whole.looks {
      rows += look.measured.records.count + look.measured.openDues.count
      histograms += 3 + look.measured.backends.count
      try demand(look.measured.backends.count, atMost: Limit.backends, "\(look.name).backends of all parts")
      try demand(look.measured.generations.count, atMost: Limit.generations, "\(look.name).generations of all parts")
      try demand(look.measured.locations.count, atMost: Limit.list, "\(look.name).locations of all parts")
      try demand(look.measured.faults.count, atMost: Limit.list, "\(look.name).faults of all parts")
    }
    // Each part may keep one where there are more parts than requests to keep.
    try demand(rows, atMost: 2 * Limit.rows + Shard.mostShards, "records of all parts")
    try demand(histograms, atMost: Limit.histograms, "histograms of all parts")
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
    try demand(lines: [look.name, look.cutShort, look.error].compactMap(\.self), "looks")
    try demand(
      look.records?.utf8.count ?? 0, atMost: RecordPacking.longestText(rows: RecordPacking.mostRows),
      "\(look.name).records")
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
    try demand(lines: look.faults, "\(look.name).faults")
    if let timeline = look.timeline {
      try demand(timeline.requests.count <= Timeline.mostPoints, "\(look.name).timeline")
      for number in timeline.requests + timeline.failed { try count(number, "timeline") }
    }
    if let tls = look.tls {
      try count(tls.full, "tls.full")
      try count(tls.resumed, "tls.resumed")
      try demand(lines: tls.kinds, "\(look.name).tls.kinds")
    }
    try demand((look.pauses?.count ?? 0) <= Limit.list, "\(look.name).pauses")
    for pause in look.pauses ?? [] {
      for moment in [pause.start, pause.end, pause.length, pause.caughtUp] { try time(moment, "pauses") }
    }
  }

  private static func check(_ actions: PartActions) throws(PartDamage) {
    try demand(actions.phases.count <= Limit.phases, "actions.phases")
    try demand(lines: actions.remarks, "actions.remarks")
    try demand(lines: [actions.manager] + (actions.planned ?? []), "actions")
    let instances = (actions.lists ?? []).reduce(0) { $0 + 1 + $1.instances.count }
    try demand(instances, atMost: Limit.list, "actions.lists")
    for phase in actions.phases {
      try demand(
        phase.startNanoseconds <= phase.endNanoseconds && phase.endNanoseconds <= Limit.time,
        "actions.phases.\(phase.name)")
      guard let action = phase.action else { continue }
      let seconds = 0.0...Double(Limit.time) / 1e9
      try demand(
        seconds.contains(action.startSeconds) && seconds.contains(action.durationSeconds),
        "actions.phases.\(phase.name).action")
      try demand(lines: action.command, "actions.phases.\(phase.name).action.command")
    }
  }
}
