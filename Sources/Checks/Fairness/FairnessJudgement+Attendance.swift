internal import Report
internal import Statistics

extension FairnessJudgement {
  /// Who had to answer and did not, who answered and had no business to, and whether backups kept silent.
  static func attendance(
    _ seen: FairnessObservations, _ expectation: FairnessExpectation, _ observed: ObservedBalancing,
    _ judged: BalancingPolicy
  ) -> [Assertion] {
    let roll = RollCall(seen, expectation, answered: observed.answered, judged)
    var assertions = [judged == .single ? roll.single : roll.every]
    if !expectation.backends.isEmpty {
      let strangers = roll.everywhere.filter { name in !expectation.backends.contains { $0.name == name } }
      assertions.append(
        Assertion(
          .sharing(.noOtherBackend), verdict: strangers.isEmpty ? .pass : .fail, expected: "no answer from any other",
          actual: strangers.isEmpty ? "none" : "answered: \(list(strangers))",
          finding: .labelled(list(strangers))))
    }
    let backups = expectation.backends.backups.map(\.name)
    if !backups.isEmpty {
      let active = backups.filter(roll.everywhere.contains)
      assertions.append(
        Assertion(
          .sharing(.backupSilent), verdict: active.isEmpty ? .pass : .fail, expected: "\(list(backups)) silent",
          actual: active.isEmpty ? "silent" : "answered: \(list(active))",
          finding: .labelled(list(active))))
    }
    return assertions
  }

  /// At most eight names, the rest as a number.
  static func list(_ names: [String]) -> String {
    guard !names.isEmpty else { return "none" }
    let shown = names.sorted().prefix(8).joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }
}

/// Who of the backends answered.
private struct RollCall {
  private let answered: [String]
  /// Those that have to answer.
  private let required: [String]
  /// Those that answered, be it before the stages alone.
  let everywhere: [String]
  private let silent: [String]
  /// Who answered nothing for a while, and when.
  private let away: [String]
  private let detail: String?
  /// Where keys decide: how many values were tried, if they were too few to have met every backend.
  private let tooFewValues: Int?

  init(
    _ seen: FairnessObservations, _ expectation: FairnessExpectation, answered: [String], _ judged: BalancingPolicy
  ) {
    let primaries = expectation.backends.primaries.map(\.name)
    let backups = expectation.backends.backups.map(\.name)
    // A backend that the balancer tries is one that it is configured to use.
    // So is one that has just answered, where the choice does not depend on the request.
    let gone = seen.answeredBefore.filter { !answered.contains($0) }
    let used = Set(seen.failedTries + (judged.usesEveryBackend ? gone : []))
    required = primaries + used.subtracting(primaries + backups).sorted()
    everywhere = answered + gone
    silent = required.filter { !answered.contains($0) }
    let lines = [
      seen.failedTries.isEmpty ? nil : "The balancer's failed tries: \(FairnessJudgement.list(seen.failedTries)).",
      gone.isEmpty ? nil : "Answered before the stages and not in them: \(FairnessJudgement.list(gone)).",
    ].compactMap(\.self)
    detail = lines.isEmpty ? nil : lines.joined(separator: " ")
    let values = seen.choice.flatMap { $0.keys.isEmpty || $0.isComplete ? nil : $0.values.values.reduce(0, +) }
    tooFewValues = values
    self.answered = answered
    let spells = judged.usesEveryBackend ? seen.silences.filter { !backups.contains($0.backend) } : []
    away = spells.prefix(8).map(\.text)
  }

  /// That one backend answers everything.
  var single: Assertion {
    Assertion(
      .sharing(.oneBackendAnswered), verdict: answered.count == 1 && silent.isEmpty ? .pass : .fail,
      expected: "one backend", actual: FairnessJudgement.list(answered), detail: detail,
      finding: answered.isEmpty ? .nothing : nil)
  }

  /// That everyone answers who has to.
  var every: Assertion {
    if silent.isEmpty, !away.isEmpty {
      return Assertion(
        .sharing(.everyBackendAnswered), verdict: .fail,
        expected: required.isEmpty ? "all the time" : "all the time: " + FairnessJudgement.list(required),
        actual: "away: \(away.joined(separator: "; "))", detail: detail,
        finding: .labelled(away.joined(separator: "; ")))
    }
    let isMet = silent.isEmpty && (!required.isEmpty || answered.count > 1)
    let expected = required.isEmpty ? "at least two backends" : FairnessJudgement.list(required)
    if !isMet, let tooFewValues {
      return Assertion(
        .sharing(.everyBackendAnswered), verdict: .inconclusive, expected: expected,
        actual: "not seen: \(FairnessJudgement.list(silent))",
        detail: "\(tooFewValues) values of the key are too few to have met every backend.")
    }
    return Assertion(
      .sharing(.everyBackendAnswered), verdict: isMet ? .pass : .fail, expected: expected,
      actual: silent.isEmpty
        ? FairnessJudgement.list(answered) : "silent: \(FairnessJudgement.list(silent))",
      detail: detail,
      finding: !silent.isEmpty ? .silent(FairnessJudgement.list(silent)) : answered.isEmpty ? .nothing : nil)
  }
}
