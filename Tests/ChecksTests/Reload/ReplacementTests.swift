import Platform
import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct ReplacementTests {
  private static let second: Nanoseconds = 1_000_000_000

  private func verdict(_ judgement: ReloadJudgement, _ name: String) -> Verdict? {
    judgement.assertions.first { $0.name == name }?.verdict
  }

  @Test(
    "What was not seen at the end is open, what was seen and stayed is not replaced; a guessed version decides nothing"
  )
  func replacement() {
    /// Backends a and b, each by a generation a phase; `during` says who answers in the reload, by its number of 500.
    func judge(_ during: (Int) -> Int?, guessedVersion: String? = nil) -> ReloadJudgement {
      var measured = Measurements()
      measured.backends = ["a", "b"].map { Measurements.Backend(name: $0) }
      measured.generations = [(0, "1"), (1, "1"), (0, "2"), (1, "2")].map {
        Generation(backend: $0.0, name: $0.1)
      }
      for index in 0..<1000 {
        let due = Nanoseconds(index) * 10_000_000
        guard let life = index < 500 ? index % 2 : during(index - 500) else { continue }
        measured.records.append(
          RequestRecord(
            due: due, sent: due, done: due + 1_000_000, connection: 0, backend: life % 2,
            generation: life, status: 200))
      }
      return ReloadJudgement(
        PhaseAnalysis.all(PhaseSpan.reloadAfterFiveSeconds, of: measured, staleAfter: 1), of: measured,
        plan: ReloadPlan(),
        hasGenerations: true,
        guessedVersion: guessedVersion)
    }
    func verdicts(_ judgement: ReloadJudgement) -> [Verdict?] {
      ["everyGenerationReplaced", "noStaleGeneration"].map { verdict(judgement, $0) }
    }
    let replaced = judge { 2 + $0 % 2 }
    #expect(verdicts(replaced) == [.pass, .pass])
    let last = replaced.assertions.first { $0.name == "noStaleGeneration" }?.actual
    #expect(last?.hasPrefix("none of the last ") == true && last?.hasSuffix(" answers") == true, "\(last ?? "")")
    // b is left out for its fail_timeout.
    let left = judge { $0 < 100 ? $0 % 2 : 2 }
    #expect(verdicts(left) == [.inconclusive, .pass])
    #expect(left.assertions.contains { $0.actual == "not seen at the end: b 1" })
    #expect(verdicts(judge { _ in nil })[0] == .inconclusive)
    let stays = judge { $0 % 2 == 0 ? 2 : 1 }
    #expect(verdicts(stays) == [.fail, .fail])
    #expect(stays.assertions.contains { $0.actual == "not replaced: b 1" })
    // Nothing is replaced where a backend has several generations.
    #expect(verdicts(judge { $0 % 2 })[0] == .fail)
    let sameBuild = judge({ $0 % 2 }, guessedVersion: "X-Version")
    #expect(verdicts(sameBuild) == [.inconclusive, .inconclusive])
    #expect(sameBuild.assertions.contains { $0.detail?.contains("--generation-header") == true })
    #expect(verdicts(judge({ 2 + $0 % 2 }, guessedVersion: "X-Version")) == [.pass, .pass])
    #expect(
      ["X-Version", "x-build", "X-Release"].allSatisfy { FoundFingerprint.versionHeader($0) != nil }
    )
    #expect(
      ["X-Generation", "X-Pid", "X-Process-Id"].allSatisfy {
        FoundFingerprint.versionHeader($0) == nil
      })
  }
}
