internal import Statistics

/// How a proxy chooses the backend for a request.
package enum RotationPolicy: Sendable, Equatable {
  /// One after the other, each as often as its weight says.
  case roundRobin

  /// By chance, in proportion to the weights; the same seed gives the same choices.
  case random(seed: UInt64)

  /// The first request of a client's connection is given out in rotation, the others follow it.
  case sticky
}

/// Chooses the next server: arithmetic without sockets and clocks.
///
/// The rotation is nginx's smooth weighted round robin: every turn each server gains its weight,
/// the one with the most is chosen and pays the sum of all. Weights 5, 1, 1 give a a b a c a a. Servers marked as
/// backup have a turn only when no other is left. A server that failed is left out for `failTimeout`, unless
/// there is no other at all.
struct Rotation {
  struct Server {
    var weight = 1
    var isBackup = false
    fileprivate var current = 0
    fileprivate var skippedUntil: UInt64 = 0

    init(weight: Int = 1, isBackup: Bool = false) {
      self.weight = weight
      self.isBackup = isBackup
    }
  }

  private var servers: [Server]
  private let failTimeout: UInt64
  private var random: SplitMix64?

  /// - Parameter failTimeout: how long a failed server is left out, in nanoseconds.
  init(_ servers: [Server], policy: RotationPolicy, failTimeout: UInt64) {
    self.servers = servers
    self.failTimeout = failTimeout
    if case .random(let seed) = policy { random = SplitMix64(seed: seed) }
  }

  /// The next server of those not in `tried`; nil when none is left.
  mutating func next(skipping tried: Set<Int> = [], at now: UInt64) -> Int? {
    if let chosen = choose(amongBackups: false, tried, now) ?? choose(amongBackups: true, tried, now) { return chosen }
    guard tried.isEmpty else { return nil }
    // With all of them left out, they are tried again.
    for index in servers.indices { servers[index].skippedUntil = 0 }
    return choose(amongBackups: false, tried, now) ?? choose(amongBackups: true, tried, now)
  }

  mutating func noteFailure(of index: Int, at now: UInt64) {
    if servers.count > 1 { servers[index].skippedUntil = now + failTimeout }
  }

  private mutating func choose(amongBackups: Bool, _ tried: Set<Int>, _ now: UInt64) -> Int? {
    func isCandidate(_ index: Int) -> Bool {
      servers[index].isBackup == amongBackups && servers[index].skippedUntil <= now && !tried.contains(index)
    }
    var total = 0
    for index in servers.indices where isCandidate(index) { total += servers[index].weight }
    guard total > 0 else { return nil }

    if let bits = random?.next() {
      var ticket = Int(bits % UInt64(total))
      for index in servers.indices where isCandidate(index) {
        ticket -= servers[index].weight
        if ticket < 0 { return index }
      }
      return nil
    }

    var best: Int?
    for index in servers.indices where isCandidate(index) {
      servers[index].current += servers[index].weight
      if let leader = best, servers[index].current <= servers[leader].current { continue }
      best = index
    }
    if let best { servers[best].current -= total }
    return best
  }
}
