/// Which part of a plan a process carries out: one of several that make the traffic of one.
///
///     let second = Shard(index: 1, count: 4)!
///     second.part(of: 10)                    // 3: the parts are 3, 3, 2 and 2
///
/// Shards of the same plan divide requests and connections so that the sums are exact, and take turns in the schedule: in
/// an even one, shard i is due i/count of an interval after shard 0.
public struct Shard: Sendable, Equatable {
  /// From 0.
  public let index: Int
  /// 1 or more.
  public let count: Int

  /// The only shard of a plan.
  public static let whole = Shard(index: 0, count: 1)!

  /// The most shards that a plan may be divided into.
  public static let mostShards = 100_000

  /// `nil` unless 0 ≤ index < count ≤ ``mostShards``.
  public init?(index: Int, count: Int) {
    guard (1...Shard.mostShards).contains(count), (0..<count).contains(index) else { return nil }
    self.index = index
    self.count = count
  }

  /// What is this shard's of a number of things: the parts of all shards add up to it, and differ by at most one.
  public func part(of whole: Int) -> Int { whole / count + (index < whole % count ? 1 : 0) }

  /// The share that one of a shard's workers takes: shards take turns before workers do, so that with any number of workers
  /// a shard's requests are as even as those of the whole.
  ///
  /// - Returns: a shard of `count` × `workers`.
  func share(ofWorker worker: Int, of workers: Int) -> Shard {
    Shard(index: index + count * worker, count: count * workers)!
  }
}
