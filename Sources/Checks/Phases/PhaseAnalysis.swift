internal import Load
internal import Platform
internal import Report
internal import Statistics

/// What a run's records show about one phase: values in, values out.
struct PhaseAnalysis {
  var section: PhaseSection
  /// Successful requests' latency.
  let latency: Histogram
  /// How well its 99th percentile is known; `nil` where the phase is too short for that.
  let precision: PercentilePrecision?
  /// The sources of the phase's answers.
  let origins: PhaseOrigins
  /// The longest time between two requests that were due in it, in seconds.
  let longestSpacing: Double
  /// Whether the target kept up with the traffic in the phase.
  let pace: PhasePace
  /// Failures of requests that were in flight while the generator itself was paused.
  let failedAcrossPauses: Int
  /// Failures of requests that the generator sent only after the next action had begun, those across pauses left out.
  let failedSentLate: Int
  /// Requests that had failed before the phase's last command began, such as by breaking the build before a reload.
  let failedBeforeCommand: Int
  /// Successful requests: when each was due, and its latency.
  let answers: [(due: Nanoseconds, latency: Nanoseconds)]
  /// Whether its longest time without an answer may only be one in which all of the generator's connections were waiting.
  let isShortOfConnections: Bool
  /// Answers, and how many of them named no generation; of those at the phase's end, from which on a generation is stale, if
  /// any is.
  let ungenerated: (all: Share, late: Share)
  /// Whether the generator was paused in the phase.
  let isPaused: Bool

  /// How many of some answers.
  typealias Share = (answers: Int, without: Int)

  /// All phases of a run, in order.
  ///
  /// - Parameters:
  ///   - staleAfter: seconds before a phase's end from which the answer of a generation that had answered before it is stale;
  ///     `nil` where no action replaces any.
  ///   - backups: backends that no action is meant to replace, so that nothing of theirs is stale.
  ///   - methods: those of the plan's templates.
  ///   - hasWholeRun: whether the records are of all of the run, and not of a part of it.
  ///   - began: when second 0 was, in nanoseconds since 1970; `nil` if that is not known.
  static func all(
    _ spans: [PhaseSpan], of measured: Measurements, backups: Set<String> = [], staleAfter: Double?,
    methods: [String] = [], hasWholeRun: Bool = true, began: Int64? = nil
  ) -> [PhaseAnalysis] {
    let attribution = PhaseAttribution(measured.records, open: measured.openDues, over: spans)
    let successes = measured.records.filter { $0.failure == nil }.map { seconds($0.done) }.sorted()
    // What was due before the end is waited for: its answers end a gap, too.
    let end = max(spans.last.map { seconds($0.end) } ?? 0, successes.last ?? 0)
    let kept = cutOnKept(attribution.shares.flatMap(\.cut), of: measured.records)
    let beginnings = hasWholeRun && Set(methods).count > 1 ? ConnectionBeginnings(measured.records) : nil
    var previous: Set<Int> = []
    return zip(spans, attribution.shares).enumerated().map { position, pair in
      let (span, share) = pair
      let gap = Outage.longestGap(
        between: seconds(span.start), and: position == spans.count - 1 ? end : seconds(span.end), successes: successes,
        until: end)
      let analysis = PhaseAnalysis(
        span, share, of: measured, kept: kept, previous: previous, staleAfter: staleAfter, gap: gap,
        methods: methods, beginnings, began: began,
        isLast: position == spans.count - 1)
      // Answers of the next action's new processes do not belong to this phase, even if they were due in it.
      for index in share.due
      where measured.records[index].failure == nil && measured.records[index].done < span.end {
        guard let generation = measured.records[index].generation else { continue }
        let backend = measured.backends[measured.generations[generation].backend].name
        if !backups.contains(backend) { previous.insert(generation) }
      }
      return analysis
    }
  }

  /// Which cut requests got no byte on a connection that had carried another one before; all as indices into the records.
  private static func cutOnKept(_ cut: [Int], of records: [RequestRecord]) -> Set<Int> {
    let unanswered = cut.filter { records[$0].failure == .closed || records[$0].failure == .reset }
    var firstDone = Dictionary(
      unanswered.map { (records[$0].connection, Nanoseconds.max) }, uniquingKeysWith: { first, _ in first })
    for record in records {
      guard let known = firstDone[record.connection], record.done < known else { continue }
      firstDone[record.connection] = record.done
    }
    return Set(unanswered.filter { (firstDone[records[$0].connection] ?? .max) <= records[$0].sent })
  }

  private static func seconds(_ time: Nanoseconds) -> Double { Double(time) / 1e9 }

