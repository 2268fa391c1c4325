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

  /// Where backends give some answers, none of those of a method may come from elsewhere: its losses would not show.
  ///
  /// - Parameter methods: those of the plan's templates.
  mutating func judgeNames(of methods: [String]) {
    guard let unnamed = analyses.first?.origins.unnamed else { return }
    guard unnamed.values.contains(where: { $0.nobodys < $0.answers }) else { return }
    var sums: [String: (answers: Int, nobodys: Int)] = [:]
    for (template, count) in unnamed where methods.indices.contains(Int(template)) {
      let sum = sums[methods[Int(template)], default: (0, 0)]
      sums[methods[Int(template)]] = (sum.answers + count.answers, sum.nobodys + count.nobodys)
    }
    for (method, sum) in sums.sorted(by: { $0.key < $1.key }) {
      guard Double(sum.nobodys) > AnswerOrigins.limit * Double(sum.answers) else { continue }
      add(
        Assertion(
          .standing(.servedByBackends), of: sums.count > 1 ? method : nil, verdict: .inconclusive,
          expected: "a backend's name on 95% of the answers before any action",
          actual:
            "\(Formatting.count(sum.nobodys)) of \(Formatting.count(sum.answers, "answer")) to \(method) named none",
          detail: "The balancer itself, or a server that it does not name, may have answered."),
        about: [0])
    }
  }

  /// The method of which every request failed before any action, though others did not: what was asked for takes none.
  var refusedMethod: String? {
    let methods = phases.first?.traffic.methods ?? []
    guard methods.contains(where: { $0.requests > $0.failed }) else { return nil }
    return methods.first { $0.requests > 0 && $0.failed == $0.requests }?.method
  }
}
