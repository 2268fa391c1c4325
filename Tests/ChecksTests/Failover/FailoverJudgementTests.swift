import Deployment
import Platform
import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct FailoverJudgementTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// Phases of one second with a request every 10 ms, answered by the named backends in turn.
  private func judge(
    _ phases: [[String]], named names: [String] = ["a", "b", "spare", "other"], pauses: [GeneratorPause] = [],
    problems: [Int: String] = [:], failing: Set<Int> = []
  ) -> FailoverJudgement {
    var measured = Measurements()
    measured.pauses = pauses
    measured.backends = names.map { Measurements.Backend(name: $0) }
    for (place, backends) in phases.enumerated() {
      for index in 0..<100 {
        let due = Nanoseconds(place) * Self.second + Nanoseconds(index) * 10_000_000
        measured.records.append(
          RequestRecord(
            due: due, sent: due, done: due + 2_000_000, connection: 0,
            backend: names.firstIndex(of: backends[index * backends.count / 100]), generation: nil, status: 200,
            failure: failing.contains(place) && index == 50 ? .reset : nil, isRetry: false, isUpstreamRetried: false))
      }
    }
    let spans = phases.indices.map { place in
      PhaseSpan(
        name: "\(place)", start: Nanoseconds(place) * Self.second, end: Nanoseconds(place + 1) * Self.second,
        action: problems[place].map { ActionSection(command: ["x"], startSeconds: 0, durationSeconds: 0, problem: $0) })
    }
    return FailoverJudgement(
      measured, spans, PhaseAnalysis.all(spans, of: measured, staleAfter: 0), timing: PhaseTiming(settle: Self.second))
  }

  private func verdict(_ judgement: FailoverJudgement, _ name: String) -> Verdict? {
    judgement.assertions.first { $0.name == name }?.verdict
  }

  @Test("Tries are counted only where a list could show them")
  func tries() throws {
    var named = judge([["a", "b"], ["b"], ["a", "b"]])
    named.judge(stopOf: "a", at: 1, isOneOfMany: false)
    let detail = try #require(named.assertions.first { $0.name == "othersTookOver" }?.detail)
    #expect(!detail.contains("retry"))
    let addresses = ["10.0.0.1:80", "10.0.0.2:80"]
    var listed = judge([addresses, [addresses[1]], addresses], named: addresses)
    listed.judge(stopOf: addresses[0], at: 1, isOneOfMany: false)
    let shown = try #require(listed.assertions.first { $0.name == "othersTookOver" }?.detail)
    #expect(shown.contains("0 answers came after a retry"))
  }

  @Test("A backup that takes over and falls silent again passes")
  func takeover() {
    var judgement = judge([["a", "b"], ["a", "spare", "spare"], ["spare", "a", "a"]])
    judgement.judge(backup: "spare", at: 1)
    #expect(judgement.assertions.map(\.verdict) == [.pass, .pass, .pass, .pass, .pass])
    #expect(judgement.assertions[3].actual.hasPrefix("first answer 342 ms after the stop"))
  }

  @Test("Of several backups each is judged: by what it did beside the others, or alone where it was the only one left")
  func backups() {
    // Both take turns.
    var both = judge([["a", "b"], Array(repeating: ["spare", "other"], count: 10).flatMap(\.self), ["a"]])
    both.judge(backups: ["spare", "other"], testedAlone: [], at: 1)
    #expect(verdict(both, "backupTookOver(spare)") == .pass && verdict(both, "backupTookOver(other)") == .pass)
    // One answers, and the other cannot be tried alone.
    var one = judge([["a", "b"], ["spare"], ["a"]])
    one.judge(backups: ["spare", "other"], testedAlone: [], at: 1)
    #expect(verdict(one, "backupTookOver(spare)") == .pass && verdict(one, "backupTookOver(other)") == .inconclusive)
    // Each alone: the second takes over, or does not.
    for (alone, expected) in [("other", Verdict.pass), ("nobody", .fail), ("a", .inconclusive)] {
      var judgement = judge([["a", "b"], ["spare"], ["spare"], [alone], ["a"]])
      judgement.judge(backups: ["spare", "other"], testedAlone: ["spare", "other"], at: 1)
      #expect(verdict(judgement, "backupTookOver(spare)") == .pass)
      #expect(verdict(judgement, "backupTookOver(other)") == expected)
      #expect(verdict(judgement, "backupFellSilent(other)") == .pass)
    }
  }

  /// Judged as to who fell silent, after a stop of `a` in phase 1.
  private func silence(
    _ phases: [[String]], expected: [ExpectedBackend] = [], away: [Set<String>] = [[], ["a"], []],
    judgesStop: Bool = true
  ) -> FailoverJudgement {
    let names = ["a", "b", "spare", "other"]
    var judgement = judge(phases)
    if judgesStop { judgement.judge(stopOf: "a", at: 1, isOneOfMany: false) }
    let second = Self.second
    let records = phases.enumerated().flatMap { place, backends in
      (0..<100).map { index in
        let due = Nanoseconds(place) * second + Nanoseconds(index) * 10_000_000
        return RequestRecord(
          due: due, sent: due, done: due, connection: 0,
          backend: names.firstIndex(of: backends[index * backends.count / 100]), generation: nil, status: 200,
          failure: nil, isRetry: false, isUpstreamRetried: false)
      }
    }
    judgement.judge(
      silent: SilentBackends(
        records, of: names, in: phases.indices.map { Nanoseconds($0) * second..<Nanoseconds($0 + 1) * second },
        expected: expected, primaries: Set(phases[0])), away: away)
    return judgement
  }

  @Test("A backend that stays silent is no pass, be it named or one that another's stop took along")
  func silent() throws {
    let turns = Array(repeating: ["a", "b"], count: 10).flatMap(\.self)
    let well = silence([turns, ["b"], turns])
    #expect(verdict(well, "everyBackendAnswered") == .pass)

    let named = ["a", "b", "app-9"].map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
    let missing = silence([turns, ["b"], turns], expected: named)
    let assertion = try #require(missing.assertions.first { $0.name == "everyBackendAnswered" })
    #expect(assertion.verdict == .inconclusive)
    #expect(assertion.actual == "0: not app-9; 1: not app-9; 2: not app-9")
    #expect(missing.phases.map(\.verdict) == [.inconclusive, .inconclusive, .inconclusive])

    let three = Array(repeating: ["a", "b", "other"], count: 10).flatMap(\.self)
    let takenAlong = silence([three, ["other"], Array(repeating: ["a", "other"], count: 10).flatMap(\.self)])
    #expect(verdict(takenAlong, "othersTookOver") == .pass && verdict(takenAlong, "chosenAgain") == .pass)
    #expect(
      takenAlong.assertions.first { $0.name == "everyBackendAnswered" }?.actual == "1: not b; 2: not b")
  }

  @Test("One that did not come back after its own start is accused once; one that came back and went again is silent")
  func accusedOnce() {
    let turns = Array(repeating: ["a", "b"], count: 10).flatMap(\.self)
    let away = silence([turns, ["b"], ["b"]])
    #expect(verdict(away, "chosenAgain") == .fail && verdict(away, "everyBackendAnswered") == .pass)
    let again = silence([turns, ["b"], turns + turns + turns + Array(repeating: "b", count: 20)])
    #expect(verdict(again, "chosenAgain") == .pass && verdict(again, "everyBackendAnswered") == .inconclusive)
    // The primaries that are started after the backups have no line of their own.
    let others = silence([turns, ["spare"], ["a"], ["a"]], away: [[], ["a", "b"], ["b"], []], judgesStop: false)
    #expect(others.assertions.last?.actual == "3: not b")
  }

  @Test("A backup that answers too early, not at all, or for ever fails")
  func faults() {
    var judgement = judge([["a", "spare"], ["nobody"], ["spare"]])
    judgement.judge(backup: "spare", at: 1)
    #expect(verdict(judgement, "backupSilentBefore") == .fail)
    #expect(verdict(judgement, "backupTookOver") == .fail)
    #expect(verdict(judgement, "backupFellSilent") == .fail)
  }

  @Test("Each of several stops has assertions of its own; one that never came back fails its phase")
  func inTurn() {
    var judgement = judge([["a", "b", "a", "b"], ["b"], ["b", "a", "b"], ["a"], ["a"]])
    judgement.judgeBaseline()
    judgement.judge(stopOf: "a", at: 1, isOneOfMany: true)
    judgement.judge(stopOf: "b", at: 3, isOneOfMany: true)
    #expect(verdict(judgement, "chosenAgain(a)") == .pass)
    #expect(verdict(judgement, "othersTookOver(b)") == .pass)
    #expect(verdict(judgement, "chosenAgain(b)") == .fail)
    #expect(judgement.phases.map(\.verdict) == [.pass, .pass, .pass, .pass, .fail])
  }

  @Test("A backend that seemed not to come back while the generator was paused is not accused")
  func paused() {
    let phases = [["a", "b"], ["b"], ["b"]]
    let pause = GeneratorPause(.stopped, start: 2_200_000_000, end: 2_900_000_000, length: 700_000_000)
    for pauses in [[], [pause]] {
      var judgement = judge(phases, pauses: pauses)
      judgement.judgeBaseline()
      judgement.judge(stopOf: "a", at: 1, isOneOfMany: false)
      #expect(verdict(judgement, "chosenAgain") == (pauses.isEmpty ? .fail : .inconclusive))
      #expect(verdict(judgement, "othersTookOver") == .pass)
      #expect(judgement.phases.map(\.verdict) == [.pass, .pass, pauses.isEmpty ? .fail : .inconclusive])
    }
  }

  @Test("A stop without effect accuses nobody of not taking over, and passes for none")
  func withoutEffect() {
    let turns = Array(repeating: ["a", "b"], count: 10).flatMap(\.self)
    var single = judge([turns, turns, turns])
    single.judge(stopOf: "a", at: 1, isOneOfMany: false)
    #expect(verdict(single, "othersTookOver") == .inconclusive)
    var all = judge([turns, turns, turns])
    all.judge(backup: "spare", at: 1)
    #expect(verdict(all, "backupTookOver") == .inconclusive)
    #expect(
      all.assertions.first { $0.name == "backupTookOver" }?.detail
        == "The stop had no effect: a, b still answered at the end of the phase.")
    // Where a primary answers only for a moment more, the backup is to blame.
    var gone = judge([turns, ["a", "nobody", "nobody", "nobody"], turns])
    gone.judge(backup: "spare", at: 1)
    #expect(verdict(gone, "backupTookOver") == .fail)
  }

  @Test("What a backend that hung answers once it goes on again is no answer of the phase before")
  func hung() {
    var measured = Measurements()
    measured.backends = ["a", "b"].map { Measurements.Backend(name: $0) }
    for index in 0..<300 {
      let due = Nanoseconds(index) * 10_000_000
      let hangs = (100..<200).contains(index) && index % 20 == 0
      let answer = (100..<200).contains(index) ? (hangs ? 0 : 1) : index % 2
      measured.records.append(
        RequestRecord(
          due: due, sent: due, done: hangs ? 2 * Self.second + 1 : due + 2_000_000, connection: 0, backend: answer,
          status: 200))
    }
    let spans = (0..<3).map { place in
      PhaseSpan(
        name: "\(place)", start: Nanoseconds(place) * Self.second, end: Nanoseconds(place + 1) * Self.second,
        action: nil)
    }
    let times = FailoverTimes(stopped: "a", measured: measured, spans: spans)
    #expect(times.isSilentInTheEnd && times.othersAnswered)
  }

  @Test("A site that does not answer after the repair fails loudly")
  func repair() {
    var judgement = judge([["a"]])
    judgement.judgeActions(answersAgain: .fail)
    #expect(verdict(judgement, "repaired") == .fail)
  }

  /// A stop at phase 1 and a start at phase 2, judged as the check does it.
  private func judged(_ phases: [[String]], problems: [Int: String], failing: Set<Int> = []) -> FailoverJudgement {
    var judgement = judge(phases, problems: problems, failing: failing)
    judgement.judgeBaseline()
    judgement.judge(stopOf: "a", at: 1, isOneOfMany: false)
    judgement.judgeActions(answersAgain: nil)
    return judgement
  }

  @Test("A stop or a start that was not carried out has shown nothing, and is itself a failure", arguments: [1, 2])
  func refused(at phase: Int) {
    // As if all had gone well: the backend fell silent by chance and came back.
    let judgement = judged([["a", "b", "a", "b"], ["b"], ["b", "a", "b"]], problems: [phase: "no rights"])
    #expect(verdict(judgement, "managerActed") == .fail)
    for name in ["failoverLostNoRequest", "failoverLeftNoGap"] { #expect(verdict(judgement, name) == .inconclusive) }
    #expect(verdict(judgement, "othersTookOver") == (phase == 1 ? .inconclusive : .pass))
    #expect(verdict(judgement, "chosenAgain") == (phase == 2 ? .inconclusive : .pass))
    #expect(judgement.phases[phase].verdict == .fail && judgement.phases[0].verdict == .pass)
    #expect(judgement.assertions.count { $0.detail?.contains("Not carried out: \(phase).") == true } == 3)
  }

  @Test("After a stop that was refused nobody is accused of answering on; what visitors lost is lost")
  func refusedAndFailed() {
    let judgement = judged(
      [["a", "b", "a", "b"], ["a", "b"], ["b"]], problems: [1: "locked", 2: "locked"], failing: [1])
    #expect(verdict(judgement, "othersTookOver") == .inconclusive && verdict(judgement, "chosenAgain") == .inconclusive)
    #expect(verdict(judgement, "failoverLostNoRequest") == .fail)
    #expect(judgement.assertions.filter { $0.name == "managerActed" }.map(\.verdict) == [.fail, .fail])
  }

  /// What is said where instance 1 was started again in some phase, by lists alone.
  private func unasked(at phase: Int, causes: [String]? = nil) -> FailoverJudgement {
    var judgement = judge([["a", "b", "a", "b"], ["b"], ["b", "a", "b"]], failing: [2])
    judgement.judge(stopOf: "a", at: 1, isOneOfMany: false)
    let lists = (0..<3).flatMap { place in
      [InstanceList.Moment.after, .end].map { moment in
        let restarts = place > phase || place == phase && moment == .end ? 1 : 0
        return InstanceList(
          phase: "\(place)", moment: moment,
          instances: [
            ManagedInstance(
              name: "1", pid: Int32(50 + restarts), status: "online", restarts: restarts,
              settings: causes.map {
                InstanceSettings(listenTimeout: 3_000, killTimeout: 1_600, waitsForReady: false, restartsBy: $0)
              })
          ])
      }
    }
    judgement.judge(
      UnaskedChanges(in: judgement.phases, of: Measurements(), InstanceHistory(lists), touching: { _, _ in false }))
    return judgement
  }

  @Test(
    "A process that changed by itself before the stop leaves all open, one after it fails, one by a setting is open")
  func unasked() {
    let early = unasked(at: 0)
    #expect(early.assertions.allSatisfy { $0.verdict == .inconclusive })
    #expect(early.assertions.last?.actual == "0: instance 1 restarted by itself once")
    let late = unasked(at: 2)
    #expect(verdict(late, "noUnaskedRestart") == .fail && verdict(late, "failoverLostNoRequest") == .fail)
    #expect(verdict(late, "othersTookOver") == .pass && late.phases[2].verdict == .fail)
    let stated = unasked(at: 1, causes: ["cron_restart"])
    #expect(verdict(stated, "noUnaskedRestart") == .inconclusive && verdict(stated, "othersTookOver") == .inconclusive)
    #expect(verdict(stated, "failoverLostNoRequest") == .inconclusive && verdict(stated, "chosenAgain") == .pass)
    #expect(verdict(unasked(at: 9), "noUnaskedRestart") == .pass)
  }
}
