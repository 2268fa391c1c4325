package import Load
package import Platform
package import Report
internal import Statistics

/// What a check measured, not yet judged: all of it, or what one shard of it measured. A part file is exactly this with a head,
/// see ``PartDocument``.
package struct CheckFindings: Codable, Sendable, Equatable {
  /// One stage of traffic.
  package struct Stage: Codable, Sendable, Equatable {
    package let name: StageName
    package var measured: Measurements
    /// When it began by this machine's clock, in nanoseconds since 1970.
    package var started: Int64
    /// The CPU time of the process meanwhile.
    package var processorTime: Nanoseconds
    /// Why it was ended early, if it was.
    package var cutShort: String?
    /// How many shards measured it.
    package var parts = 1

    enum CodingKeys: String, CodingKey {
      case name, measured, started, processorTime, cutShort
    }

    package init(
      name: StageName, measured: Measurements, started: Int64 = 0, processorTime: Nanoseconds = 0,
      cutShort: String? = nil
    ) {
      self.name = name
      self.measured = measured
      self.started = started
      self.processorTime = processorTime
      self.cutShort = cutShort
    }
  }

  /// In seconds since 1970.
  package var startedAt: Double
  package var durationSeconds = 0.0
  package var isInterrupted = false
  /// The addresses that the traffic went to.
  package var addresses: [String] = []
  package var notes: [String] = []
  /// What was sent beside the stages that the report shows, and what the answers said.
  package var preparation = TargetProbeFindings()
  /// The header that named backends.
  package var backendHeader: String?
  package var generationHeader: String?
  /// The stages of traffic, in order.
  package var stages: [Stage] = []
  /// What a fairness check found besides, in the first shard's findings.
  package var choice: BackendChoice?
  package var cookie: CookieAffinity?
  /// How many times the concurrent stage of a fairness check was made; the last counts.
  package var samples = 1
  /// Who got the fewest requests in each of those before the last one that may have met a backend that paused; in a part of a check
  /// there is one sample alone.
  package var slowInSamples: [String] = []
  /// What a manager did meanwhile, in the first shard's findings.
  package var actions: ManagerActions?
  /// The addresses and kinds of requests that a fairness check judges by themselves, not in part files; empty for one.
  package var lanes: [FairnessLane] = []
  /// What the shards agreed on; `nil` where there is but one, or none was asked for.
  package var start: CommonStart?
  /// The parts of it; `nil` for a check that was not divided, and for one part.
  package var shards: ShardsSection?

  enum CodingKeys: String, CodingKey {
    case startedAt, durationSeconds, isInterrupted, addresses, notes, preparation, backendHeader, generationHeader,
      stages
    case choice, cookie, samples, actions, start
  }

  package init(startedAt: Double = WallClock.seconds) { self.startedAt = startedAt }

  /// Adds what is known about the target before the traffic.
  mutating func take(_ ready: ReadyTarget) {
    notes = ready.notes
    addresses = ready.addresses.map(\.description)
  }

  /// Ends the measurement, which began when the ledger was made.
  ///
  /// - Parameter ledger: what was sent beside the traffic.
  mutating func end(isInterrupted: Bool, _ ledger: TargetProbeLedger) {
    preparation = ledger.findings(header: backendHeader)
    self.isInterrupted = isInterrupted
    durationSeconds = Double(MonotonicClock.now() - ledger.begun) / 1e9
  }

  /// The same, of a measurement that goes on.
  func soFar(_ ledger: TargetProbeLedger) -> CheckFindings {
    var findings = self
    findings.end(isInterrupted: false, ledger)
    return findings
  }

  /// The measurements of a stage; empty if there was none of this name.
  func measured(_ name: StageName) -> Measurements { stages.first { $0.name == name }?.measured ?? Measurements() }

  /// The share of the traffic that was sent where shards are missing, above 0, at most 1.
  var shareMade: Double { shards.map { Double($0.parts.count) / Double($0.count) } ?? 1 }
}
