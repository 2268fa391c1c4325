import Checks
import Foundation
import Load
import Report
import Support
import Testing

extension Integration {
  /// Several processes that make the traffic of one.
  @Suite struct ShardTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    @Test("Four parts make the requests of one: the server counts what the merged report says, evenly spaced")
    func four() throws {
      let server = try CountingServer(in: tool.folder)
      // A number of requests is made to its end, however late a busy machine is.
      let load = ["--rate", "400", "--requests", "800"]
      let parts = try run(
        "load", server.url, (1...4).map { ["--shard", "\($0)/4"] }, ["--backend-header", "X-Backend"] + load)
      #expect(parts.map(\.status) == [0, 0, 0, 0], "\(parts.map(\.messages))")

      let merged = try tool.run(["merge", "parts", "--json", "--quiet", "--out", "whole"])
      let report = try #require(merged.report, "\(merged.messages)")
      // A machine that is busy otherwise may make a part late; then the report says so.
      #expect([0, 3].contains(merged.status), "\(merged.output)")
      #expect(report["traffic"]["requests"]["completed"].integer == 800)
      #expect(report["traffic"]["requests"]["scheduled"].integer == 800)
      #expect(report["traffic"]["rate"]["offered"].number == 400)
      #expect(report["shards"]["parts"].list.map { $0["requests"].integer } == [200, 200, 200, 200])
      #expect(report["traffic"]["series"].list.map { $0["requests"].integer } == [400, 400])
      #expect(report["traffic"]["series"].list.map { $0["shares"]["a"].integer } == [400, 400])
      #expect(report.assertion("startedTogether")?["verdict"].text == "pass")

      let arrivals = try server.arrivals(stopping: true)
      // Each part sends one request first, whether the target answers.
      #expect(arrivals.count == 800 + 4)
      #expect(report["preparation"]["requests"].integer == 4)
      let backends = report["backends"].list
      #expect(backends.map { $0["name"].text } == ["a"])
      #expect(backends[0]["requests"].integer == 800)

      // The server's own clock saw them spread out as one process would have sent them, one each 2.5 ms.
      let gaps = zip(arrivals.suffix(799), arrivals.suffix(800)).map { $0 - $1 }.sorted()
      #expect((0.0005...0.005).contains(gaps[400]), "the median gap was \(gaps[400]) s")
      #expect(try tool.problems("whole") == "")
      #expect(try tool.problems(ofPartsIn: "parts") == "")
      #expect(FileManager.default.fileExists(atPath: tool.folder.path + "/whole/course.svg"))
    }

    @Test("A part that is killed in the middle is named; without it the figures are those of the others")
    func killed() throws {
      let server = try CountingServer(in: tool.folder)
      let parts = try run(
        "load", server.url, (1...3).map { ["--shard", "\($0)/3"] }, ["--rate", "150", "--requests", "750"], killing: 2)
      #expect(parts.map(\.status) == [0, 0, -SIGKILL], "\(parts.map(\.messages))")

      let refused = try tool.run(["merge", "parts", "--quiet", "--out", "whole"])
      #expect(refused.status == 2)
      #expect(
        refused.messages == "error: part 3 of 3 is missing; --allow-missing reports on the others alone\n")
      #expect(!FileManager.default.fileExists(atPath: tool.folder.path + "/whole"))

