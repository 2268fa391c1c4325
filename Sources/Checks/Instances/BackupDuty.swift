internal import Load
internal import Platform

/// For how long only backup servers answered: from records, no clock.
struct BackupDuty {
  /// A period without any answer of a primary, in which others answered.
  struct Stretch: Equatable {
    /// When the primaries fell silent: the time of their last answer, or the phase's start.
    var start: Nanoseconds
    /// When a primary answered again, or the phase's end.
    var end: Nanoseconds
    /// The backends that answered meanwhile, in order of their names.
    var carriedBy: [String]
    /// Whether no primary came back within the phase.
    var lasts: Bool
    /// When the last of those answers came.
    var lastAnswer: Nanoseconds
    /// How many requests failed meanwhile, until that answer.
    var failed: Int

    var seconds: Double { Double(end - min(start, end)) / 1e9 }
  }

  /// The backends that are taken for backups.
  let backups: Set<String>
  /// The backends that answered in the baseline, and are no backups.
  let primaries: Set<String>

  private let answers: [(time: Nanoseconds, name: String)]
  /// When failed requests had their outcome, in order.
  private let failures: [Nanoseconds]

  /// The fewest answers of a backup that make a period; fewer may mean that a primary was only slow.
  private static let fewest = 5
  /// Shorter ones are no finding, in nanoseconds.
  private static let shortest: Nanoseconds = 100_000_000

  /// - Parameters:
  ///   - declared: the backends that the user says are backups.
  ///   - baseline: when nothing had been done yet.
  init(_ measured: Measurements, declared: Set<String>, baseline: Range<Nanoseconds>) {
    let answers = measured.records.compactMap { record -> (time: Nanoseconds, name: String)? in
      guard record.failure == nil, let backend = record.backend else { return nil }
      return (record.done, measured.backends[backend].name)
    }.sorted { $0.time < $1.time }
    self.answers = answers
    failures = measured.records.filter { $0.failure != nil }.map(\.done).sorted()
    let early = Set(answers.filter { baseline.contains($0.time) }.map(\.name))
    primaries = early.subtracting(declared)
    // A backend that came after the baseline and fell silent before the primaries did is one as well; not where names change
    // permanently, as those of pods do.
    let primaries = primaries
    let last = answers.last { primaries.contains($0.name) }?.time ?? 0
    let late = Set(answers.filter { !early.contains($0.name) }.map(\.name))
    backups = declared.union(late.subtracting(answers.filter { $0.time > last }.map(\.name)))
  }

  /// The periods within a phase in which backups alone answered.
  func stretches(in phase: Range<Nanoseconds>) -> [Stretch] {
    var found: [Stretch] = []
    var start = phase.lowerBound
    var others: [String] = []
    var last = start
    func close(at end: Nanoseconds, lasts: Bool) {
      if others.count >= Self.fewest, end - min(start, end) >= Self.shortest, others.allSatisfy(backups.contains) {
        found.append(
          Stretch(
            start: start, end: end, carriedBy: Set(others).sorted(), lasts: lasts, lastAnswer: last,
            failed: failures.count { $0 > start && $0 <= last }))
      }
    }
    for answer in answers where phase.contains(answer.time) {
      if backups.contains(answer.name) || !primaries.contains(answer.name) {
        others.append(answer.name)
        last = answer.time
      } else {
        close(at: answer.time, lasts: false)
        start = answer.time
        others = []
      }
    }
    close(at: phase.upperBound, lasts: true)
    return found
  }
}
