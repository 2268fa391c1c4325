import Deployment
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

  private func list(_ restarts: Int, isUp: Bool? = true) -> [ManagedInstance] {
    let status = isUp.map { $0 ? "online" : "errored" } ?? "active (running)"
    return [ManagedInstance(name: "0", pid: 9, status: status, restarts: restarts)]
  }

  private func signs(
    before: [ManagedInstance]? = nil, after: [ManagedInstance]? = nil, end: [ManagedInstance]? = nil, failed: Int = 0,
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

  @Test("So do visitors, a balancer whose tries fail, and a backend that falls silent")
  func traffic() {
    #expect(signs(failed: 2) == ["2 of 1,000 requests failed"])
    #expect(signs(upstreamRetried: 4) == ["the balancer's tries of a backend failed 4 times"])
    #expect(signs(silent: ["a"]) == ["a fell silent"])
  }

  @Test("What the same action does with a build that works is no sign")
  func asInHealthyAction() {
    func signs(_ broken: PhaseSection, healthy: PhaseSection) -> [String] {
      BrokenBuildEvidence(
        InstanceHistory.Phase(before: nil, after: nil, end: nil), phase: broken, baseline: phase(),
        healthy: healthy
      ).signs
    }
    #expect(signs(phase(upstreamRetried: 59), healthy: phase(upstreamRetried: 57)).isEmpty)
    #expect(signs(phase(failed: 40), healthy: phase(failed: 30)).isEmpty)
    #expect(signs(phase(upstreamRetried: 59), healthy: phase()).count == 1)
    #expect(
      signs(phase(failed: 400), healthy: phase(failed: 30)) == ["400 of 1,000 requests failed"])
    // A restart always loses some; that it ends with the site down is no part of it.
    var down = phase(failed: 600)
    down.outages = [OutageSection(startSeconds: 2, durationSeconds: 3, failed: 600, kinds: [:])]
    #expect(signs(down, healthy: phase(failed: 300)) == ["the site was down at the phase's end"])
    #expect(signs(down, healthy: down).isEmpty)
  }

  @Test("New processes that answer at the phase's end are those of a build that works")
  func works() {
    func evidence(previous: [GenerationSection], broken: [GenerationSection]) -> BrokenBuildEvidence {
      var (before, phase) = (phase(), phase(upstreamRetried: 50))
      before.generations = previous
      phase.startSeconds = 5
      phase.generations = broken
      return BrokenBuildEvidence(
        InstanceHistory.Phase(before: nil, after: nil, end: nil), phase: phase,
        baseline: self.phase(),
        earlier: [before])
    }
    func life(_ name: String, last: Double) -> GenerationSection {
      GenerationSection(
        backend: "a", generation: name, firstSeenSeconds: 0, lastSeenSeconds: last, requests: 9)
    }
    let working = evidence(
      previous: [life("1", last: 5)], broken: [life("1", last: 5.1), life("2", last: 9.9)])
    #expect(!working.wasSeen && working.working == ["a 2"])
    #expect(working.inWords == "the build was not seen to be broken: new processes answer (a 2)")
    #expect(
      evidence(previous: [life("1", last: 5)], broken: [life("1", last: 9.9)]).wasSeen,
      "the old one goes on")
    #expect(
      evidence(previous: [life("1", last: 5)], broken: [life("2", last: 7)]).wasSeen,
      "it fell silent again")
    // Left out by the balancer at the end of the phase before, so that it may have come with the action before.
    #expect(evidence(previous: [life("1", last: 2)], broken: [life("2", last: 9.9)]).wasSeen)
  }
}
