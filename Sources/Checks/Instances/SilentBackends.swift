internal import Load
internal import Platform

/// Which backends gave no answer at the end of a phase although they should have: from records, no clock.
///
/// A backend is silent where the answers without it are as many as would leave it out less than once in a thousand times.
struct SilentBackends {
  /// The backends that have to answer: those that are named, those that answered before any action, and those met before that.
  let wanted: Set<String>

  /// The detail about a silent backend.
  static let meaning =
    "A silent backend cannot be judged. nginx leaves a backend out for its fail_timeout; see --settle."

  private let named: Set<String>
  /// The share of the answers that each wanted backend should give, 0 to 1.
  private let shares: [String: Double]
  private let phases: [Answers]
  private let backups: Set<String>

  /// Successful answers of one phase.
  private struct Answers {
    /// In all of it, by the name of their backend.
    var all: [String: Int] = [:]
    /// In its last fifth, or in all of the first phase.
    var late: [String: Int] = [:]
    /// Those of `late` that named none.
    var nameless = 0

    var total: Int { all.values.reduce(0, +) }
    /// How many draws there were at the end. Where no backend answers at all, what nobody gave was due to the backends.
    var draws: Int { late.isEmpty ? nameless : late.values.reduce(0, +) }
  }

  /// - Parameters:
  ///   - phases: when requests have to be due to be of each, the first being the one before any action; at least one.
  ///   - expected: the backends that the user names; only the primaries have to answer.
  ///   - primaries: the backends that answered in the first phase, and are no backups.
  ///   - met: the part of the answers before the traffic that further ones gave.
  init(
    _ records: [RequestRecord], of backends: [String], in phases: [Range<Nanoseconds>], expected: [ExpectedBackend],
    primaries: Set<String>, met: [String: Double] = [:]
  ) {
    let backups = Set(expected.backups.map(\.name))
    self.backups = backups
    named = Set(expected.primaries.map(\.name))
    let counted = phases.enumerated().map { index, phase -> Answers in
      let length = phase.upperBound - phase.lowerBound
      let end = phase.upperBound - (index == 0 ? length : length / 5)
      var answers = Answers()
      for record in records where record.failure == nil && phase.contains(record.due) {
        let name = record.backend.map { backends[$0] }
        if let name { answers.all[name, default: 0] += 1 }
        guard record.due >= end else { continue }
        if let name { answers.late[name, default: 0] += 1 } else { answers.nameless += 1 }
      }
      return answers
    }
    let weights = Dictionary(
      expected.primaries.map { ($0.name, Double($0.weight ?? 1)) }, uniquingKeysWith: { first, _ in first })
    let sum = max(weights.values.reduce(0, +), 1)
    self.phases = counted
    let early = counted.first ?? Answers()
    var shares = met.filter { !backups.contains($0.key) }
    for name in primaries { shares[name] = Double(early.all[name] ?? 0) / Double(max(early.total, 1)) }
    for (name, weight) in weights { shares[name] = weight / sum }
    self.shares = shares
    wanted = Set(shares.keys)
  }

  /// Those of the wanted ones that were silent at a phase's end, in order of their names.
  func names(in index: Int) -> [String] {
    let answers = phases[index]
    return wanted.sorted().filter { name in
      answers.late[name] == nil && Draws.areEnough(answers.draws, toMeet: shares[name] ?? 0)
    }
  }

  /// Whether a phase's silent ones were replaced, as where names change permanently like those of pods: for each, at least one
  /// that is new and did not fall silent itself. A backend that the user names cannot be replaced.
  func areReplaced(_ silent: [String], in index: Int) -> Bool {
    guard index > 0, !silent.contains(where: named.contains), let early = phases.first else { return false }
    let answers = phases[index]
    let new = answers.all.filter { name, count in
      guard early.all[name] == nil, !wanted.contains(name), !backups.contains(name) else { return false }
      return answers.late[name] != nil
        || !Draws.areEnough(answers.draws, toMeet: Double(count) / Double(answers.total))
    }
    return new.count >= silent.count
  }
}

extension SilentBackends {
  init(
    _ measured: Measurements, in phases: [Range<Nanoseconds>], expected: [ExpectedBackend], primaries: Set<String>,
    met: [String: Double] = [:]
  ) {
    self.init(
      measured.records, of: measured.backends.map(\.name), in: phases, expected: expected, primaries: primaries,
      met: met)
  }
}
