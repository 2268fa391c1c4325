import Glibc
import Support
import Testing

extension Integration {
  /// What delays lbcheck itself, and what does not come in order, is in no answer's time.
  @Suite struct KernelClockTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// How long each answer took after its request was sent, in seconds.
    private func serviceTimes(_ folder: String) throws -> [Double] {
      try (tool.folder.read("\(folder)/requests.csv") ?? "").split(separator: "\r\n").dropFirst().map { line in
        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
        return try #require(Double(fields[2])) - #require(Double(fields[1]))
      }
    }

    /// Runs lbcheck, stopped six times for 200 ms, against a server that answers after 20 ms.
    private func stopped(_ clock: String) throws -> (report: LbcheckTool.Outcome.Report, times: [Double]) {
      let server = try DelayingServer(delays: Array(repeating: 20_000_000, count: 500), after: 1)
      let outcome = try tool.run(
        [
          "load", "http://127.0.0.1:\(server.port)/", "--backend-header", "X-Backend", "--json", "--quiet", "--rate",
          "200",
          "--requests", "500", "--connections", "50", "--clock", clock, "--format", "csv", "--out", clock,
        ], isTimed: true, pauses: (0..<6).map { (after: 0.5 + 0.3 * Double($0), length: 0.2) })
      return (try #require(outcome.report), try serviceTimes(clock))
    }

    @Test("No answer's service time holds a stop of lbcheck itself, unless lbcheck's own clock is asked for")
    func stops() throws {
      let (user, read) = try stopped("user")
      #expect(read.count == 500 && read.filter { $0 > 0.1 }.count >= 6, "the stops show")
      #expect(user["traffic"]["readDelay"]["max"].number == nil && user["traffic"]["unstamped"].integer == nil)
      // A stop between the reading of the clock and the sending shows all the same, and the machine may stop the server: not four
      // times in a row.
      var long: [Double] = []
      for attempt in 1...4 {
        let (report, times) = try stopped("kernel")
        #expect(times.count == 500 && report["traffic"]["unstamped"].integer == 0)
        #expect(try #require(report["traffic"]["readDelay"]["max"].number) > 100, "the stops show there")
        long = times.filter { $0 > 0.1 }
        if long.isEmpty { break }
        if attempt == 4 { Issue.record("four times: \(long)") }
      }
    }

    @Test(
      "An answer whose last segment overtook its first one ended when it was whole",
      .enabled(if: access("/dev/net/tun", R_OK | W_OK) == 0))
    func outOfOrder() throws {
      let outcome = try tool.run(
        [
          "load", "http://10.9.9.2/", "--rate", "20", "--requests", "20", "--connections", "2", "--backend-header",
          "X-Backend",
          "--no-probe", "--json", "--quiet", "--format", "csv", "--out", "run",
        ],
        within: [
          "/usr/bin/unshare", "--map-root-user", "--net", "/usr/bin/env", "python3",
          LbcheckTool.root + "/Tests/IntegrationTests/Python/overtaking.py", "0.05",
        ], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
      let traffic = try #require(outcome.report?["traffic"], "\(outcome.messages)")
      #expect(traffic["requests"]["succeeded"].integer == 20)
      #expect(traffic["unstamped"].integer == 10)
      let times = try serviceTimes("run")
      #expect(times.filter { $0 >= 0.05 }.count >= 10, "\(times)")
      #expect(
        tool.folder.read("run/report.md")?.contains("; 10 answers without such a time ended when read") == true)
    }
  }
}