  private init(
    _ span: PhaseSpan, _ share: PhaseAttribution.Share, of measured: Measurements, kept: Set<Int>, previous: Set<Int>,
    staleAfter: Double?, gap: Double, methods: [String], _ beginnings: ConnectionBeginnings?, began: Int64?,
    isLast: Bool
  ) {
    let all = measured.records
    let tally = PhaseTally(share, of: measured, in: span)
    section = Self.section(
      span, tally, of: measured, previous: previous, staleAfter: staleAfter, gap: gap, isLast: isLast)
    section.traffic.methods = share.all.lazy.map { all[$0] }.byMethod(methods, beginnings)
    section.startedAt = began.map { UTCTime.rfc3339(secondsSince1970: Double($0) / 1e9 + Self.seconds(span.start)) }
    section.cut =
      share.cut.isEmpty
      ? nil : Dictionary(share.cut.map { (all[$0].failureName, 1) }, uniquingKeysWith: +)
    let onKept = share.cut.count { kept.contains($0) }
    section.cutOnKept = onKept > 0 ? onKept : nil
    section.notJudged = span.notJudged
    latency = tally.latency
    precision = section.traffic.latency?.precision?["p99"]
    answers = tally.answers
    origins = PhaseOrigins(share.due.lazy.map { all[$0] }, until: span.end)
    longestSpacing = Self.longestSpacing(of: share.due.map { all[$0].due } + share.open, in: span)
    isShortOfConnections = ConnectionShortage(all, in: span).isSeen
    pace = PhasePace(share.due.lazy.map { all[$0] }, unsent: share.open.count)
    isPaused = span.isTouched(by: measured.pauses)
    let lateFrom = span.end - min(Nanoseconds(max(staleAfter ?? 0, 0) * 1e9), span.end)
    var (whole, late): (Share, Share) = ((0, 0), (0, 0))
    for record in share.due.lazy.map({ all[$0] }) where record.failure == nil {
      whole = (whole.answers + 1, whole.without + (record.generation == nil ? 1 : 0))
      guard record.done >= lateFrom else { continue }
      late = (late.answers + 1, late.without + (record.generation == nil ? 1 : 0))
    }
    ungenerated = (whole, late)
    let command = span.actionStart ?? span.start
    failedBeforeCommand = share.all.count { all[$0].failure != nil && all[$0].done < command }
    let failures = share.all.map { all[$0] }.filter { $0.failure != nil }
    let others = failures.filter { record in
      !measured.pauses.contains { $0.covers(due: record.due, done: record.done) }
    }
    failedAcrossPauses = failures.count - others.count
    failedSentLate = isLast ? 0 : others.count { span.contains($0.due) && $0.sent >= span.end }
  }

  private static func longestSpacing(of dues: [Nanoseconds], in span: PhaseSpan) -> Double {
    let times = [span.start] + dues.filter(span.contains).sorted() + [max(span.end, span.start)]
    return zip(times, times.dropFirst()).map { seconds($1 - $0) }.max() ?? 0
  }

  /// What a report shows about a phase's requests.
  private static func section(
    _ span: PhaseSpan, _ tally: PhaseTally, of measured: Measurements, previous: Set<Int>, staleAfter: Double?,
    gap: Double, isLast: Bool
  ) -> PhaseSection {
    let end = seconds(span.end)
    let length = seconds(span.end - span.start)
    // A generation that first answered after the next action had begun is that action's.
    let seen = tally.generations.filter { isLast || $0.value.first < end }
    let all = seen.map { id, seen in
      let generation = measured.generations[id]
      return (
        id: id,
        section: GenerationSection(
          backend: measured.backends[generation.backend].name, generation: generation.name,
          firstSeenSeconds: seen.first, lastSeenSeconds: seen.last, requests: seen.requests)
      )
    }
    func name(_ generation: GenerationSection) -> String { "\(generation.backend) \(generation.generation)" }
    let stale = all.filter { id, section in
      guard let staleAfter, span.action != nil else { return false }
      return previous.contains(id) && section.lastSeenSeconds > end - staleAfter
    }
    return PhaseSection(
      name: span.name, startSeconds: seconds(span.start), durationSeconds: length, action: span.action,
      traffic: tally.traffic(within: length), longestGapSeconds: gap, outages: tally.outages(until: end),
      generations: all.sorted { (name($0.section), $0.id) < (name($1.section), $1.id) }.map(\.section),
      staleGenerations: stale.map { name($0.section) }.sorted(), failureMarks: tally.marks)
  }
}