      let merged = try tool.run(["merge", "parts", "--allow-missing", "--json", "--quiet", "--out", "whole"])
      #expect(merged.status == 3)
      let report = try #require(merged.report)
      #expect(report["verdict"].text == "inconclusive")
      #expect(report.assertion("everyPartThere")?["actual"].text == "part 3 of 3 is missing")
      #expect(report["shards"]["missing"].list.map(\.integer) == [3])
      #expect(report["traffic"]["requests"]["completed"].integer == 500)
      #expect(report["traffic"]["rate"]["offered"].number == 100)
      let histogram = report["traffic"]["latency"]["histogram"].text
      let whole = try tool.run(
        ["merge", "parts/part-2-of-3.json", "parts/part-1-of-3.json", "--allow-missing", "--json", "--out", "again"])
      #expect(whole.report?["traffic"]["latency"]["histogram"].text == histogram)
      #expect(try tool.problems("whole") == "")
      #expect(try tool.problems(ofPartsIn: "parts") == "")
    }

    @Test("What does not belong together is refused by name")
    func refusals() throws {
      let server = try CountingServer(in: tool.folder)
      for (folder, rate) in [("parts", "100"), ("other", "200")] {
        for number in 1...2 {
          let outcome = try tool.run([
            "load", server.url, "--shard", "\(number)/2", "--rate", rate, "--requests", "20", "--out", folder,
            "--quiet",
          ])
          #expect(outcome.status == 0, "\(outcome.messages)")
          #expect(outcome.output.contains("part \(number) of 2: 10 requests, 0 failed; no common start"))
        }
      }
      func refusal(_ files: [String]) throws -> String {
        let outcome = try tool.run(["merge"] + files)
        #expect(outcome.status == 2)
        return outcome.messages
      }
      #expect(
        try refusal(["parts/part-1-of-2.json", "other/part-2-of-2.json"]).contains(
          "other/part-2-of-2.json does not belong: its --rate is 200, that of parts/part-1-of-2.json is 100"))
      #expect(
        try refusal(["parts", "parts/part-1-of-2.json"]).contains(
          "parts/part-1-of-2.json duplicates parts/part-1-of-2.json: both are part 1 of 2"))
      let part = tool.folder.read("parts/part-2-of-2.json") ?? ""
      _ = try tool.folder.write(String(part.prefix(part.count / 2)), to: "parts/part-2-of-2.json")
      #expect(try refusal(["parts"]).contains("parts/part-2-of-2.json: not a part: it is not valid JSON"))
      #expect(try refusal(["none"]).contains("none: no such file or folder"))
      #expect(try refusal([tool.folder.path + "/other/.."]).contains("no file part-I-of-N.json"))
      // One after the other they are no traffic of one.
      let apart = try tool.run(["merge", "other", "--json", "--quiet", "--out", "whole"])
      #expect(apart.status == 3)
      #expect(apart.report?.assertion("startedTogether")?["verdict"].text == "inconclusive")
      #expect(apart.report?["traffic"]["requests"]["completed"].integer == 20)
    }

    @Test("Three parts judge a rotation as one process does: one looks while the others wait, then all together")
    func fairness() throws {
      let backends = try NginxBackends(["a", "b", "c"])
      let balancer = try NginxBalancer(
        upstream: backends.ports.map { "server 127.0.0.1:\($0);" }.joined(separator: " "))
      let url = "http://127.0.0.1:\(balancer.port)/"
      let alone = try tool.run(["fairness", url, "--shard", "1/3", "--out", "parts"])
      #expect(alone.status == 2)
      #expect(alone.messages.contains("a part of fairness needs --start-file or --start-at"))
      let parts = try run(
        "fairness", url, (1...3).map { ["--shard", "\($0)/3"] }, ["--backend-header", "X-Upstream-Addr"])
      #expect(parts.map(\.status) == [0, 0, 0], "\(parts.map(\.messages))")
      let merged = try tool.run(["merge", "parts", "--json", "--quiet", "--out", "whole"])
      let report = try #require(merged.report, "\(merged.messages)")
      #expect(merged.status == 0, "\(merged.output.prefix(3_000))")
      #expect(report["fairness"]["policy"].text == "round-robin")
      #expect(report["backends"].list.map { $0["requests"].integer } == [1_000, 1_000, 1_000])
      #expect(report["shards"]["parts"].list.map { $0["requests"].integer } == [1_000, 1_000, 1_000])
      #expect(try tool.problems("whole") == "")
      #expect(try tool.problems(ofPartsIn: "parts") == "")
      withExtendedLifetime(balancer) {}
    }

    @Test("Parts that ask two addresses do not pass for a rotation at the first where the second draws at random")
    func addresses() throws {
      let backends = try NginxBackends(["a", "b", "c"])
      let port = FreePort.reserve()
      let folder = try TemporaryFolder()
      let servers = backends.ports.map { "server 127.0.0.1:\($0);" }.joined(separator: " ")
      let listeners = [("127.0.0.1", "even"), ("127.0.0.2", "chance")].map { address, pool in
        """
        server {
          listen \(address):\(port);
          location / { proxy_pass http://\(pool); add_header X-Upstream-Addr $upstream_addr always; }
        }
        """
      }
      let pools = "upstream even { \(servers) }\nupstream chance { random; \(servers) }\n"
      let file = try folder.write(
        Nginx.configuration(in: folder, workers: 1, http: pools + listeners.joined(separator: "\n")), to: "nginx.conf")
      let server = try Nginx.start(file, in: folder, ports: [port])
      let parts = try run(
        "fairness", "http://app.test:\(port)/", (1...2).map { ["--shard", "\($0)/2"] },
        ["--backend-header", "X-Upstream-Addr", "--resolve", "app.test:\(port):127.0.0.1,127.0.0.2"]
          + backends.ports.flatMap { ["--backend", "127.0.0.1:\($0)"] })
      let merged = try tool.run(["merge", "parts", "--json", "--quiet", "--out", "whole"])
      let report = try #require(merged.report, "\(parts.map(\.messages)) \(merged.messages)")
      #expect(merged.status == 3, "\(merged.output.prefix(3_000))")
      for name in ["policy", "maxDeviation", "everyBackendAnswered"] {
        #expect(report.assertion(name)?["verdict"].text == "inconclusive", "\(name)")
      }
      #expect(report["notJudged"].list.contains { $0.text?.contains("2 addresses") == true })
      withExtendedLifetime(server) {}
    }

    @Test(
      "A reload in two parts: the first acts, the other goes on until it is notified, and the phases hold both's requests"
    )
    func reload() throws {
      let server = try CountingServer(in: tool.folder)
      let parts = try run(
        "reload-test", server.url, (1...2).map { ["--shard", "\($0)/2"] },
        [
          "--reload-command", "sleep 0.3", "--no-replacement", "--rate", "100", "--settle", "1s",
          "--backend-header", "X-Backend",
        ])
      #expect(parts.map(\.status) == [0, 0], "\(parts.map(\.messages))")
      let merged = try tool.run(["merge", "parts", "--json", "--quiet", "--out", "whole"])
      let report = try #require(merged.report, "\(merged.messages)")
      let phases = report["phases"].list
      #expect(phases.map { $0["name"].text } == ["baseline", "reload"])
      #expect(phases[1]["action"]["exitStatus"].integer == 0)
      for phase in phases {
        let length = try #require(phase["durationSeconds"].number)
        let requests = try #require(phase["traffic"]["requests"]["completed"].integer)
        // The second part goes on until it has been notified, and what is due then is the last phase's.
        let beyond = phase["name"].text == "reload" ? 30 : 3
        #expect((-3...Double(beyond)).contains(Double(requests) - length * 100), "\(requests) in \(length) s")
        #expect(phase["traffic"]["requests"]["failed"].integer == 0)
      }
      #expect(report.assertion("reloadLostNoRequest")?["verdict"].text == "pass")
      #expect(try tool.problems("whole") == "")
      #expect(try tool.problems(ofPartsIn: "parts") == "")
    }

    @Test("Capacity by given steps in two parts: a step counts what both made")
    func capacity() throws {
      let server = try CountingServer(in: tool.folder)
      let search = try tool.run(["capacity", server.url, "--shard", "1/2", "--out", "parts"])
      #expect(search.status == 2)
      #expect(search.messages.contains("part 1 of 2 (--shard) of capacity needs --ladder: a search cannot be divided"))
      let parts = try run(
        "capacity", server.url, (1...2).map { ["--shard", "\($0)/2"] },
        ["--ladder", "100:1s,200:1s", "--backend-header", "X-Backend", "--p50", "5s", "--failed", "4%"])
      #expect(parts.map(\.status) == [0, 0], "\(parts.map(\.messages))")
      let merged = try tool.run(["merge", "parts", "--json", "--quiet", "--out", "whole"])
      let report = try #require(merged.report, "\(merged.messages)")
      var made = [0, 0]
      for number in 1...2 {
        let text = try #require(tool.folder.read("parts/part-\(number)-of-2.json"))
        let stages = try PartDocument(json: Array(text.utf8)).findings.stages
        // A busy machine may leave one or another unsent.
        for (index, stage) in stages.enumerated() {
          made[index] += stage.measured.succeeded
          #expect(stage.measured.succeeded + stage.measured.unsent == [50, 100][index])
        }
      }
      #expect(report["capacity"]["steps"].list.map { $0["requests"].integer } == made)
      #expect(report["capacity"]["steps"].list.map { $0["offered"].number } == [100, 200])
      #expect(try tool.problems("whole") == "")
      #expect(try tool.problems(ofPartsIn: "parts") == "")
      for command in ["failover", "gate"] {
        let target = command == "gate" ? try tool.folder.write("{}", to: "p.json5") : server.url
        let refused = try tool.run(
          [command, target], environment: ["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2"])
        #expect(refused.status == 2)
        #expect(refused.messages.contains("\(command) cannot be divided into parts"), "\(refused.messages)")
      }
    }

    @Test("An engine's variables divide the work; what contradicts itself is refused before any traffic")
    func environment() throws {
      let server = try CountingServer(in: tool.folder)
      let load = ["load", server.url, "--requests", "9", "--connections", "2", "--quiet"]
      let slurm = ["SLURM_PROCID": "1", "SLURM_NTASKS": "2", "SLURM_STEP_ID": "0"]
      let part = try tool.run(load + ["--out", "parts"], environment: slurm)
      #expect(part.status == 0)
      #expect(part.output.hasPrefix("part 2 of 2: 4 requests, 0 failed"))
      let whole = try tool.run(load + ["--out", "whole", "--json", "--no-shard"], environment: slurm)
      #expect(whole.report?["traffic"]["requests"]["completed"].integer == 9)
      let past = "2026-01-01T00:00:00Z"
      for (options, variables, complaint) in [
        ([], slurm, "part 2 of 2 (Slurm) needs --out DIR"),
        (["--out", "p"], ["JOB_COMPLETION_INDEX": "0"], "LBCHECK_SHARDS is not"),
        (["--shard", "3/2", "--out", "p"], [:], "a part of a number of parts such as 2/4"),
        (["--shard", "1/2", "--no-shard", "--out", "p"], [:], "--shard and --no-shard exclude each other"),
        (["--start-at", past], [:], "--start-at and --start-file are for parts of a check"),
        (["--shard", "1/3", "--out", "p"], [:], "2 connections are too few for 3 parts"),
        (["--shard", "1/2", "--out", "p", "--format", "hgrm"], [:], "give it to 'lbcheck merge'"),
        (["--shard", "1/2", "--out", "p", "--start-at", "noon"], [:], "a time of RFC 3339"),
      ] as [([String], [String: String], String)] {
        let outcome = try tool.run(load + options, environment: variables)
        #expect(outcome.status == 2)
        #expect(outcome.messages.contains(complaint), "\(outcome.messages)")
      }
      #expect(!FileManager.default.fileExists(atPath: tool.folder.path + "/p"))
      let late = try tool.run(load + ["--shard", "1/2", "--out", "new/p", "--start-at", past])
      #expect(!FileManager.default.fileExists(atPath: tool.folder.path + "/new"), "an empty folder is left")
      #expect(late.status == 3)
      #expect(late.messages.contains("give a later --start-at"))
    }

    /// Runs parts beside each other until all have ended.
    ///
    /// - Parameter killing: the place of one that is killed in the middle of its traffic.
    private func run(
      _ check: String, _ url: String, _ shards: [[String]], _ options: [String], killing: Int? = nil
    ) throws -> [LbcheckTool.Outcome] {
      let tool = tool
      let outcomes = Outcomes()
      let isOver = DispatchGroup()
      for (place, shard) in shards.enumerated() {
        let arguments = [check, url, "--start-file", "start", "--out", "parts", "--quiet"] + options + shard
        isOver.enter()
        Thread.detachNewThread {
          outcomes.put(
            Result {
              // The common start is a second after all are there; the traffic takes five.
              try tool.run(arguments, interruptAfter: place == killing ? 4 : nil, by: SIGKILL, deadline: 60)
            }, at: place)
          isOver.leave()
        }
      }
      isOver.wait()
      return try shards.indices.map { try outcomes[$0]!.get() }
    }
  }
}

