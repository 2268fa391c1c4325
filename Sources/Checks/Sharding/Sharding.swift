package import Load
package import Platform
internal import Statistics

/// Which shard of a check this is, and how the shards begin together.
package struct Sharding: Sendable {
  package let shard: Shard
  /// What set it, such as `--shard` or `Slurm`.
  package let source: String
  package var start = StartOption.none
  /// The same for all shards of one plan, and for no other.
  package let digest: String

  package init(_ shard: Shard, source: String, start: StartOption = .none, digest: String) {
    self.shard = shard
    self.source = source
    self.start = start
    self.digest = digest
  }
}

/// When the shards of a check begin.
package enum StartOption: Sendable, Equatable {
  /// Each when it is ready.
  case none
  /// At a time by each machine's own clock, in nanoseconds since 1970.
  case at(Int64)
  /// When all are ready, agreed through files whose names begin with this path.
  case file(String, timeout: Nanoseconds)
}

/// The common start as a shard knows it.
package struct CommonStart: Sendable, Equatable {
  /// In nanoseconds since 1970 by the first shard's clock, or by each machine's own where clocks were not compared.
  package var time: Int64
  /// How far this machine's clock is ahead of the first shard's; `nil` if unknown.
  package var clock: ClockOffset?
  /// The id of the agreement; `nil` without one.
  package var run: String?

  package init(time: Int64, clock: ClockOffset? = nil, run: String? = nil) {
    self.time = time
    self.clock = clock
    self.run = run
  }

  /// The start by this machine's clock.
  var localTime: Int64 { time.addingSaturated(clock?.correction ?? 0) }
}

extension CommonStart: Codable {
  private enum CodingKeys: String, CodingKey { case time, clock, run }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    time = try fields.decode(Int64.self, forKey: .time)
    try fields.demand(FindingsDates.date.contains(time), .time)
    clock = try fields.decodeIfPresent(ClockOffset.self, forKey: .clock)
    run = try fields.decodeNameIfPresent(forKey: .run)
  }
}
