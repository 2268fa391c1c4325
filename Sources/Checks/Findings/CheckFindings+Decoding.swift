internal import Load
internal import Report
internal import Statistics

// Findings may come from an untrusted part file: values that no run can have measured are refused with the field's name.

/// The times of day that findings may hold, beside ``FindingsLimits``.
enum FindingsDates {
  /// Nanoseconds since 1970: the year 2096.
  static let date: ClosedRange<Int64> = 0...4_000_000_000_000_000_000
  /// By how much two clocks may be apart, in nanoseconds: 60 years.
  static let clock: Int64 = 1_900_000_000_000_000_000
}

extension CheckFindings {
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    startedAt = try fields.decode(Double.self, forKey: .startedAt)
    try fields.demand((0...4e9).contains(startedAt), .startedAt)
    durationSeconds = try fields.decode(Double.self, forKey: .durationSeconds)
    try fields.demand((0...1e10).contains(durationSeconds), .durationSeconds)
    isInterrupted = try fields.decode(Bool.self, forKey: .isInterrupted)
    addresses = try fields.decodeLines(forKey: .addresses)
    notes = try fields.decodeLines(forKey: .notes)
    preparation = try fields.decode(TargetProbeFindings.self, forKey: .preparation)
    backendHeader = try fields.decodeNameIfPresent(forKey: .backendHeader)
    generationHeader = try fields.decodeNameIfPresent(forKey: .generationHeader)
    stages = try fields.decode([Stage].self, forKey: .stages)
    try fields.demand(stages.count, atMost: CapacityLadder.mostSteps, .stages)
    try fields.demand(Set(stages.map(\.name)).count == stages.count, .stages)
    choice = try fields.decodeIfPresent(BackendChoice.self, forKey: .choice)
    cookie = try fields.decodeIfPresent(CookieAffinity.self, forKey: .cookie)
    samples = try fields.decodeCount(forKey: .samples)
    actions = try fields.decodeIfPresent(ManagerActions.self, forKey: .actions)
    start = try fields.decodeIfPresent(CommonStart.self, forKey: .start)
    try fields.demand(consistency)
  }

  /// Checks the limits of all parts so far together.
  ///
  /// - Throws: ``TooMuch``.
  func demandLimits() throws(TooMuch) {
    func demand(_ count: Int, atMost most: Int, _ what: String) throws(TooMuch) {
      if count > most { throw TooMuch(what: what, most: most) }
    }
    try demand(notes.count, atMost: FindingsLimits.list, "notes")
    try demand(addresses.count, atMost: FindingsLimits.list, "addresses")
    try demand(stages.count, atMost: CapacityLadder.mostSteps, "stages")
    for stage in stages {
      let measured = stage.measured
      try demand(measured.backends.count, atMost: FindingsLimits.backends, "\(stage.name).backends")
      try demand(measured.generations.count, atMost: FindingsLimits.generations, "\(stage.name).generations")
      try demand(measured.locations.count, atMost: FindingsLimits.list, "\(stage.name).locations")
      try demand(measured.faults.count, atMost: FindingsLimits.list, "\(stage.name).faults")
    }
    // Each part may keep one where there are more parts than requests to keep.
    let rows = stages.reduce(0) { $0 + $1.measured.records.count + $1.measured.openDues.count }
    try demand(rows, atMost: 2 * CapacityLadder.mostRecordsInAll + Shard.mostShards, "records")
    let histograms = stages.reduce(0) { $0 + 6 + $1.measured.backends.count }
    try demand(histograms, atMost: PartDocument.mostHistograms, "histograms")
  }

  /// What all parts together exceed.
  struct TooMuch: Error, CustomStringConvertible {
    let what: String
    let most: Int

    var description: String {
      "\(Escaping.terminal(what, width: 80)) of all parts is larger than the \(most) that are read"
    }
  }
}

extension CheckFindings.Stage {
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    name = try fields.decode(StageName.self, forKey: .name)
    measured = try fields.decode(Measurements.self, forKey: .measured)
    started = try fields.decode(Int64.self, forKey: .started)
    try fields.demand(FindingsDates.date.contains(started), .started)
    processorTime = try fields.decodeTime(forKey: .processorTime)
    cutShort = try fields.decodeNameIfPresent(forKey: .cutShort)
  }
}
