internal import Load
internal import Platform
internal import Report
internal import Statistics

extension [GeneratorPause] {
  /// What was paused, for how long and when; empty if nothing was.
  var inWords: String {
    func tenths(_ time: Nanoseconds) -> String { "\(Double((time + 50_000_000) / 100_000_000) / 10) s" }
    guard let longest = self.max(by: { $0.length < $1.length }) else { return "" }
    let subject =
      longest.cause == .suspended ? "the generator's machine was suspended" : "the generator itself was paused"
    let when = "for \(tenths(longest.length)) at \(tenths(longest.start))"
    return count == 1 ? "\(subject) \(when)" : "\(subject) \(when), the longest of \(count) pauses"
  }

  /// As a report shows them; `nil` if there were none.
  var sections: [PauseSection]? {
    isEmpty
      ? nil
      : map { pause in
        PauseSection(
          startSeconds: Double(pause.start) / 1e9, durationSeconds: Double(pause.length) / 1e9,
          cause: pause.cause.rawValue)
      }
  }
}

extension Measurements {
  /// The assertion that a pause of the generator adds to a check's own; none without a pause.
  var pauseAssertions: [Assertion] {
    guard !pauses.isEmpty else { return [] }
    return [
      Assertion(
        .evidence(.generatorRan), verdict: .inconclusive, expected: "the generator runs throughout",
        actual: pauses.inWords,
        detail: "Latencies and failures during that time are not held against the target: repeat the check."
      )
    ]
  }

  /// The verdict on the failures.
  var verdictOnFailures: Verdict { Verdict(onFailures: failed, acrossPauses: counters.failedAcrossPauses) }

  /// How many failures may be the generator's own, to follow their number; empty if none.
  var acrossPausesInWords: String { Self.acrossPausesInWords(counters.failedAcrossPauses) }

  static func acrossPausesInWords(_ count: Int) -> String {
    count == 0 ? "" : " (\(Formatting.count(count)) of them while the generator itself was paused)"
  }
}

extension Verdict {
  /// Failures are the target's unless they were in flight during a pause of the generator.
  init(onFailures failed: Int, acrossPauses: Int) {
    self = failed == 0 ? .pass : failed > acrossPauses ? .fail : .inconclusive
  }

  /// The result of a request after a repair, in words.
  ///
  /// - Parameter advice: what to do if the site does not answer.
  func ofRepair(else advice: String) -> String {
    switch self {
    case .pass: "it does"
    case .fail: "IT DOES NOT ANSWER; \(advice)"
    case .inconclusive: "this machine has no resources left to check"
    }
  }
}

extension Assertion {
  /// The assertion where the generator itself was paused: a failure may be due to that, so it is inconclusive.
  var excusedByPause: Assertion {
    guard verdict == .fail else { return self }
    return leftOpen("The generator itself was paused meanwhile.")
  }
}
