import Testing

@testable import Report

@Suite struct PhaseWordingTests {
  private func phase(_ command: [String]) -> PhaseSection {
    var phase = PhaseSection(
      name: "stop all primaries", startSeconds: 0, durationSeconds: 10,
      traffic: TrafficSection(
        requests: RequestCounts(scheduled: 2973, completed: 2973, succeeded: 0, failed: 2973),
        rate: RateSection(offered: 300, achieved: 0)),
      longestGapSeconds: 10,
      outages: [OutageSection(startSeconds: 0, durationSeconds: 10, failed: 2973, kinds: ["status 502": 2973])])
    phase.action = ActionSection(command: command, exitStatus: 0, startSeconds: 0, durationSeconds: 0.1)
    return phase
  }

  @Test("The counts of an outage's failures have their thousands separated")
  func counts() {
    #expect(PhaseWording.outages(phase(["x"])) == ["at 0.00 s for 10.0 s: 2,973 failed (2,973 status 502)"])
  }

  @Test("An action of several commands shows each of them, however long they are")
  func commands() {
    let commands = (3001...3003).map { ["/usr/local/lib/deployment/bin/stop-backend-instance", "127.0.0.1:\($0)"] }
    let lines = TextWriter().phases([phase(Array(commands.joined(separator: ["&&"])))]).joined()
    for command in commands {
      #expect(lines.contains { $0.contains(command.joined(separator: " ")) }, "\(lines)")
    }
  }
}
