import Report
import Testing

@testable import Checks

@Suite struct BrokenBuildEvidenceTests {
  private func phase(failed: Int = 0, upstreamRetried: Int = 0) -> PhaseSection {
    PhaseSection(
      name: "broken reload", startSeconds: 0, durationSeconds: 5,
      traffic: TrafficSection(
        requests: RequestCounts(
          scheduled: 1000, completed: 1000, succeeded: 1000 - failed, failed: failed, retried: 0,
          upstreamRetried: upstreamRetried), rate: RateSection(achieved: 200)), longestGapSeconds: 0)
  }

  private func list(_ restarts: Int, isUp: Bool? = true) -> [PartInstance] {
    [PartInstance(name: "0", pid: 9, status: isUp == false ? "errored" : "online", restarts: restarts, isUp: isUp)]
  }

  private func signs(
    before: [PartInstance]? = nil, after: [PartInstance]? = nil, end: [PartInstance]? = nil, failed: Int = 0,
    upstreamRetried: Int = 0, usual: Int = 0, silent: [String] = []
  ) -> [String] {
    BrokenBuildEvidence(
      InstanceHistory.Phase(before: before, after: after, end: end),
      phase: phase(failed: failed, upstreamRetried: upstreamRetried), baseline: phase(failed: usual), silent: silent
    ).signs
  }

  @Test("A build that works, or was never put in place, shows no sign")
  func healthy() {
    #expect(signs(before: list(0), after: list(1), end: list(1)).isEmpty)
    #expect(signs().isEmpty)
    #expect(signs(failed: 5, usual: 5).isEmpty, "as much failed before")
    #expect(signs(after: list(0, isUp: nil)).isEmpty, "a word of a manager that is not known")
  }

  @Test("The manager's list shows it, right after the action or only at the phase's end")
  func listed() {
    #expect(signs(before: list(0), after: list(1, isUp: false)) == ["instance 0 is errored"])
    #expect(signs(before: list(0), after: list(1), end: list(1, isUp: false)) == ["instance 0 is errored"])
    #expect(signs(before: list(0), after: list(1), end: list(3)) == ["instance 0 was started 3 times"])
    #expect(signs(before: list(.min), after: list(.max)).isEmpty)
  }

  @Test("So do visitors, a balancer that tries in vain, and a backend that falls silent")
  func traffic() {
    #expect(signs(failed: 2) == ["2 of 1000 requests failed"])
    #expect(signs(upstreamRetried: 4) == ["the balancer tried a backend in vain 4 times"])
    #expect(signs(silent: ["a"]) == ["a fell silent"])
  }
}
