internal import Report
internal import Statistics

extension PhaseVerdicts {
  /// Judges whether the traffic went well before any action.
  mutating func judgeBaseline() {
    guard let baseline = phases.first else { return }
    let requests = baseline.traffic.requests
    let refused = refusedMethod.map { "Every \($0) failed: name a path that takes them with --post-path." }
    add(
      Assertion(
        .evidence(.baselineWithoutFailure), verdict: requests.failed == 0 ? .pass : .inconclusive,
        expected: "0 failed before any action",
        actual: Formatting.count(requests.failed) + (baseline.traffic.methods?.lossInWords.map { " (\($0))" } ?? ""),
        detail: requests.failed == 0 ? nil : refused ?? "Failures before it cannot be held against an action.",
        finding: .lost(
          Assertion.RequestLoss(requests.failed, of: requests.scheduled, methods: baseline.traffic.methods ?? []))),
      about: [0])
    let problem = analyses[0].pace.problem
    add(
      Assertion(
        .evidence(.baselineKeptUp), verdict: problem == nil ? .pass : .inconclusive,
        expected: "the target keeps up with the traffic before any action", actual: problem ?? "it does",
        detail: problem == nil ? nil : "It cannot carry this much, so nothing else is judged: lower --rate."),
      about: [0])
  }

  /// The method of which every request failed before any action, though others did not: what was asked for takes none.
  var refusedMethod: String? {
    let methods = phases.first?.traffic.methods ?? []
    guard methods.contains(where: { $0.requests > $0.failed }) else { return nil }
    return methods.first { $0.requests > 0 && $0.failed == $0.requests }?.method
  }
}
