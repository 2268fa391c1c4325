import Foundation
import Support
import Testing

extension Integration {
  /// When lbcheck says that requests were due, against nginx's own log of when they were.
  @Suite struct ServerLogTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// An nginx that answers by itself, and logs the time of each request in milliseconds.
    private final class LoggingNginx {
      let port = FreePort.reserve()
      let configuration: String
      let folder = try! TemporaryFolder()
      private let server: ServerProcess

      init() throws {
        let http = """
          log_format times '$msec $status';
          server {
            listen 127.0.0.1:\(port);
            access_log \(folder.path)/times.log times;
            location / { add_header X-Backend one; return 200 "one"; }
          }
          """
        configuration = try folder.write(
          Nginx.configuration(in: folder, workers: 1, http: http), to: "nginx.conf")
        server = try Nginx.start(configuration, in: folder, ports: [port])
      }

      var url: String { "http://127.0.0.1:\(port)/" }

      /// When requests arrived, in seconds since 1970.
      func times() -> [Double] {
        (folder.read("times.log") ?? "").split(separator: "\n").compactMap { line in
          line.split(separator: " ").first.flatMap { Double($0) }
        }
      }
    }

    /// When second 0 was, in seconds since 1970.
    private func zero(of report: LbcheckTool.Outcome.Report) throws -> Double {
      let text = try #require(report["secondZeroAt"].text)
      let formatter = ISO8601DateFormatter()
      formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
      return try #require(formatter.date(from: text)).timeIntervalSince1970
    }

    /// Runs lbcheck until it sent all requests within 40 ms of their due times, by its own account: then one that was due 100 ms before
    /// the end of a second was logged in that second.
    private func onTime(_ arguments: [String]) throws -> (report: LbcheckTool.Outcome.Report, folder: String) {
      for attempt in 1...5 {
        let outcome = try tool.run(
          arguments + ["--no-probe", "--backend-header", "X-Backend", "--out", "report\(attempt)"])
        let json = try #require(tool.folder.read("report\(attempt)/report.json"), "\(outcome.messages)")
        let report = try #require(LbcheckTool.Outcome.Report(json: json))
        guard try #require(report["traffic"]["lateness"]["max"].number) < 40 else { continue }
        return (report, "report\(attempt)")
      }
      throw Late()
    }

    private struct Late: Error, CustomStringConvertible {
      var description: String { "lbcheck was late in each of five runs" }
    }

    @Test("The requests of each second in series.csv are as many as nginx logged in it")
    func series() throws {
      let nginx = try LoggingNginx()
      let (report, folder) = try onTime(
        ["load", nginx.url, "--rate", "10", "--duration", "5s", "--format", "csv"])
      let zero = try zero(of: report)
      // The log's clock has milliseconds, and nginx's own is a little behind.
      let seconds = nginx.times().map { ($0 - zero + 0.02).rounded(.down) }.filter { $0 >= 0 }
      let logged = Dictionary(seconds.map { (Int($0), 1) }, uniquingKeysWith: +)
      let rows = try #require(tool.folder.read(folder + "/series.csv")).split(whereSeparator: \.isNewline).dropFirst()
        .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
      #expect(rows.count == 5)
      for row in rows {
        let second = try #require(Int(row[0]))
        #expect(Int(row[2]) == logged[second] && row[2] == "10", "\(row) but logged \(logged)")
        // All answers are the one backend's.
        #expect(row[1] == "1" && row[3] == "0" && row[7] == row[2])
      }
      // What an earlier run sent is before second 0.
      #expect(logged.values.reduce(0, +) == 50)
      let times = try #require(tool.folder.read(folder + "/histogram.csv")).split(whereSeparator: \.isNewline)
        .dropFirst()
        .filter { $0.hasPrefix("latency,") }.compactMap { $0.split(separator: ",").last.flatMap { Int($0) } }
      #expect(times.reduce(0, +) == 50)
    }

    @Test("The requests of each phase of a reload are as many as nginx logged while it lasted")
    func phases() throws {
      let nginx = try LoggingNginx()
      let (report, _) = try onTime(
        [
          "reload-test", nginx.url, "--reload-command", "/usr/sbin/nginx -c \(nginx.configuration) -s reload",
          "--no-replacement", "--no-restart", "--rate", "50", "--settle", "2s",
        ])
      let zero = try zero(of: report)
      let times = nginx.times().map { $0 - zero }
      let phases = report["phases"].list
      #expect(phases.map { $0["name"].text } == ["baseline", "reload"])
      for phase in phases {
        let start = try #require(phase["startSeconds"].number)
        let end = start + (try #require(phase["durationSeconds"].number))
        let requests = try #require(phase["traffic"]["requests"]["scheduled"].number)
        // Half an interval earlier, none was due at either end; one may have been late for it.
        let logged = times.filter { $0 >= start - 0.01 && $0 < end - 0.01 }.count
        #expect(abs(Double(logged) - requests) <= 2, "\(phase["name"].text ?? ""): \(requests), but logged \(logged)")
      }
    }
  }
}
