internal import HTTP
internal import Load
internal import Platform
internal import Report
internal import Statistics

/// Judges one rate: figures in, verdict out.
struct StepJudgement: Equatable {
  enum Outcome: Equatable {
    case holds
    /// The target did not keep up; with what.
    case fails(CapacityLimit)
    /// It did not hold, and the generator itself fell behind.
    case generatorFails
    /// Its time was not over, so it shows nothing about its rate.
    case interrupted
  }

  let outcome: Outcome
  /// Whether the generator fell behind, even where the objectives held.
  let isGeneratorLimited: Bool
  /// What did not hold, in words; `nil` if all did.
  let reason: String?

  init(_ outcome: Outcome, isGeneratorLimited: Bool = false, reason: String? = nil) {
    self.outcome = outcome
    self.isGeneratorLimited = isGeneratorLimited
    self.reason = reason
  }

  /// The judgement of a step that was interrupted.
  static func interrupted(after elapsed: Nanoseconds, of length: Nanoseconds) -> StepJudgement {
    func seconds(_ time: Nanoseconds) -> String { Formatting.duration(seconds: Double(time) / 1e9) }
    return StepJudgement(.interrupted, reason: "interrupted after \(seconds(elapsed)) of \(seconds(length))")
  }

  /// - Parameters:
  ///   - processorTime: the CPU time of the generator in the meantime.
  ///   - wasCutShort: why the step was ended early, if it was.
  init(
    _ measured: Measurements, plan: CapacityPlan, traffic: Plan, processorTime: Nanoseconds, wasCutShort: String? = nil
  ) {
    let target = TargetFaults(
      measured, plan, late: measured.lateness.value(atPercentile: 99) ?? 0, expecting: traffic.expectedStatuses,
      wasCutShort: wasCutShort)
    let generator = Self.generatorFaults(measured, target, plan, traffic, processorTime)
    let outcome: Outcome =
      if let first = target.faults.first {
        generator.isEmpty ? .fails(first.limit) : .generatorFails
      } else {
        measured.error != nil ? .generatorFails : .holds
      }
    let reasons = target.faults.map(\.text) + generator
    self.init(
      outcome, isGeneratorLimited: !generator.isEmpty, reason: reasons.isEmpty ? nil : reasons.joined(separator: "; "))
  }

  /// How the generator itself fell behind.
  private static func generatorFaults(
    _ measured: Measurements, _ target: TargetFaults, _ plan: CapacityPlan, _ traffic: Plan,
    _ processorTime: Nanoseconds
  ) -> [String] {
    var faults: [String] = []
    let busy = measured.duration > 0 ? Double(processorTime) / Double(measured.duration) : 0
    if busy > 0.95 * Double(traffic.workers) {
      let workers = traffic.workers == 1 ? "worker was" : "\(traffic.workers) workers were"
      faults.append("the generator: its \(workers) busy all the time: use more --workers")
    }
    switch measured.error {
    case .generatorLimit, .noThread: faults.append("the generator: \(measured.error!)")
    case .plan, .unresolved, .noTLS, .noHTTP2, .tooManyBackends, nil: break
    }
    if !measured.pauses.isEmpty { faults.append(measured.pauses.inWords) }
    if target.isForConnections {
      faults.append("the generator: all \(traffic.connections) connections were busy: use more --connections")
    }
    if target.late > plan.latenessLimit, target.faults.isEmpty || !target.isSure {
      faults.append(
        "the generator: 1 of 100 requests was sent \(Formatting.milliseconds(Double(target.late) / 1e6, beside: Double(plan.latenessLimit) / 1e6)) late or later"
      )
    }
    return faults
  }

  /// By how many seconds the median latency grows each second, from the first third of a step to its last.
  ///
  /// The queue of an overloaded target grows by the excess; where the target keeps up there is no trend.
  static func growth(_ records: [RequestRecord]) -> Double? {
    let answered = records.filter { $0.failure == nil }.sorted { $0.due < $1.due }
    let third = answered.count / 3
    guard third >= 20 else { return nil }
    func median(_ part: ArraySlice<RequestRecord>) -> (latency: Double, due: Double) {
      let latencies = part.map { Double($0.done - $0.due) }.sorted()
      return (latencies[latencies.count / 2], part.reduce(0) { $0 + Double($1.due) } / Double(part.count))
    }
    let first = median(answered[..<third])
    let last = median(answered[(answered.count - third)...])
    return last.due > first.due ? (last.latency - first.latency) / (last.due - first.due) : nil
  }
}

/// How a target fell behind at one rate.
private struct TargetFaults {
  private(set) var faults: [(limit: CapacityLimit, text: String)] = []
  /// Whether more connections might have shown more.
  private(set) var isForConnections = false
  /// Whether it is the target's fault even if the generator was late both in sending and in reading.
  private(set) var isSure = false
  /// The generator's own lateness, at the 99th percentile.
  let late: Nanoseconds

  init(
    _ measured: Measurements, _ plan: CapacityPlan, late: Nanoseconds, expecting expected: StatusSet,
    wasCutShort: String?
  ) {
    self.late = late
    for objective in plan.objectives { add(objective, measured) }
    let failedShare = measured.completed > 0 ? Double(measured.failed) / Double(measured.completed) : 0
    if failedShare > plan.failedShare {
      isSure = measured.failed > measured.failedAcrossPauses
      let failures = measured.failuresInWords(expecting: expected)
      faults.append((.failed, "\(Formatting.shortPercent(failedShare)) failed (\(failures))"))
    }
    if measured.succeeded == 0, faults.isEmpty { faults.append((.failed, "nothing was answered")) }
    if faults.isEmpty, let growth = StepJudgement.growth(measured.records), growth > plan.precision / 2 {
      faults.append((.queue, "the latency kept growing, by \(Int(growth * 1000)) ms a second"))
    }
    if faults.isEmpty, measured.unsent > 0 {
      // What was sent kept to the objectives, so it is not known what more connections would have shown.
      isForConnections = true
      faults.append((.queue, "\(Formatting.count(measured.unsent, "request")) came due and went unsent"))
    }
    if faults.isEmpty, let wasCutShort { faults.append((.failed, wasCutShort)) }
  }

  private mutating func add(_ objective: LatencyObjective, _ measured: Measurements) {
    guard let value = measured.latency.value(atPercentile: objective.percentile), value > objective.limit else {
      return
    }
    faults.append(
      (
        .percentile(objective.percentile),
        "\(objective.name) was \(Formatting.milliseconds(Double(value) / 1e6, beside: Double(objective.limit) / 1e6))"
      ))
    let service = measured.serviceTime.value(atPercentile: objective.percentile) ?? 0
    let hasWaited = measured.waitedForConnection > 0 || measured.waitedForStream > 0
    if hasWaited, service <= objective.limit { isForConnections = true }
    if service > objective.limit + 2 * late { isSure = true }
  }
}
