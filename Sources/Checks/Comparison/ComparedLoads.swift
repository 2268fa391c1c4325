internal import Report
internal import Statistics

/// The load under which each of two reports was measured: that decides which of their figures can be compared, and how.
///
/// Both loads are taken from the settings; where one of the reports lists none, from the rates that its traffic had.
struct ComparedLoads {
  /// When requests become due, as far as it decides what can be compared.
  fileprivate enum Pace: Equatable {
    /// Each when the one before it is answered.
    case closedLoop
    /// At times of their own; the mean rate a second, where it is one number.
    case openLoop(rate: Double?)
  }

  private let base: Pace
  private let candidate: Pace
  /// How many connections each had, where both reports tell.
  private let connections: (base: Double, candidate: Double)?
  /// Whether each request had a connection of its own in both runs, as far as the settings show it.
  let haveConnectionsPerRequest: Bool

  init(base: ReportDocument, candidate: ReportDocument) {
    let settings = (base.settings ?? [], candidate.settings ?? [])
    // A report that lists only what its check found out does not list its settings.
    let areSettingsKnown = [settings.0, settings.1].allSatisfy { $0.contains { $0.key == "connections" } }
    self.base = areSettingsKnown ? Pace(settings.0, base) : Pace(base.traffic)
    self.candidate = areSettingsKnown ? Pace(settings.1, candidate) : Pace(candidate.traffic)
    haveConnectionsPerRequest = [settings.0, settings.1].allSatisfy { $0.number("freshConnections") == 1 }
    if let own = ComparedMethods.connections(base), let other = ComparedMethods.connections(candidate) {
      connections = (own, other)
    } else {
      connections = nil
    }
  }

  /// Whether either run was closed loop.
  var isEitherClosed: Bool { base == .closedLoop || candidate == .closedLoop }
  /// Whether the rate is a result, not a setting.
  var isRateMeasured: Bool { base == .closedLoop && candidate == .closedLoop }

  /// Why figures that depend on the load cannot be compared, as a clause; `nil` where they can.
  var difference: String? {
    switch (base, candidate) {
    case (.closedLoop, .openLoop), (.openLoop, .closedLoop): "one run was open loop and the other closed loop"
    case (.openLoop(let from?), .openLoop(let to?)) where abs(from - to) > 0.02 * max(from, to):
      "the offered rates differ: \(Formatting.plannedRate(from)) in the base, \(Formatting.plannedRate(to)) in the candidate"
    case (.closedLoop, .closedLoop):
      connections.flatMap { base, candidate in
        base == candidate
          ? nil
          : "the base closed its loop over \(Formatting.number(base)) connections, the candidate over \(Formatting.number(candidate))"
      }
    case (.openLoop, .openLoop): nil
    }
  }

  /// Notes on the two loads, beside the settings that differ.
  var notes: [String] {
    isEitherClosed
      ? [
        "In a closed loop, latency depends on whatever else the machine does, so the margins are three times as wide. "
          + "Runs with --rate show smaller changes."
      ] : []
  }
}

extension ComparedLoads.Pace {
  fileprivate init(_ traffic: TrafficSection?) {
    self = traffic?.rate.offered.map { .openLoop(rate: $0) } ?? .closedLoop
  }

  /// The pace that the settings of a report demand; its rate is the one that was offered, less where parts are missing. The steps
  /// of a capacity search have a constant rate each.
  fileprivate init(_ settings: [Setting], _ document: ReportDocument) {
    let isOpen = document.check == .capacity || settings.contains { ["rate", "ramp", "steps"].contains($0.key) }
    self = isOpen ? .openLoop(rate: document.traffic?.rate.offered) : .closedLoop
  }
}

extension [Setting] {
  /// The number that a setting has; `nil` where it is not set.
  func number(_ key: String) -> Double? {
    guard case .number(let number)? = first(where: { $0.key == key })?.value else { return nil }
    return number
  }
}
