internal import Report

/// How many backends are known, and which of them are stopped: names in, words out.
struct FailoverCoverage {
  /// The primaries that were stopped in turn.
  let stopped: [String]
  /// Backends beside the primaries and the backups, in order of appearance.
  let unnamed: [String]
  /// How many backends there are beside the backups.
  let count: Int
  /// Whether all were to be stopped.
  let takesAll: Bool

  /// - Parameters:
  ///   - stack: the backends as they were known before the traffic.
  ///   - stopped: those of its backends that were actually stopped.
  ///   - answered: who answered in each phase, the baseline first.
  ///   - away: which backends were stopped in each phase.
  ///   - failedTries: backends that never answered, and that the balancer tried.
  init(
    _ stack: FailoverStack, stopped: [String], answered: [Set<String>], away: [Set<String>],
    failedTries: Set<String> = []
  ) {
    self.init(
      primaries: stack.primaries, backups: stack.backups, stopped: stopped, takesAll: stack.takesAll,
      met: stack.met, listed: stack.listed, answered: answered, away: away, failedTries: failedTries)
  }

  /// - Parameters:
  ///   - met: who answered before the traffic.
  ///   - listed: how many instances the manager lists that are no backups; `nil` where it has no list.
  init(
    primaries: [String], backups: [String], stopped: [String], takesAll: Bool, met: [String] = [],
    listed: Int? = nil, answered: [Set<String>], away: [Set<String>], failedTries: Set<String> = []
  ) {
    self.stopped = stopped
    self.takesAll = takesAll
    var known = Set(primaries + backups)
    func new(_ names: some Sequence<String>) -> [String] { names.filter { known.insert($0).inserted } }
    let early = new(met) + new((answered.first ?? []).union(failedTries).sorted())
    // What answers only while every primary is away is a backup that was not named.
    let primary = Set(primaries)
    let late = zip(answered, away).dropFirst().flatMap { answered, away in
      new(primary.isSubset(of: away) ? [] : answered.sorted())
    }
    // A backend that comes back under another name, as a pod does, is the same one.
    let renamed = stopped.filter { backend in
      guard let last = away.lastIndex(where: { $0.contains(backend) }), last + 1 < answered.count else { return false }
      return !answered[(last + 1)...].contains { $0.contains(backend) }
    }
    unnamed = early + late
    count = max(primaries.count + early.count + max(0, late.count - renamed.count), listed ?? 0)
  }

  /// The assertion that each backend was stopped, where that was asked for.
  var assertion: Assertion? {
    guard takesAll else { return nil }
    let isMet = stopped.count >= count
    let beside = unnamed.isEmpty ? "" : "; not named as a backend: \(unnamed.prefix(8).joined(separator: ", "))"
    return Assertion(
      .evidence(.everyBackendStopped), verdict: isMet ? .pass : .inconclusive,
      expected: "each of \(count) backends is stopped once",
      actual: "\(stopped.count) of \(count)\(isMet ? "" : beside)",
      detail: isMet ? nil : "What did not answer beforehand, or is not named with --backend, is not stopped.")
  }

  /// Which are stopped, of how many.
  var inWords: String {
    if stopped.count > 1 {
      return "each of \(stopped.count)\(count > stopped.count ? " of \(count)" : "") backends in turn"
    }
    guard let one = stopped.first else { return "none of \(count) backends" }
    return "\(one) (1 of \(count) backend\(count == 1 ? "" : "s"))"
  }
}
