import Testing

@testable import Deployment

@Suite struct PM2FindingsTests {
  private func findings(
    _ action: PM2Findings.Action, _ before: [PM2Process], _ after: [PM2Process], exitStatus: Int32? = 0
  ) -> PM2Findings {
    PM2Findings(action, app: Fixture.app, before: before, after: after, exitStatus: exitStatus)
  }

  private func replaced(_ processes: [PM2Process]) -> [PM2Process] {
    processes.map {
      var process = $0
      process.pid += 1000
      process.restarts += 1
      return process
    }
  }

  @Test("A reload that works contradicts nothing")
  func healthy() throws {
    let before = try Fixture.processes("jlist-online.json")
    let result = findings(.reload, before, replaced(before))
    #expect(result.newPids.map(\.after) == [16165, 16172] && result.newPids.map(\.before) == [15165, 15172])
    #expect(result.moreRestarts.map(\.id) == [0, 1])
    #expect(result.notOnline.isEmpty && result.missing.isEmpty && result.contradictions.isEmpty)
    #expect(
      result.warnings == [
        "no wait_ready: the old process is ended once the new one listens, whether or not it can serve yet",
        "listen_timeout 3000 ms: after it the old process is ended even if the new one never listened",
        "kill_timeout 1600 ms: requests that take longer are cut when their instance is replaced",
      ])
  }

  @Test("A broken build is found although pm2 ends with status 0")
  func broken() throws {
    let before = try Fixture.processes("jlist-online.json")
    let result = findings(.reload, before, try Fixture.processes("jlist-errored.json"))
    #expect(result.notOnline.map(\.status) == ["errored", "errored"])
    #expect(
      result.contradictions == [
        "exit status 0 although instance 0 is errored", "instance 0 was started 16 times: it seems to crash",
        "exit status 0 although instance 1 is errored", "instance 1 was started 16 times: it seems to crash",
      ])
    let midway = findings(.reload, before, try Fixture.processes("jlist-during-reload.json"), exitStatus: nil)
    #expect(
      midway.contradictions == [
        "instance 0 is launching", "instance 0 was started 16 times: it seems to crash",
        "instance 1 still has its old process 15172",
      ])
  }

  @Test("Instances that vanish or are not replaced are found")
  func vanished() throws {
    let before = try Fixture.processes("jlist-online.json")
    #expect(
      findings(.reload, before, []).contradictions == [
        "exit status 0 although pm2 lists no instance of the app any more"
      ])
    let result = findings(.restart, before, [before[0]])
    #expect(result.missing == [1])
    #expect(
      result.contradictions == [
        "exit status 0 although instance 1 is no longer listed",
        "exit status 0 although instance 0 still has its old process 15165",
      ])
  }

  @Test("Stopping and starting concern one instance")
  func single() throws {
    let online = try Fixture.processes("jlist-online.json")
    var stopped = online
    stopped[1].pid = 0
    stopped[1].status = "stopped"
    #expect(findings(.stop(id: 1), online, stopped).contradictions.isEmpty)
    #expect(findings(.stop(id: 1), online, stopped).notOnline == [.init(id: 1, status: "stopped")])
    #expect(findings(.start(id: 1), stopped, online).contradictions.isEmpty)
    #expect(
      findings(.stop(id: 1), online, online).contradictions == ["exit status 0 although instance 1 is online"])
    #expect(
      findings(.start(id: 1), stopped, stopped).contradictions == ["exit status 0 although instance 1 is stopped"])
    #expect(
      findings(.stop(id: 0), online, stopped).contradictions == [
        "exit status 0 although instance 0 is online",
        "instance 1 was not meant but is stopped with another process",
      ])
  }

  @Test("Another app whose process was replaced is named")
  func others() throws {
    let mine = try Fixture.processes("jlist-online.json")
    let other = PM2Process(id: 7, app: "other", pid: 5, status: "online")
    var touched = other
    touched.pid = 6
    #expect(findings(.reload, mine + [other], replaced(mine) + [other]).contradictions.isEmpty)
    let result = findings(.reload, mine + [other], replaced(mine) + [touched])
    #expect(result.otherApps == ["other"])
    #expect(result.contradictions == ["a process of another app, other, was replaced or ended"])
  }

  @Test("Instances that two reloads at once start twice are online, and not said to crash as those are that are not")
  func overlapping() throws {
    let before = try Fixture.processes("jlist-online.json")
    var after = replaced(replaced(before))
    #expect(
      findings(.reload, before, after).contradictions
        == [0, 1].map { "instance \($0) was started 2 times: it crashes now and then, or another reload ran as well" })
    after[1].status = "launching"
    #expect(
      findings(.reload, before, after).contradictions.last == "instance 1 was started 2 times: it seems to crash")
  }

  @Test("Settings are warned of where they apply to the action, with pm2's defaults where its list leaves them out")
  func warnings() {
    func app(_ isCluster: Bool, ready: Bool = false, listen: Int? = nil) -> PM2Process {
      PM2Process(
        id: 0, app: "a", pid: 1, status: "online", isClusterMode: isCluster, waitsForReady: ready, listenTimeout: listen
      )
    }
    func words(_ instances: [PM2Process], _ action: PM2Findings.Action) -> [String] {
      PM2Findings.warnings(instances, about: action).map { String($0.prefix { $0 != ":" }) }
    }
    let kill = "kill_timeout 1600 ms"
    #expect(words([app(false)], .reload) == ["fork mode", kill, "one instance only"])
    #expect(words([app(false)], .restart) == [kill, "one instance only"])
    #expect(words([app(true)], .reload) == ["no wait_ready", "listen_timeout 3000 ms", kill])
    #expect(words([app(true, ready: true, listen: 8000)], .reload) == ["listen_timeout 8000 ms", kill])
    #expect(words([app(true), app(true)], .restart) == [kill])
    #expect(words([app(true)], .stop(id: 0)) == [kill, "one instance only"])
    #expect(words([app(true)], .start(id: 0)) == [])
  }

  @Test("The longest wait is listen_timeout an instance, twice with wait_ready, and never more than a day")
  func longestWait() {
    func app(_ listen: Int?, ready: Bool? = nil) -> PM2Process {
      PM2Process(id: 0, app: "a", status: "online", waitsForReady: ready, listenTimeout: listen)
    }
    #expect(PM2Process.longestWait(for: [app(nil), app(nil)]) == 6000)
    #expect(PM2Process.longestWait(for: [app(2000, ready: true), app(2000, ready: true)]) == 8000)
    #expect(PM2Process.longestWait(for: [app(nil, ready: true), app(500)]) == 6500)
    #expect(PM2Process.longestWait(for: [app(.max, ready: true), app(.max), app(.min)]) == 86_400_000)
    #expect(app(.max).instance.settings?.listenTimeout == .max && app(-5).listenTimeoutInForce == 0)
  }
}
