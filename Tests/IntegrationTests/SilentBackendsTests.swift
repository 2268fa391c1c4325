import Foundation
import Support
import Testing

extension Integration {
  /// Backends that fall silent, that nobody knew of, or that never name themselves, where it is known which do.
  @Suite struct SilentBackendsTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// A site whose backends answer in turn, those left out for which there is a file `NAME.stopped`; with a file `NAME.renamed` one
    /// has another name, as a pod that took its place.
    private func site(_ names: [String], rare: String? = nil) throws -> MethodCounter {
      let folder = tool.folder.path
      return try MethodCounter { _, number in
        // Not among the first, which look who there is.
        if let rare, number > 200, number % 90 == 0 { return MethodCounter.Answer(backend: rare) }
        let up = names.filter { access("\(folder)/\($0).stopped", F_OK) != 0 }
        let name = up.isEmpty ? nil : up[number % up.count]
        return MethodCounter.Answer(
          backend: name.map { access("\(folder)/\($0).renamed", F_OK) == 0 ? "\($0)-2" : $0 })
      }
    }

    private func failover(_ site: MethodCounter, stopping more: String = "", _ options: [String]) throws
      -> LbcheckTool.Outcome
    {
      let folder = tool.folder.path
      let stop = try tool.folder.write(
        "touch \(folder)/$1.stopped \(more.replacingOccurrences(of: "NAME", with: "$1"))\n", to: "stop.sh")
      return try withExtendedLifetime(site) {
        try tool.run(
          [
            "failover", site.url, "--stop-command", "sh \(stop) {instance}", "--start-command",
            "rm -f \(folder)/{instance}.stopped", "--settle", "1200ms", "--rate",
            "100", "--max-gap", "10s", "--json",
          ] + options, deadline: 120)
      }
    }

    private func verdict(_ outcome: LbcheckTool.Outcome, _ name: String) -> String? {
      outcome.report?.assertion(name)?["verdict"].text
    }

    private func actual(_ outcome: LbcheckTool.Outcome, _ name: String) -> String? {
      outcome.report?.assertion(name)?["actual"].text
    }

    @Test("In failover a backend that is named and never answers is no pass, and the headline names it")
    func namedInFailover() throws {
      let outcome = try failover(
        try site(["a", "b"]), ["--backend", "a", "--backend", "b", "--backend", "app-9"])
      #expect(outcome.status == 3, "\(outcome.messages)\(outcome.output)")
      #expect(verdict(outcome, "everyBackendAnswered") == "inconclusive")
      #expect(outcome.report?["summary"].text?.contains("baseline: not app-9") == true)
      #expect(verdict(outcome, "chosenAgain") == "pass" && verdict(outcome, "othersTookOver") == "pass")
    }

    @Test("A stop that takes another backend down for good is no pass")
    func takenAlong() throws {
      let outcome = try failover(
        try site(["a", "b", "c"]), stopping: "\(tool.folder.path)/b.stopped", ["--instance", "a"])
      #expect(outcome.status == 3, "\(outcome.messages)\(outcome.output)")
      #expect(actual(outcome, "everyBackendAnswered") == "stop a: not b; start a: not b")
    }

    @Test("All in turn are also those that only the traffic shows")
    func seenInTheTraffic() throws {
      let rare = try failover(try site(["a", "b", "c"], rare: "rare"), ["--all-in-turn"])
      #expect(rare.status == 3, "\(rare.messages)\(rare.output)")
      #expect(actual(rare, "everyBackendStopped") == "3 of 4; not named as a backend: rare")
      let all = try failover(try site(["a", "b"]), ["--all-in-turn"])
      #expect(all.status == 0, "\(all.messages)\(all.output)")
      #expect(all.report?["summary"].text?.contains("each of 2 backends in turn lost no request") == true)
    }

    @Test("A backend whose stop was not carried out is not among those that were stopped")
    func refusedStops() throws {
      let outcome = try failover(
        try site(["a", "b"]), stopping: "; [ NAME = a ]", ["--all-in-turn"])
      #expect(outcome.status == 1)
      #expect(actual(outcome, "everyBackendStopped") == "1 of 2", "\(outcome.messages)\(outcome.output)")
      #expect(verdict(outcome, "everyBackendStopped") == "inconclusive")
    }

    @Test("Backends that come back under other names are not counted twice, though each is missed under its own")
    func renamed() throws {
      let outcome = try failover(
        try site(["a", "b", "c"]), stopping: "\(tool.folder.path)/NAME.renamed", ["--all-in-turn"])
      #expect(verdict(outcome, "everyBackendStopped") == "pass", "\(outcome.messages)\(outcome.output)")
      #expect(verdict(outcome, "everyBackendAnswered") == "pass")
      #expect(verdict(outcome, "chosenAgain(a)") == "fail" && outcome.status == 1)
    }

    private func reload(_ site: MethodCounter, _ options: [String]) throws -> LbcheckTool.Outcome {
      try withExtendedLifetime(site) {
        try tool.run(
          [
            "reload-test", site.url, "--backend-header", "X-Backend", "--settle", "1200ms", "--rate", "100",
            "--max-gap",
            "10s", "--p99-factor", "1000", "--json",
          ] + options,
          deadline: 120)
      }
    }

