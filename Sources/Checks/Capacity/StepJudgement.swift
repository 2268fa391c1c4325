internal import HTTP
internal import Load
internal import Platform
internal import Report
internal import Statistics

/// What one rate came to: figures in, verdict out.
struct StepJudgement {
  enum Outcome: Equatable {
    case holds
    /// The target did not keep up; what of it, as ``CapacitySection/limitedBy`` names it.
    case fails(String)
    /// It did not hold, and the generator itself fell behind.
    case generatorFails
  }

  let outcome: Outcome
  /// Whether the generator fell behind, even where the objectives held.
  let isGeneratorLimited: Bool
  /// What did not hold, in words; `nil` if all did.
  let reason: String?

  /// - Parameters:
  ///   - processorTime: what the generator took in the meantime.
  ///   - wasCutShort: why the step was ended early, if it was.
  init(
    _ measured: Measurements, plan: CapacityPlan, traffic: Plan, processorTime: Nanoseconds, wasCutShort: String? = nil
  ) {
    var generator: [String] = []
    let late = measured.lateness.value(atPercentile: 99) ?? 0
    let isLate = late > plan.latenessLimit
    let busy = measured.duration > 0 ? Double(processorTime) / Double(measured.duration) : 0
    if busy > 0.95 * Double(traffic.workers) {
      generator.append(
        "its \(traffic.workers == 1 ? "worker was" : "\(traffic.workers) workers were") busy all the time: use more --workers"
      )
    }
    switch measured.error {
    case .generatorLimit, .noThread: generator.append(measured.error!.description)
    case .plan, .unresolved, .noTLS, .tooManyBackends, nil: break
    }
    if !measured.pauses.isEmpty { generator.append(measured.pauses.inWords) }

    var failures: [(name: String, text: String)] = []
    var isForConnections = false
    // Even if the generator was late both in sending and in reading.
    var isSurelyTheTarget = false
    for objective in plan.objectives {
      guard let value = measured.latency.value(atPercentile: objective.percentile) else { continue }
      guard value > objective.limit else { continue }
      failures.append((objective.name, "\(objective.name) was \(CapacityPlan.milliseconds(value))"))
      let service = measured.serviceTime.value(atPercentile: objective.percentile) ?? 0
      if measured.waitedForConnection > 0, service <= objective.limit { isForConnections = true }
      if service > objective.limit + 2 * late { isSurelyTheTarget = true }
    }
    let failedShare = measured.completed > 0 ? Double(measured.failed) / Double(measured.completed) : 0
    if failedShare > plan.failedShare {
      isSurelyTheTarget = measured.failed > measured.failedAcrossPauses
      failures.append(
        (
          "failed",
          "\(CapacityPlan.percent(failedShare)) failed ("
            + measured.failuresInWords(expecting: traffic.expectedStatuses) + ")"
        ))
    }
    if measured.succeeded == 0, failures.isEmpty { failures.append(("failed", "nothing was answered")) }
    if failures.isEmpty, let growth = Self.growth(measured.records), growth > plan.precision / 2 {
      failures.append(("queue", "the latency grew by \(Int(growth * 1000)) ms a second without end"))
    }
    if failures.isEmpty, measured.unsent > 0 {
      // What was sent kept to the objectives, so it is not known what more connections would have shown.
      isForConnections = true
      failures.append(("queue", "\(measured.unsent) requests that were due were not sent"))
    }
    if failures.isEmpty, let wasCutShort { failures.append(("failed", wasCutShort)) }
    if isForConnections {
      generator.append("all \(traffic.connections) connections were busy: use more --connections")
    }

    if isLate, failures.isEmpty || !isSurelyTheTarget {
      generator.append("1 of 100 requests was sent \(CapacityPlan.milliseconds(late)) late or later")
    }

    isGeneratorLimited = !generator.isEmpty
    if let first = failures.first {
      outcome = generator.isEmpty ? .fails(first.name) : .generatorFails
    } else if measured.error != nil {
      outcome = .generatorFails
    } else {
      outcome = .holds
    }
    let told = failures.map(\.text) + generator.map { $0.hasPrefix("the generator") ? $0 : "the generator: \($0)" }
    reason = told.isEmpty ? nil : told.joined(separator: "; ")
  }

  /// By how many seconds the median latency grows each second, from the first third of a step to its last.
  ///
  /// A queue in front of a target that is offered more than it can do grows by the excess; one that copes has no trend.
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
