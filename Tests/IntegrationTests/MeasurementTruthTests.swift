import Foundation
import Support
import Synchronization
import Testing

extension Integration {
  /// What lbcheck reports beside what the server itself knows.
  @Suite struct MeasurementTruthTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    @Test("Every one of a million requests is counted as the server counts it, in both loops, kept and fresh")
    func counts() throws {
      let port = FreePort.reserve()
      let configuration = Nginx.configuration(
        in: tool.folder, workers: 1,
        http: """
                    server { listen 127.0.0.1:\(port) backlog=4096; location / { add_header X-Backend a; return 200 ok; }
            location = /count { stub_status; } }
          """)
      let nginx = try Nginx.start(
        try tool.folder.write(configuration, to: "nginx.conf"), in: tool.folder, ports: [port])
      var total = 0
      for options in [
        ["--requests", "600k"], ["--requests", "300k", "--rate", "30000"],
        ["--requests", "80k", "--fresh-connections", "1"],
        ["--requests", "20k", "--fresh-connections", "1", "--rate", "4000"],
      ] {
        let before = try handled(port)
        let outcome = try tool.run(
          [
            "load", "http://127.0.0.1:\(port)/", "--backend-header", "X-Backend", "--json", "--quiet",
          ] + options)
        let requests = outcome.report?["traffic"]["requests"]
        let completed = requests?["completed"].integer ?? -1
        #expect(requests?["failed"].integer == 0, "\(options) \(outcome.output.prefix(600))")
        // One check whether it answers, none for the header, which is given, and one for the count itself.
        let seen = try handled(port) - before - 1
        let resent = requests?["retried"].integer ?? 0
        let probes = seen - completed - resent
        total += completed
        #expect(probes == 1, "\(options): \(probes) requests beyond those of the run: nginx counted \(seen)")
        #expect(outcome.report?["preparation"]["requests"].integer == 1)
      }
      #expect(total == 1_000_000)
      withExtendedLifetime(nginx) {}
    }

    @Test("Ten gigabytes of one body are received to the end, in the memory of a small one")
    func hugeBody() throws {
      let turn = Atomic(0)
      let sent = Atomic(0)
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          let isHuge = turn.wrappingAdd(1, ordering: .relaxed).oldValue == Self.probes + 1
          let size = isHuge ? 10_000_000_000 : 2
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: \(size)\r\n\r\n")
          let block = [UInt8](repeating: 120, count: min(size, 1_000_000))
          for _ in 0..<size / block.count { guard connection.send(block) else { return } }
          if isHuge { sent.store(size, ordering: .relaxed) }
        }
      }
      func peak(requests: Int) throws -> Int {
        turn.store(0, ordering: .relaxed)
        let (status, text) = try tool.output(of: [
          "/usr/bin/env", "python3", LbcheckTool.root + "/Tests/IntegrationTests/Python/peak_memory.py",
          try LbcheckTool.path(), "load", "http://127.0.0.1:\(server.port)/", "--requests", "\(requests)",
          "--connections", "1", "--timeout", "100s", "--quiet",
        ])
        #expect(status == 0, "\(text)")
        return try #require(text.split(separator: "\n").last.flatMap { Int($0) }, "\(text)")
      }
      let small = try peak(requests: 1)
      #expect(sent.load(ordering: .relaxed) == 0)
      let huge = try peak(requests: 2)
      #expect(sent.load(ordering: .relaxed) == 10_000_000_000)
      #expect(huge - small < 2_000, "\(small) KB, with ten gigabytes \(huge) KB")
    }

    /// How many requests `load` makes before its run where no header is given.
    private static let probes = 25

    /// The requests that nginx has handled, by its own count.
    private func handled(_ port: UInt16) throws -> Int {
      let page = tool.folder.path + "/count"
      let curl = Process()
      curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      curl.arguments = ["curl", "-s", "-o", page, "http://127.0.0.1:\(port)/count"]
      try curl.launchUnblocked()
      curl.waitUntilExit()
      // The third line: accepts, handled connections, requests.
      let lines = (tool.folder.read("count") ?? "").split(separator: "\n")
      return try #require(lines.count > 2 ? Int(lines[2].split(separator: " ").last ?? "") : nil)
    }
  }
}
