package import Load
package import Platform
package import Report

/// What a check measured, not yet judged: all of it, or what one shard of it measured.
package struct CheckFindings: Sendable {
  /// One stretch of traffic.
  package struct Look: Sendable {
    /// What it was for, such as `load`.
    package let name: String
    package var measured: Measurements
    /// When it began by this machine's clock, in nanoseconds since 1970.
    package var started: Int64
    /// What the process took meanwhile.
    package var processorTime: Nanoseconds
    /// Why it was ended early, if it was.
    package var cutShort: String?
    package var timeline: Timeline?
    /// How many shards made it.
    package var parts = 1

    package init(
      name: String, measured: Measurements, started: Int64 = 0, processorTime: Nanoseconds = 0,
      cutShort: String? = nil, timeline: Timeline? = nil
    ) {
      self.name = name
      self.measured = measured
      self.started = started
      self.processorTime = processorTime
      self.cutShort = cutShort
      self.timeline = timeline
    }
  }

  /// In seconds since 1970.
  package var startedAt: Double
  package var durationSeconds = 0.0
  package var isInterrupted = false
  /// Where the traffic went.
  package var addresses: [String] = []
  package var notes: [String] = []
  /// What was sent beside the looks that the report shows, and what the answers said.
  package var preparation = PartPreparation()
  package var backendHeader: String?
  package var generationHeader: String?
  package var looks: [Look] = []
  package var choice: PartChoice?
  /// How many times the concurrent look of a fairness check was made; the last counts.
  package var samples = 1
  package var actions: PartActions?
  /// What the shards agreed on; `nil` where there is but one, or none was asked for.
  package var start: AgreedStart?
  /// The parts of it; `nil` for a check that was not divided.
  package var shards: ShardsSection?

  private let begun = MonotonicClock.now()

  package init(startedAt: Double = WallClock.seconds) { self.startedAt = startedAt }

  /// Takes over what is known of the target before the traffic.
  mutating func take(_ ready: ReadyTarget) {
    notes = ready.notes
    addresses = ready.addresses.map(\.description)
  }

  /// Ends the measuring, which began when this was made.
  ///
  /// - Parameter ledger: what was sent beside the traffic.
  mutating func end(isInterrupted: Bool, _ ledger: PreparationLedger) {
    preparation = ledger.findings(header: backendHeader)
    self.isInterrupted = isInterrupted
    durationSeconds = Double(MonotonicClock.now() - begun) / 1e9
  }

  /// The measurements of a look; empty if there was none of this name.
  func measured(_ name: String) -> Measurements { looks.first { $0.name == name }?.measured ?? Measurements() }

  /// The part of the traffic that was made where shards are missing, above 0, at most 1.
  var shareMade: Double { shards.map { Double($0.parts.count) / Double($0.count) } ?? 1 }
}
