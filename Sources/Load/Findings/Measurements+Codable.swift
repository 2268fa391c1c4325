internal import HTTP
internal import Platform
internal import Statistics

/// What a run measured as a part file holds it, so that adding parts rounds nothing.
extension Measurements: Codable {
  enum Field: String, CodingKey {
    case counters, sent, statuses, failures, leniencies, nobody, locations
    case latency, latencies, serviceTime, lateness, connect, handshake, firstByte, readDelay, series, backends,
      generations
    /// See ``RecordPacking``.
    case records, openDues
    case faults, tls, resets, pauses, waitedForSink, startLateness, duration, wasStopped, error
  }

  /// Every histogram of the whole traffic.
  static var histograms: [(field: Field, histogram: WritableKeyPath<Measurements, Histogram>)] {
    [
      (.latency, \.latency), (.serviceTime, \.serviceTime), (.lateness, \.lateness), (.connect, \.connect),
      (.handshake, \.handshake), (.firstByte, \.firstByte), (.readDelay, \.readDelay),
    ]
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(counters, forKey: .counters)
    try fields.encode(sent, forKey: .sent)
    try fields.encode(counts: statuses, forKey: .statuses) { "\($0)" }
    try fields.encode(counts: failures, forKey: .failures) { $0.name }
    try fields.encode(counts: leniencies, forKey: .leniencies) { $0.name }
    try fields.encode(counts: nobody, forKey: .nobody) { $0.name }
    try fields.encode(locations, forKey: .locations)
    for (field, histogram) in Self.histograms { try fields.encode(self[keyPath: histogram], forKey: field) }
    try fields.encode(latencies, forKey: .latencies)
    try fields.encode(series, forKey: .series)
    try fields.encode(backends, forKey: .backends)
    try fields.encode(generations, forKey: .generations)
    try fields.encode(RecordPacking.pack(records), forKey: .records)
    try fields.encode(RecordPacking.pack(dues: openDues), forKey: .openDues)
    try fields.encode(faults, forKey: .faults)
    try fields.encode(tls, forKey: .tls)
    try fields.encode(counts: resets, forKey: .resets) { $0.name }
    try fields.encode(pauses, forKey: .pauses)
    try fields.encode(waitedForSink, forKey: .waitedForSink)
    try fields.encode(startLateness, forKey: .startLateness)
    try fields.encode(duration, forKey: .duration)
    try fields.encode(wasStopped, forKey: .wasStopped)
    try fields.encodeIfPresent(error, forKey: .error)
  }

  /// - Throws: `DecodingError` naming the first field that contradicts the others, or is beyond ``FindingsLimits``.
  public init(from decoder: any Decoder) throws {
    self.init()
    let fields = try decoder.container(keyedBy: Field.self)
    counters = try fields.decode(Counters.self, forKey: .counters)
    sent = try fields.decode([Int].self, forKey: .sent)
    try fields.demand(sent.count, atMost: FindingsLimits.list, .sent)
    try fields.demand(sent.allSatisfy((0...FindingsLimits.count).contains), .sent)
    statuses = try fields.decodeCounts(forKey: .statuses) { Int($0).flatMap { (100...999).contains($0) ? $0 : nil } }
    failures = try fields.decodeCounts(forKey: .failures) { name in FailureKind.allCases.first { $0.name == name } }
    leniencies = try fields.decodeCounts(forKey: .leniencies) { name in Leniency.allCases.first { $0.name == name } }
    nobody = try fields.decodeCounts(forKey: .nobody) { NobodyReason(name: $0) }
    locations = try fields.decodeCounts(forKey: .locations) { $0 }
    for (field, histogram) in Self.histograms {
      self[keyPath: histogram] = try fields.decode(Histogram.self, forKey: field)
    }
    latencies = try fields.decode(LatencySequence.self, forKey: .latencies)
    backends = try fields.decode([Backend].self, forKey: .backends)
    try fields.demand(backends.count, atMost: FindingsLimits.backends, .backends)
    // A duplicate name would be two rows of one backend.
    try fields.demand(Set(backends.map(\.name)).count == backends.count, .backends)
    series = try fields.decode(TrafficSeries.self, forKey: .series)
    try fields.demand(series.backendCount <= backends.count, .series)
    generations = try fields.decode([Generation].self, forKey: .generations)
    try fields.demand(generations.count, atMost: FindingsLimits.generations, .generations)
    try fields.demand(
      generations.allSatisfy { backends.indices.contains($0.backend) && $0.name.utf8.count <= FindingsLimits.name },
      .generations)
    try fields.demand(Set(generations).count == generations.count, .generations)
    try decodePacked(fields, decoder.budget)
    faults = try fields.decodeLines(forKey: .faults)
    tls = try fields.decode(TLSHandshakes.self, forKey: .tls)
    resets = try fields.decodeCounts(forKey: .resets) { name in HTTP2ErrorCode.allCases.first { $0.name == name } }
    pauses = try fields.decode([GeneratorPause].self, forKey: .pauses)
    try fields.demand(pauses.count, atMost: FindingsLimits.list, .pauses)
    waitedForSink = try fields.decodeTime(forKey: .waitedForSink)
    startLateness = try fields.decodeTime(forKey: .startLateness)
    duration = try fields.decodeTime(forKey: .duration)
    wasStopped = try fields.decode(Bool.self, forKey: .wasStopped)
    error = try fields.decodeIfPresent(LoadError.self, forKey: .error)
    try fields.demand((error?.description.utf8.count ?? 0), atMost: FindingsLimits.name, .error)
    try fields.demand(consistency)
  }

  private mutating func decodePacked(_ fields: KeyedDecodingContainer<Field>, _ budget: DecodingBudget?) throws {
    func unpacked<Row>(
      _ key: Field, _ unpack: (String, _ most: Int) throws(RecordPacking.Damaged) -> [Row]
    ) throws -> [Row] {
      let text = try fields.decode(String.self, forKey: key)
      do throws(RecordPacking.Damaged) {
        let rows = try unpack(text, min(RecordPacking.mostRows, max(0, budget?.rowsLeft ?? .max)))
        budget?.take(rows: rows.count)
        return rows
      } catch {
        throw fields.impossible(key)
      }
    }
    let (backends, generations) = (backends.count, generations.count)
    records = try unpacked(.records) { (text, most) throws(RecordPacking.Damaged) in
      try RecordPacking.unpack(text, backends: backends, generations: generations, most: most)
    }
    openDues = try unpacked(.openDues) { (text, most) throws(RecordPacking.Damaged) in
      try RecordPacking.unpack(dues: text, most: most)
    }
  }
}
