import Foundation
import Support
import Testing

extension Integration {
  /// `Profiles/blue-green.json5` on a real nginx with two pools, right and wrong ones.
  @Suite struct BlueGreenTests {
    private func failover(_ kind: BlueGreenSite.Kind) throws -> LbcheckTool.Outcome {
      let site = try BlueGreenSite(kind)
      // A fraction of the profile's times.
      return try withExtendedLifetime(site) {
        try LbcheckTool().run(
          [
            "failover", "--profile", LbcheckTool.root + "/Profiles/blue-green.json5", "--settle", "3s",
            "--takeover-within", "1500ms", "--json",
          ] + site.options)
      }
    }

    private func verdict(_ outcome: LbcheckTool.Outcome, _ name: String) -> String? {
      outcome.report?.assertion(name)?["verdict"].text
    }

    @Test("Green carries all of it at once when blue is broken, and blue serves again once mended")
    func right() throws {
      let outcome = try failover(BlueGreenSite.Kind(description: "right"))
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      for name in ["failoverLostNoRequest", "othersTookOverInTime", "backupTookOverInTime", "backupFellSilent"] {
        #expect(verdict(outcome, name) == "pass", "\(name)")
      }
      // The command of each pool's path, and the share that was demanded.
      let expected = outcome.report?.assertion("othersTookOverInTime")?["expected"].text
      #expect(expected == "others answer at least 95% of the requests in 1.5 s after the stop")
    }

    @Test(
      "What the task does not allow fails",
      arguments: [
        (
          BlueGreenSite.Kind(
            description: "a tenth from the old pool", blue: "max_fails=0", chaos: "mode=error&share=0.1"),
          ["othersTookOverInTime"]
        ),
        (
          BlueGreenSite.Kind(
            description: "one 502", blue: "max_fails=1 fail_timeout=10s", tries: "proxy_next_upstream off;",
            chaos: "mode=reset"),
          ["failoverLostNoRequest"]
        ),
        (
          BlueGreenSite.Kind(description: "too late", chaos: "mode=error&after=1550"),
          ["othersTookOverInTime", "backupTookOverInTime"]
        ),
      ])
    func wrong(_ kind: BlueGreenSite.Kind, _ failing: [String]) throws {
      let outcome = try failover(kind)
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      for name in failing { #expect(verdict(outcome, name) == "fail", "\(name): \(outcome.output)") }
      if failing == ["failoverLostNoRequest"] {
        #expect(outcome.report?["traffic"]["statuses"]["502"].integer ?? 0 >= 1)
      } else {
        // It is the share alone that shows it.
        #expect(verdict(outcome, "failoverLostNoRequest") == "pass")
      }
    }

    @Test("A settle time in which the takeover is not seen to its end is refused before any traffic")
    func tooShort() throws {
      let outcome = try LbcheckTool().run([
        "failover", "--profile", LbcheckTool.root + "/Profiles/blue-green.json5", "--settle", "10s",
      ])
      #expect(outcome.status == 2 && outcome.output.isEmpty)
      #expect(outcome.messages.contains("--settle has to be longer than --takeover-within"), "\(outcome.messages)")
    }
  }
}
