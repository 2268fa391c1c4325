import Foundation
import Support
import Testing

extension Integration {
  /// The stack of alvin.xyz with pm2, as README and guide have it, in http and in https; also by pm2 itself where it is installed.
  @Suite struct AlvinStackTests {
    private func verdict(_ outcome: LbcheckTool.Outcome, _ name: String) -> String? {
      outcome.report?.assertion(name)?["verdict"].text
    }

    private func failed(_ outcome: LbcheckTool.Outcome, _ phase: String) -> Int? {
      outcome.report?["phases"].list.first { $0["name"].text == phase }?["traffic"]["requests"]["failed"].integer
    }

    @Test(
      "Three primaries in rotation; a reload loses nothing, a broken build is seen and repaired",
      arguments: PM2App.programs)
    func http(program: String) throws {
      let stack = try AlvinStack(program: program, configuration: "nginx.conf")
      let fairness = try stack.lbcheck(["fairness", "--json", "-n", "600"])
      #expect(fairness.status == 0, "\(fairness.messages)\(fairness.output)")
      #expect(fairness.report?["fairness"]["policy"].text == "round-robin")

      let reload = try stack.lbcheck(["reload-test", "--broken-build", "--no-restart", "--settle", "5s", "--json"])
      #expect(reload.status == 0, "\(reload.messages)\(reload.output)")
      for name in [
        "reloadLostNoRequest", "everyGenerationReplaced", "brokenReloadSeen", "repairedAfterReload", "siteUpAtTheEnd",
      ] {
        #expect(verdict(reload, name) == "pass", "\(name): \(reload.output)")
      }
      #expect(failed(reload, "reload") == 0)
      // nginx repeats a GET elsewhere, but no POST.
      let methods = reload.report?["phases"].list.first { $0["name"].text == "reload" }?["traffic"]["methods"].list
      #expect(methods?.first { $0["method"].text == "POST" }?["requests"].integer ?? 0 > 100)
      // The app waits to be ready, so pm2 gives up on a broken one only by its time-out; then the backup carries it.
      let action = reload.report?["phases"].list.first { $0["name"].text == "broken reload" }?["action"]
      #expect(action?["exitStatus"].integer == 0, "pm2 never says that it failed")
      #expect(action?["durationSeconds"].number ?? 0 > 3)
    }

    @Test(
      "In https by its own authority; http leads there, and a certificate of an unknown one is refused",
      arguments: PM2App.programs)
    func https(program: String) throws {
      let stack = try AlvinStack(program: program, configuration: "https.conf")
      let profile = ["--profile", "Profiles/https.json5", "--json"]
      let fairness = try stack.lbcheck(["fairness", "-n", "600"] + profile)
      #expect(fairness.status == 0, "\(fairness.messages)\(fairness.output)")
      #expect(fairness.report?["target"]["url"].text == "https://alvin.xyz/")
      #expect(fairness.report?["traffic"]["handshakes"]["kinds"].list.isEmpty == false)

      let reload = try stack.lbcheck(["reload-test", "--no-restart", "--settle", "2s"] + profile)
      #expect(reload.status == 0, "\(reload.messages)\(reload.output)")
      #expect(verdict(reload, "reloadLostNoRequest") == "pass" && verdict(reload, "everyGenerationReplaced") == "pass")

      let http = try stack.lbcheck(["inspect", "http://alvin.xyz/"] + profile)
      #expect(http.output.contains("https://alvin.xyz/"), "\(http.messages)\(http.output)")
      let redirected = try stack.lbcheck(["load", "http://alvin.xyz/", "-n", "50"] + profile)
      #expect(redirected.status != 0, "a redirect is no answer of a backend")

      let unknown = try stack.lbcheck([
        "fairness", "https://alvin.xyz/", "--connect-to", "alvin.xyz:443:127.0.0.1:\(stack.ports[1])", "-n", "50",
      ])
      #expect(unknown.status == 3 && unknown.messages.contains("certificate"), "\(unknown.messages)")
    }
  }
}
