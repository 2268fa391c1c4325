import Foundation
import Support
import Synchronization
import Testing

extension Integration {
  /// What this machine does to the generator is the generator's own: status 3, and no word against the target.
  @Suite struct GeneratorLimitTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private static func server(milliseconds: UInt32 = 1) throws -> ScriptedServer {
      try ScriptedServer { connection in
        while connection.readRequest() {
          connection.pause(milliseconds: milliseconds)
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 0\r\n\r\n")
        }
      }
    }

    private func verdict(_ outcome: LbcheckTool.Outcome, _ name: String) -> String? {
      outcome.report?.assertion(name)?["verdict"].text
    }

    private func notes(_ outcome: LbcheckTool.Outcome) -> String {
      outcome.report?["notes"].texts.joined(separator: "\n") ?? ""
    }

    // MARK: Pauses

    @Test("Stopped for two seconds in open and in closed loop: named, with no timeout held against the target")
    func stopped() async throws {
      let server = try Self.server()
      let paces = [["--rate", "200"], ["--connections", "4"]]
      let outcomes = try await withThrowingTaskGroup(of: LbcheckTool.Outcome.self) { group in
        for pace in paces {
          group.addTask {
            // Shorter than the pause: what was in flight must not have run into it.
            try tool.run(
              ["load", "http://127.0.0.1:\(server.port)/", "--duration", "5s", "--timeout", "1s", "--json"] + pace,
              pause: (after: 2, length: 2))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for outcome in outcomes {
        let isOpenLoop = outcome.report?["traffic"]["lateness"]["max"].number != nil
        #expect(outcome.status == 3, "\(outcome.output)\(outcome.messages)")
        let ran = outcome.report?.assertion("generatorRan")
        #expect(ran?["verdict"].text == "inconclusive")
        let actual = ran?["actual"].text ?? ""
        #expect(
          actual.wholeMatch(of: /the generator itself was paused for (1\.9|2\.\d) s at (1|2)\.\d s/) != nil,
          "\(actual)")
        #expect(outcome.report?["generatorPauses"].list.count == 1)
        #expect(verdict(outcome, "noRequestFailed") == "pass", "\(outcome.output)")
        #expect(outcome.report?["traffic"]["requests"]["failed"].integer == 0)
        let note =
          isOpenLoop
          ? "answers kept the times at which they came: the generator itself was paused"
          : "All times include the generator's own pause"
        #expect(notes(outcome).contains(note))
      }
      withExtendedLifetime(server) {}
    }

    @Test("A server that gives connections up during a pause is not blamed; one that fails throughout is")
    func failuresAcross() throws {
      let turn = Atomic(0)
      let impatient = try ScriptedServer { connection in
        while connection.readRequest() {
          let head = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\n"
          // The first ones only look who answers; the one after them is given up while the generator stands still.
          guard turn.wrappingAdd(1, ordering: .relaxed).oldValue != 40 else {
            connection.send(head)
            connection.pause(milliseconds: 1800)
            return connection.reset()
          }
          connection.send(head + "ok")
        }
      }
      let excused = try tool.run(
        ["load", "http://127.0.0.1:\(impatient.port)/", "--connections", "1", "--duration", "3s", "--json"],
        pause: (after: 1, length: 2))
      #expect(excused.status == 3, "\(excused.output)\(excused.messages)")
      #expect(verdict(excused, "noRequestFailed") == "inconclusive", "\(excused.output)")
      #expect(
        excused.report?.assertion("noRequestFailed")?["actual"].text
          == "1 failed: 1 reset (1 of them while the generator itself was paused)")

      let failing = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 500 No\r\nX-Backend: a\r\nContent-Length: 0\r\n\r\n")
          connection.pause(milliseconds: 20)
        }
      }
      let blamed = try tool.run(
        ["load", "http://127.0.0.1:\(failing.port)/", "--connections", "2", "--duration", "2s", "--json"],
        pause: (after: 0.7, length: 0.8))
      #expect(blamed.status == 1, "\(blamed.output)\(blamed.messages)")
      #expect(verdict(blamed, "noRequestFailed") == "fail" && verdict(blamed, "generatorRan") == "inconclusive")
      withExtendedLifetime((impatient, failing)) {}
    }

    @Test("A reload test and a failover that was paused accuse nobody, and judge nothing")
    func stoppedBesideActions() async throws {
      // The baseline takes a second, and the stop falls into the action's phase.
      let commands = [
        ["reload-test", "--testbed", "--settle", "1s", "--no-restart", "--json"],
        ["failover", "--testbed", "--settle", "1500ms", "--json"],
      ]
      let outcomes = try await withThrowingTaskGroup(of: LbcheckTool.Outcome.self) { group in
        for command in commands {
          group.addTask { try tool.run(command + ["--timeout", "700ms"], pause: (after: 1.8, length: 1.2)) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for outcome in outcomes {
        #expect(outcome.status == 3, "\(outcome.output)\(outcome.messages)")
        #expect(verdict(outcome, "generatorRan") == "inconclusive")
        #expect(outcome.report?["phases"].list.contains { $0["verdict"].text == "inconclusive" } == true)
        #expect(
          outcome.report?["assertions"].list.allSatisfy { $0["verdict"].text != "fail" } == true, "\(outcome.output)")
      }
    }

    @Test("In a gate, thresholds that a pause broke are undecided, and a baseline is not compared")
    func gate() throws {
      let server = try Self.server()
      _ = try tool.folder.write(
        """
        {
          target: "http://127.0.0.1:\(server.port)/", rate: 100, duration: "2s", backendHeader: "X-Backend",
          gate: { checks: ["load"], thresholds: ["max < 200ms", "failed == 0"] },
        }
        """, to: "paused.json5")
      let outcome = try tool.run(
        ["gate", "paused.json5", "--json", "--out", tool.folder.path + "/gate"], pause: (after: 0.8, length: 0.9))
      #expect(outcome.status == 3, "\(outcome.output)\(outcome.messages)")
      let wrong = try tool.problems(tool.folder.path + "/gate")
      #expect(wrong == "")
      #expect(verdict(outcome, "load: max < 200ms") == "inconclusive")
      #expect(verdict(outcome, "load: failed == 0") == "pass")
      let compared = try tool.run(["compare", "gate/1-load", "gate/1-load"])
      #expect(compared.status == 2)
      #expect(compared.messages.contains("a run in which the generator itself was paused"))
      withExtendedLifetime(server) {}
    }

    @Test("A machine whose clocks are apart by a fixed time, as in a container of its own, was not suspended")
    func timeNamespace() throws {
      let server = try Self.server()
      let outcome = try tool.run(
        ["load", "http://127.0.0.1:\(server.port)/", "--requests", "200", "--json"],
        within: ["/usr/bin/unshare", "--map-root-user", "--time", "--boottime", "100000"])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.messages)")
      #expect(outcome.report?["generatorPauses"].list.isEmpty == true)
      withExtendedLifetime(server) {}
    }

    // MARK: Descriptors and ports

    private func limited(toFiles count: Int) -> [String] {
      ["/bin/sh", "-c", "ulimit -n \(count) && exec \"$@\"", "sh"]
    }

    @Test("A limit of open files that is too low ends before any traffic, with both numbers")
    func descriptors() throws {
      let server = try Self.server()
      let outcome = try tool.run(
        ["load", "http://127.0.0.1:\(server.port)/", "--connections", "500", "--quiet"], within: limited(toFiles: 200))
      #expect(outcome.status == 3)
      #expect(
        outcome.messages.hasPrefix(
          "error: this traffic needs up to 533 open files, and this process may have 200: raise the limit (ulimit -n)"))
      // A probe looked whether the server answers.
      #expect(server.connectionCount <= 2)
    }

    @Test("Running out of files in the middle is the generator's limit, also where files were inherited")
    func descriptorsInTheMiddle() throws {
      let server = try Self.server(milliseconds: 100)
      // Most of the files that the limit allows are taken by those that the program inherits.
      let wrapper = [
        "/bin/bash", "-c",
        "ulimit -n 100; for n in {20..79}; do eval \"exec $n</dev/null\"; done; exec \"$@\"", "sh",
      ]
      let outcome = try tool.run(
        [
          "load", "http://127.0.0.1:\(server.port)/", "--connections", "60", "--rate", "1000", "--duration", "2s",
          "--json",
        ], within: wrapper)
      #expect(outcome.status == 3, "\(outcome.output)\(outcome.messages)")
      let ended = outcome.report?.assertion("measurement")
      #expect(ended?["verdict"].text == "inconclusive")
      #expect(ended?["detail"].text?.hasPrefix("this process may open no more files after ") == true)
      #expect(verdict(outcome, "everyRequestSent") == "inconclusive")
      #expect(verdict(outcome, "noRequestFailed") == "pass", "\(outcome.output)")
      withExtendedLifetime(server) {}
    }

    /// Runs the program in a network of its own with 41 ports to connect from, beside a backend that takes so long.
    private func withFewPorts(backendMilliseconds delay: Int, _ arguments: [String]) throws -> LbcheckTool.Outcome {
      let script = """
        ip link set lo up || exit 99
        echo 40000 40040 >/proc/sys/net/ipv4/ip_local_port_range || exit 98
        tool=$1
        "$tool" testbed-backend --name app-1 --port 8080 --delay-ms \(delay) </dev/null >/dev/null 2>&1 & backend=$!
        for i in 1 2 3 4 5 6 7 8 9 10; do "$tool" load http://127.0.0.1:8080/ -n 1 --quiet >/dev/null 2>&1 && break; sleep 0.1; done
        "$@"; status=$?
        kill $backend
        exit $status
        """
      return try tool.run(
        arguments, within: ["/usr/bin/unshare", "--map-root-user", "--net", "/bin/sh", "-c", script, "sh"],
        environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"])
    }

    @Test("Without a port left to connect from the range is named and what helps; nobody else is blamed")
    func ports() throws {
      let outcome = try withFewPorts(
        backendMilliseconds: 5,
        [
          "load", "http://127.0.0.1:8080/", "--connections", "60", "--fresh-connections", "100%", "--rate", "20000",
          "--duration", "2s", "--json",
        ])
      #expect(outcome.status == 3, "\(outcome.output)\(outcome.messages)")
      let detail = outcome.report?.assertion("measurement")?["detail"].text ?? ""
      #expect(detail.hasPrefix("this machine has no local port left to connect from after "), "\(detail)")
      for advice in ["ip_local_port_range is 40000-40040", "--fresh-connections", "tcp_tw_reuse", "more addresses"] {
        #expect(detail.contains(advice), "\(detail)")
      }
      #expect(verdict(outcome, "noRequestFailed") == "pass", "\(outcome.output)")
      #expect(verdict(outcome, "everyRequestSent") == "inconclusive")
    }

    @Test("A search for the capacity and a look at the shares that run out of ports say so")
    func portsOfOtherChecks() throws {
      let capacity = try withFewPorts(
        backendMilliseconds: 50,
        [
          "capacity", "http://127.0.0.1:8080/", "--p50", "300ms", "--step", "1s", "--start-rate", "1000", "--budget",
          "5s", "--precision", "50%", "--fresh-connections", "100%", "--expect-rate", "1000", "--json",
        ])
      #expect(capacity.status == 3, "\(capacity.output)\(capacity.messages)")
      #expect(verdict(capacity, "demandedRate") == "inconclusive")
      let steps = capacity.report?["capacity"]["steps"].list ?? []
      #expect(steps.allSatisfy { $0["verdict"].text != "fail" })
      #expect(
        steps.contains {
          $0["generatorLimited"].integer == 1 && $0["reason"].text?.contains("no local port left") == true
        }, "\(capacity.output)")

      let fairness = try withFewPorts(
        backendMilliseconds: 2,
        [
          "fairness", "http://127.0.0.1:8080/", "--backend-header", "X-Backend", "--backend", "app-1", "--backend",
          "app-2", "--connections", "60", "--fresh-connections", "100%", "--json",
        ])
      #expect(fairness.status == 3, "\(fairness.output)\(fairness.messages)")
      #expect(verdict(fairness, "measurement") == "inconclusive")
      // That a backend was not seen says nothing where so little was looked at.
      #expect(verdict(fairness, "everyBackendAnswered") == "inconclusive")
    }
  }
}
