internal import HTTP
internal import Load
internal import Report

extension ReadyTarget {
  /// Whether every address that visitors are given answers; `nil` where there is but one.
  ///
  /// An address of a family of which none answers is passed over: visitors use the other family then (RFC 8305). Inconclusive
  /// where this machine had no means to ask one.
  var everyAddressAnswers: Assertion? {
    guard attempts.count > 1 else { return nil }
    let (answering, failures) = (attempts.answering, attempts.failures)
    let met = failures.filter { failure in answering.contains { $0.isIPv6 == failure.address.isIPv6 } }
    let silent = met.filter { !$0.isGeneratorLimit }
    let shown = (silent.isEmpty ? met : silent).map(\.address.description).joined(separator: ", ")
    return Assertion(
      .traffic(.everyAddressAnswers), verdict: met.isEmpty ? .pass : silent.isEmpty ? .inconclusive : .fail,
      expected: "an answer from every address that visitors meet",
      actual: met.isEmpty
        ? "\(answering.count) of \(attempts.count) addresses answer" + (failures.isEmpty ? "" : ", all of their family")
        : silent.isEmpty ? "not asked: \(shown)" : "silent: \(shown)",
      detail: met.isEmpty ? nil : met.map(\.description).joined(separator: "; "),
      finding: met.isEmpty ? nil : .labelled(shown))
  }
}
