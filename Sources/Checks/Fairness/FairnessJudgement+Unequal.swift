internal import Report
internal import Statistics

extension FairnessJudgement {
  /// Whether the path that the user names as unequal showed what the load decides.
  ///
  /// - Returns: `nil` where the target itself shows it, so that the path was not asked for.
  static func unequalAssertion(_ look: UnequalLook, _ observed: ObservedBalancing) -> Assertion? {
    if look.completed == 0, observed.policy.heedsLoad { return nil }
    let times = look.times.prefix(8).map { "\($0.name) \(Formatting.number($0.time, decimals: 1)) ms" }
    let took = times.isEmpty ? nil : "Its answers took \(times.joined(separator: ", ")) on average."
    let expected = "some backends busier than others"
    guard let load = observed.load, observed.isLoadUnequal else {
      let why = look.whyNot(idle: observed.idle) ?? "it kept all backends equally busy"
      return Assertion(
        .sharing(.unequalPath), verdict: .inconclusive, expected: expected, actual: why,
        detail: ["\(look.path) does not show whether the load decides: \(why).", took].compactMap(\.self)
          .joined(separator: " "))
    }
    let number =
      switch load.heed {
      case .least, .less: "fewer"
      case .none, .other, .untold: "as many"
      }
    return Assertion(
      .sharing(.unequalPath), verdict: .pass, expected: expected, actual: "the busier ones got \(number) requests",
      detail: took)
  }

  /// That one request after another was not asked often enough to tell chance from a long rotation; `nil` if it was.
  static func tooFewForChance(_ observed: ObservedBalancing, _ expectation: FairnessExpectation) -> String? {
    let limit = SerialStages.mostRequests(expectation)
    let most = "at most \(Formatting.count(limit)) are made"
    let turns = SerialStages.wanted(expectation)
    if turns > limit {
      return
        "Twelve turns of the named weights take \(Formatting.count(turns, "request")) one after another, and \(most)."
    }
    guard let needed = observed.requestsForChance else { return nil }
    let advice = expectation.backends.isEmpty ? "; name the backends and their weights with --backend" : ""
    return
      "A rare backend's turn looks like chance in \(Formatting.count(observed.idle.count, "request")) one after another. To tell "
      + "takes about \(Formatting.count(needed)), and \(most)\(advice)."
  }
}
