import Testing

@testable import Deployment

@Suite struct PM2ProcessListTests {
  private func process(
    _ id: Int, pid: Int32, _ status: String = "online", restarts: Int = 0
  ) -> PM2Process {
    PM2Process(
      id: id, app: Fixture.app, namespace: "default", pid: pid, status: status, restarts: restarts, slot: id,
      isClusterMode: true)
  }

  @Test("The recorded lists are read")
  func recorded() throws {
    #expect(try Fixture.processes("jlist-online.json") == [process(0, pid: 15165), process(1, pid: 15172)])
    #expect(
      try Fixture.processes("jlist-during-reload.json")
        == [process(0, pid: 15459, "launching", restarts: 16), process(1, pid: 15172)])
    #expect(
      try Fixture.processes("jlist-errored.json")
        == [process(0, pid: 0, "errored", restarts: 16), process(1, pid: 0, "errored", restarts: 16)])
    #expect(
      try Fixture.processes("jlist-one-stopped.json")
        == [process(0, pid: 15716, restarts: 16), process(1, pid: 0, "stopped", restarts: 16)])
  }

  @Test(
    "The list is found among other text, colours and lines",
    arguments: [
      (
        """

                                -------------

        __/\\\\\\\\\\\\\\\\\\\\\\\\\\____/\\\\____________/\\\\____/\\\\\\\\\\\\\\\\\\_____
         [ not a list ]
        """, ""
      ),
      ("[PM2] Spawning PM2 daemon with pm2_home=/root/.pm2\n[PM2] PM2 Successfully daemonized", "\n"),
      ("\u{1B}[32m[PM2]\u{1B}[39m Spawning\n\u{1B}[31m", "\u{1B}[0m\n>>>> In-memory PM2 is out-of-date, do:\n]}\n"),
      ("[PM2][WARN] Current process list is not synchronized\r", "trailing [\n[{\"name\":"),
      ("[\n{ broken", "[]"),
      ("", ""),
    ])
  func surrounded(before: String, after: String) throws {
    let list = try Fixture.text("jlist-online.json")
    let compact = String(list.filter { !$0.isWhitespace })
    for list in [list, compact] {
      #expect(try PM2Manager.processes(in: before + "\n" + list + after).map(\.pid) == [15165, 15172])
    }
    #expect(try PM2Manager.processes(in: before + "\n[]" + after) == [])
  }

  @Test("Numbers in strings, nulls, missing and wrong fields are borne")
  func lenient() throws {
    let list = """
      [{"pm_id":"3","name":"a","pid":"12","pm2_env":{"status":"online","exec_mode":"fork_mode","restart_time":"7",
      "wait_ready":true,"kill_timeout":"5000","listen_timeout":8000,"NODE_APP_INSTANCE":"2"}},
      {"pm_id":4,"name":"a","pid":null,"pm2_env":null},
      {"pm_id":5,"name":"b","pid":-3,"pm2_env":{"status":7,"env":{"]":"[{\\"\\\\"},"wait_ready":"false"}},
      {"pid":1}, {"name":"c","pid":99999999999,"pm2_env":{"pm_id":6}}]
      """
    #expect(
      try PM2Manager.processes(in: list) == [
        PM2Process(
          id: 3, app: "a", pid: 12, status: "online", restarts: 7, slot: 2, isClusterMode: false, waitsForReady: true,
          killTimeout: 5000, listenTimeout: 8000),
        PM2Process(id: 4, app: "a", status: "unknown"),
        PM2Process(id: 5, app: "b", status: "unknown", waitsForReady: false),
        PM2Process(id: 6, app: "c", pid: .max, status: "unknown"),
      ])
  }

  @Test(
    "What is no list is an error of one line that gives no secret away",
    arguments: [
      ("", "jlist printed no list of processes"),
      ("\n pm2: command failed\nmore", "jlist printed no list of processes but “pm2: command failed”"),
      ("{\"PASSWORD\":\"hunter2\"}", "jlist printed no list of processes"),
      ("[{\"name\":\"a\",\"PASSWORD\":\"hunter2", "jlist printed a list of processes that breaks off"),
      ("[{\"name\":\"a\" hunter2}]", "jlist printed a list of processes that cannot be read"),
      ("[{\"name\":\"a\"}]", "jlist shows an instance without an id"),
    ])
  func broken(_ text: String, message: String) {
    #expect(throws: ManagerError(message)) { try PM2Manager.processes(in: text) }
  }

  @Test("Every way of breaking off a list is an error")
  func cut() throws {
    let list = try Fixture.text("jlist-online.json")
    for length in stride(from: 0, to: list.count - 2, by: 7) {
      #expect(throws: ManagerError.self) { try PM2Manager.processes(in: String(list.prefix(length))) }
    }
  }

  @Test(
    "The port that pm2 gives an instance is read, and what is none is none",
    arguments: [
      (#""PORT":3001"#, 3001), (#""PORT":"3002""#, 3002), (#""PORT":"65535""#, 65_535), (#""PORT":65536"#, nil),
      (#""PORT":0"#, nil), (#""PORT":"http""#, nil), (#""PORT":null"#, nil), (#""port":3001"#, nil), (#""X":1"#, nil),
      // What the app was started with is not what the instance is given.
      (#""env":{"PORT":"3009"}"#, nil), (#""PORT":3001,"env":{"PORT":"3009"}"#, 3001),
    ])
  func port(_ field: String, _ port: Int?) throws {
    let list = #"[{"pm_id":1,"name":"a","pid":7,"pm2_env":{"status":"online",\#(field)}}]"#
    let process = try #require(try PM2Manager.processes(in: list).first)
    #expect(process.port == port && process.instance.port == port)
  }

  @Test("A long list with much environment is read")
  func long() throws {
    let secret = String(repeating: "x", count: 20_000)
    let entries = (0..<100).map { "{\"pm_id\":\($0),\"name\":\"a\",\"pm2_env\":{\"SECRET\":\"\(secret)\"}}" }
    #expect(try PM2Manager.processes(in: "[" + entries.joined(separator: ",") + "]").count == 100)
  }

  @Test("pm2's own words are kept and its table is not")
  func words() throws {
    #expect(
      PM2Manager.ownWords(in: try Fixture.text("stop-one-instance.txt"))
        == "[PM2] Applying action stopProcessId on app [1](ids: [ '1' ])\n[PM2] [dumbflix-frontend](1) ✓")
    for name in ["reload-from-errored.txt", "reload-of-a-broken-build.txt"] {
      #expect(PM2Manager.ownWords(in: try Fixture.text(name))?.hasSuffix("[PM2] [dumbflix-frontend](1) ✓") == true)
      #expect(PM2Manager.error(in: try Fixture.text(name)) == nil)
    }
    #expect(
      PM2Manager.error(in: try Fixture.text("reload-unknown-app.txt")) == "Process or Namespace nosuch not found")
  }
}
