internal import Load
internal import Platform
internal import Report

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
  /// The assertion that a pause of the generator adds to a check's own; none if it went on throughout.
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

  /// What failures come to, as far as they are shown here.
  var verdictOnFailures: Verdict { Verdict(onFailures: failed, acrossPauses: counters.failedAcrossPauses) }

  /// How many failures are perhaps the generator's own, to follow their number; empty if none are.
  var acrossPausesInWords: String { Self.acrossPausesInWords(counters.failedAcrossPauses) }

  static func acrossPausesInWords(_ count: Int) -> String {
    count == 0 ? "" : " (\(count) of them while the generator itself was paused)"
  }
}

extension Verdict {
  /// Failures are the target's unless they were under way in a pause of the generator.
  init(onFailures failed: Int, acrossPauses: Int) {
    self = failed == 0 ? .pass : failed > acrossPauses ? .fail : .inconclusive
  }

  /// What asking once more after a repair brought, in words.
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
  /// The assertion of a time in which the generator itself was paused: what it found wrong may be that.
  var excusedByPause: Assertion {
    guard verdict == .fail else { return self }
    var excused = self
    excused.verdict = .inconclusive
    let reason = "The generator itself was paused meanwhile."
    excused.detail = detail.map { "\($0) \(reason)" } ?? reason
    return excused
  }
}