    @Test("A restart that leaves backends silent stands beside the pass; where it has to be survived it is none")
    func restart() throws {
      let commands = [
        "--reload-command", "true", "--restart-command", "touch \(tool.folder.path)/b.stopped", "--no-replacement",
      ]
      let found = try reload(try site(["a", "b"]), commands)
      #expect(found.status == 0, "\(found.messages)\(found.output)")
      #expect(
        found.report?["summary"].text
          == "The reload lost no request. Not judged: the restart, which the site need not survive, left b silent; whether anything was "
          + "replaced (--no-replacement).")
      try FileManager.default.removeItem(atPath: "\(tool.folder.path)/b.stopped")
      let demanded = try reload(try site(["a", "b"]), commands + ["--survives-restart"])
      #expect(demanded.status == 3)
      #expect(actual(demanded, "everyBackendAnswered") == "restart: not b")
    }

    @Test("A reload after which one new name answers in place of three backends is no pass")
    func fewerNames() throws {
      let folder = tool.folder.path
      for (new, isPass) in [(["x"], false), (["x", "y", "z"], true)] {
        let site = try MethodCounter { _, number in
          let names = access("\(folder)/reloaded\(new.count)", F_OK) == 0 ? new : ["a", "b", "c"]
          return MethodCounter.Answer(backend: names[number % names.count])
        }
        let outcome = try reload(
          site, ["--reload-command", "touch \(folder)/reloaded\(new.count)", "--no-restart", "--no-replacement"])
        #expect(verdict(outcome, "everyBackendAnswered") == (isPass ? "pass" : "inconclusive"), "\(outcome.output)")
        #expect(outcome.status == (isPass ? 0 : 3))
      }
    }

    @Test("Without a generation header the headline says that replacing was not judged, and no advice is about losses")
    func withoutGenerations() throws {
      let site = try MethodCounter { MethodCounter.Answer(backend: ["a", "b"][$1 % 2], generation: nil) }
      let outcome = try reload(site, ["--reload-command", "true", "--no-restart"])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(
        outcome.report?["summary"].text
          == "The reload lost no request. Not judged: whether the processes were replaced (no generation header; see "
          + "--generation-header).")
      #expect(outcome.report?["advice"].texts.contains { $0.contains("--survives-restart") } == false)
    }

    @Test(
      "Requests whose answers all lack the header that names backends pass no check",
      arguments: [
        (["load", "-n", "60"], 200, isGiven: true), (["load", "-n", "60"], 200, false),
        (["load", "-n", "60", "--expect-status", "303"], 303, true),
        (["fairness", "-n", "60"], 200, true), (["fairness", "-n", "60", "--policy", "single"], 200, true),
        (["fairness", "-n", "60", "--expect-status", "303", "--policy", "sticky"], 303, true),
        (["reload-test", "--reload-command", "true", "--no-restart", "--no-replacement", "--settle", "1s"], 200, true),
        (["capacity", "--ladder", "100:1s", "--p50", "5s", "--failed", "5%"], 200, true),
      ] as [([String], Int, isGiven: Bool)])
    func nameless(check: [String], status: Int, isGiven: Bool) throws {
      let site = try MethodCounter { method, number in
        method == "GET"
          ? MethodCounter.Answer(backend: ["a", "b"][number % 2]) : MethodCounter.Answer(status: status, backend: nil)
      }
      let outcome = try tool.run(
        [check[0], site.url, "-X", "POST", "--json"] + check.dropFirst()
          + (isGiven ? ["--backend-header", "X-Backend"] : []))
      #expect(outcome.status == 1 || outcome.status == 3, "\(outcome.messages)\(outcome.output)")
      let names = ["namesBackends", "servedByBackends", "everyBackendAnswered", "oneBackendAnswered"]
      #expect(names.contains { ["fail", "inconclusive"].contains(verdict(outcome, $0)) }, "\(outcome.output)")
      #expect(outcome.report?["summary"].text?.contains("more than one") == false)
    }

    @Test(
      "A page of the balancer's own in place of backends whose tries fail, from the beginning, passes no reload")
    func maintenancePage() throws {
      let site = try MethodCounter { MethodCounter.Answer(backend: $1 == 0 ? "127.0.0.1:1" : "127.0.0.1:1, shop") }
      let outcome = try reload(site, ["--reload-command", "true", "--no-restart", "--no-replacement"])
      #expect(outcome.status == 3, "\(outcome.messages)\(outcome.output)")
      #expect(verdict(outcome, "servedByBackends") == "inconclusive")
    }

    @Test("Errors that were asked for and name nobody leave open who gave half of the answers")
    func namelessErrors() throws {
      let site = try MethodCounter { _, number in
        number % 2 == 0
          ? MethodCounter.Answer(backend: ["a", "b"][number / 2 % 2]) : MethodCounter.Answer(status: 404, backend: nil)
      }
      for check in ["load", "fairness"] {
        let outcome = try tool.run([
          check, site.url, "-n", "100", "--expect-status", "200,404", "--backend-header", "X-Backend", "--json",
        ])
        #expect(outcome.status == 3, "\(outcome.messages)\(outcome.output)")
        #expect(verdict(outcome, "servedByBackends") == "inconclusive")
        #expect(outcome.report?["advice"].texts.contains { $0.contains("Find out what answers") } == true)
      }
    }

    @Test("Applications that all answer 503 are named, each with its own")
    func maintenance() throws {
      let site = try MethodCounter { MethodCounter.Answer(status: 503, backend: ["a", "b"][$1 % 2]) }
      let outcome = try tool.run(["load", site.url, "-n", "60", "--backend-header", "X-Backend", "--json"])
      #expect(outcome.status == 1)
      #expect(outcome.report?["summary"].text == "The site is down: 503.")
      #expect(outcome.report?["backends"].list.map { $0["name"].text } == ["a", "b"], "\(outcome.output)")
      #expect(outcome.report?["nobody"]["requests"].integer == nil)
    }
  }
}