private final class Outcomes: @unchecked Sendable {
  private let lock = NSLock()
  private var outcomes: [Int: Result<LbcheckTool.Outcome, any Error>] = [:]

  func put(_ outcome: Result<LbcheckTool.Outcome, any Error>, at place: Int) {
    lock.withLock { outcomes[place] = outcome }
  }

  subscript(place: Int) -> Result<LbcheckTool.Outcome, any Error>? { lock.withLock { outcomes[place] } }
}

/// One nginx that writes down when each request came.
private final class CountingServer {
  let url: String
  private let folder: TemporaryFolder
  private let server: ServerProcess

  init(in folder: TemporaryFolder) throws {
    self.folder = folder
    let port = FreePort.reserve()
    url = "http://127.0.0.1:\(port)/"
    let configuration = Nginx.configuration(
      in: folder, workers: 1,
      http: """
        log_format moment '$msec';
        server {
          listen 127.0.0.1:\(port) backlog=4096;
          location / { add_header X-Backend a; access_log \(folder.path)/arrivals.log moment; return 200 ok; }
        }
        """)
    server = try Nginx.start(try folder.write(configuration, to: "nginx.conf"), in: folder, ports: [port])
  }

  /// When requests were answered, in seconds since 1970 to the millisecond, in order.
  func arrivals(stopping: Bool) throws -> [Double] {
    if stopping { server.stop() }
    return (folder.read("arrivals.log") ?? "").split(separator: "\n").compactMap { Double($0) }.sorted()
  }
}
