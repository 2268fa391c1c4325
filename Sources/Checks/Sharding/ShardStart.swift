internal import Load
internal import Platform
internal import Report
internal import Statistics

/// Where a shard waits for the common start.
struct ShardStart {
  let sharding: Sharding?
  let watch: CheckWatch

  /// How long before the start the waiting ends, to prepare the run.
  private static let readiness: Int64 = 30_000_000

  /// Waits for the others.
  ///
  /// - Parameter first: what the first shard does while all others wait.
  /// - Returns: the agreed start; `nil` where none was asked for.
  /// - Throws: ``CheckError/unmeasurable(_:advice:)`` where this shard, or another one, was not ready in time.
  func agree(first: () throws(CheckError) -> Void = {}) throws(CheckError) -> CommonStart? {
    guard let sharding else {
      try first()
      return nil
    }
    let isFirst = sharding.shard.index == 0
    switch sharding.start {
    case .none:
      if isFirst { try first() }
      return nil
    case .at(let time):
      if isFirst {
        // By then the others have checked that the target answers, and are idle.
        try sleep(until: WallClock.now() + max(0, (time - WallClock.now()) / 2))
        try first()
      }
      let late = WallClock.now() - time
      guard late < 0 else {
        throw .unmeasurable(
          "the common start, \(UTCTime.rfc3339(secondsSince1970: Double(time) / 1e9)), was \(Double(late / 1_000_000) / 1e3) s ago "
            + "when part \(sharding.shard.index + 1) was ready: give a later --start-at", advice: [])
      }
      return CommonStart(time: time)
    case .file:
      guard let start = try rendezvous?.agree(first: first) else { return nil }
      guard start.localTime > WallClock.now() else {
        throw .unmeasurable(
          "--start-file: part \(sharding.shard.index + 1) learned of the common start too late", advice: [])
      }
      return start
    }
  }

  /// Signals the other shards that the first is done.
  func end(_ start: CommonStart) {
    guard let rendezvous, let run = start.run else { return }
    // If that cannot be written, they go on to their time limit.
    try? rendezvous.end(run)
  }

  /// Whether the first shard is done.
  func hasEnded(_ start: CommonStart) -> Bool {
    guard let rendezvous, let run = start.run else { return false }
    return ShardRendezvous.hasEnded(run, rendezvous.files)
  }

  private var rendezvous: ShardRendezvous? {
    guard let sharding, case .file(let path, let timeout) = sharding.start else { return nil }
    return ShardRendezvous(
      files: RendezvousFiles(path: path), shard: sharding.shard, digest: sharding.digest, timeout: timeout, watch: watch
    )
  }

  /// Removes the files that the shards exchanged; to be called when the traffic is over.
  func cleanUp(_ start: CommonStart?) {
    guard let rendezvous, let run = start?.run else { return }
    rendezvous.cleanUp(run)
  }

  /// Waits until shortly before a time after the agreed start.
  ///
  /// - Returns: what the monotonic clock shows at that time.
  /// - Throws: ``CheckError/interrupted``.
  func wait(for start: CommonStart, after: Nanoseconds = 0) throws(CheckError) -> Nanoseconds {
    let time = start.localTime.addingSaturated(Int64(clamping: after))
    if time.subtractingSaturated(WallClock.now()) > 1_000_000_000 {
      watch.report(
        .stage(
          CheckStage("waiting for the start at \(UTCTime.rfc3339(secondsSince1970: Double(time) / 1e9))")))
    }
    try sleep(until: time.subtractingSaturated(Self.readiness))
    return WallClock.monotonic(at: time)
  }

  private func sleep(until time: Int64) throws(CheckError) {
    while true {
      if watch.stop.isStopped { throw .interrupted }
      let left = time.subtractingSaturated(WallClock.now())
      guard left > 0 else { return }
      MonotonicClock.sleep(Nanoseconds(min(left, 50_000_000)))
    }
  }
}
