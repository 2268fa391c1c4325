internal import Load
internal import Report
internal import Statistics

/// Whether a load was made as it was asked for: of requests that are in no count nothing is known.
struct PlannedTraffic {
  /// What was asked for, and what there is of it.
  let expected: String
  let actual: String

  /// `nil` where all is there, or the end was early for a reason that the findings have.
  init?(missingIn findings: CheckFindings, _ settings: CheckSettings) {
    guard !findings.isInterrupted, findings.lanes.isEmpty, let stage = findings.stages.last(where: \.name.isWholeLoad)
    else { return nil }
    let measured = stage.measured
    // Such a run ends when enough is known.
    guard settings.traffic.until == nil else { return nil }
    guard stage.cutShort == nil, measured.error == nil, !measured.wasStopped else { return nil }
    let traffic = settings.traffic
    if let planned = settings.plannedRequests {
      let share = findings.shards.map { Double($0.count - $0.parts.count) / Double($0.count) } ?? 0
      // Of parts that are missing each has its share, but for one request.
      let missing = share > 0 ? Int((Double(planned) * share).rounded(.up)) + (findings.shards?.count ?? 0) : 0
      let made = [measured.completed, measured.counters.unsent, measured.counters.abandoned]
        .reduce(0) { $0.addingSaturated($1) }
      // What rounding may change of a rate's last request is left out.
      guard made < planned - missing - (traffic.requests == nil ? 1 : 0) else { return nil }
      (expected, actual) = ("\(Formatting.count(planned)) requests", Formatting.count(made))
    } else if traffic.requests == nil, !settings.pacer.isOpenLoop, let planned = traffic.duration,
      measured.duration < planned
    {
      expected = "traffic for \(Formatting.duration(seconds: Double(planned) / 1e9))"
      actual = Formatting.duration(seconds: Double(measured.duration) / 1e9)
    } else {
      return nil
    }
  }

  /// That some of it is missing; empty where none is.
  static func assertions(_ findings: CheckFindings, _ settings: CheckSettings) -> [Assertion] {
    [PlannedTraffic(missingIn: findings, settings)?.assertion].compactMap(\.self)
  }

  var assertion: Assertion {
    Assertion(
      .evidence(.measurement), verdict: .inconclusive, expected: expected, actual: actual,
      detail: "Of the rest nothing is known.", reason: "planned: \(expected); made: \(actual)")
  }
}

extension StageName {
  /// Whether it makes all of the traffic that was asked for.
  fileprivate var isWholeLoad: Bool {
    switch self {
    case .load, .concurrentStage: true
    case .serialStage, .freshStage, .burstStage, .unequalStage, .mixedStage, .shuffledStage, .traffic, .step: false
    }
  }
}

extension CheckSettings {
  /// How many requests are made; `nil` where answers or chance decide.
  fileprivate var plannedRequests: Int? {
    switch (traffic.requests, traffic.duration, pacer) {
    case (let requests?, nil, .closedLoop), (let requests?, nil, .constant): requests
    case (nil, let duration?, .constant(let rate)):
      // Request n is due at n / rate, if that is before the end.
      Int(min(1e15, rate * Double(duration) / 1e9))
    default: nil
    }
  }
}
