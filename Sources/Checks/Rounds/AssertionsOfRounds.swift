internal import Report
internal import Statistics

/// The assertions of several rounds as one list: each with its worst verdict, and of which rounds that is: values in, values out.
struct AssertionsOfRounds {
  private let rounds: [[Assertion]]
  /// What one of them is called.
  private let word: String

  init(_ rounds: [[Assertion]], word: String = "round") {
    self.rounds = rounds
    self.word = word
  }

  var merged: [Assertion] {
    var names: [String] = []
    for assertion in rounds.joined() where !names.contains(assertion.name) { names.append(assertion.name) }
    return names.compactMap(merge)
  }

  private func merge(_ name: String) -> Assertion? {
    let all = rounds.enumerated().flatMap { index, round in
      round.filter { $0.name == name }.map { (round: index + 1, assertion: $0) }
    }
    let worst = Verdict.worst(of: all.map(\.assertion.verdict))
    let same = all.filter { $0.assertion.verdict == worst }
    guard let first = same.first else { return nil }
    var merged = first.assertion
    let affected = Set(same.map(\.round)).sorted()
    if case .lost = merged.finding { return added(all.map(\.assertion), worst: merged) }
    if worst != .pass, affected.count < rounds.count {
      merged.rounds =
        affected.count == 1
        ? "in \(word) \(affected[0]) of \(rounds.count)"
        : "in \(affected.count) of \(rounds.count) \(word)s, first in \(word) \(affected[0])"
    } else if all.contains(where: { $0.assertion.actual != merged.actual }) {
      merged.rounds = "in \(word) \(first.round)"
    }
    return merged
  }

  /// Losses are added up.
  private func added(_ all: [Assertion], worst: Assertion) -> Assertion {
    let losses = all.compactMap { assertion -> (loss: Assertion.RequestLoss, verdict: Verdict)? in
      if case .lost(let loss)? = assertion.finding { (loss, assertion.verdict) } else { nil }
    }
    let lost = losses.reduce(0) { $0 + $1.loss.lost }
    let requests = losses.reduce(0) { $0 + $1.loss.requests }
    let lossy = losses.count { $0.verdict == .fail }
    let methods = losses.flatMap(\.loss.methods).added
    var sum = worst
    if case .lostNoRequest? = sum.kind { sum.expected = "0 of \(Formatting.count(requests)) failed" }
    sum.actual =
      Formatting.count(lost) + (methods.lossInWords.map { " (\($0))" } ?? "")
      + (lossy > 0 ? ", in \(Formatting.count(lossy)) of \(Formatting.count(losses.count, "round"))" : "")
    sum.finding = .lost(
      Assertion.RequestLoss(
        lost, of: requests, methods: methods, rounds: Assertion.RoundCount(lossy: lossy, of: losses.count)))
    return sum
  }
}
