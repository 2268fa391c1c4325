import Foundation
import Support
import Testing

extension Integration {
  /// The examples for CI servers in the guide: read as their servers read them, and run as they stand.
  @Suite struct PipelineTests {
    let tool: LbcheckTool
    private let ports = FreePort.reserve(5)

    init() throws { tool = try LbcheckTool() }

    private static let page = LbcheckTool.root + "/Sources/lbcheck/Documentation.docc/Gate.md"

    /// The lines that each server's shell is given, and where it looks for JUnit's file afterwards.
    private struct Pipeline {
      let name: String
      let lines: [String]
      var junit: String?
    }

    private func pipelines() throws -> [Pipeline] {
      let python = try #require(
        ProcessInfo.processInfo.environment["LBCHECK_PYTHON"], "LBCHECK_PYTHON names no Python; start Tests/run")
      let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Python/pipelines.py"
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(fileURLWithPath: python)
      process.arguments = [script, Self.page]
      process.standardOutput = output
      try process.launchUnblocked()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      let blocks = try #require(LbcheckTool.Outcome.Report(json: text))
      let (github, gitlab) = (blocks[0]["steps"].list, blocks[1]["gate"])
      #expect(blocks.list.count == 2 && github.first?["uses"].text?.hasPrefix("actions/checkout@") == true)
      #expect(gitlab["artifacts"]["when"].text == "always")
      #expect(gitlab["artifacts"]["paths"].texts == ["Reports/gate"])
      let guide = try String(contentsOfFile: Self.page, encoding: .utf8)
      let jenkins = try #require(guide.firstMatch(of: /```groovy\n([\s\S]*?)```/)).1
      let shell = try #require(jenkins.firstMatch(of: /sh '''\n([\s\S]*?)'''/)).1
      // A step that reads JUnit's file runs whatever came of the gate.
      let results = try #require(jenkins.firstMatch(of: /post \{\s+always \{\s+junit '([^']*)'/)).1
      for (open, close) in [("{", "}"), ("(", ")"), ("'", "'")] as [(Character, Character)] {
        let counts = (jenkins.count { $0 == open }, jenkins.count { $0 == close })
        #expect(counts.0 == counts.1 && counts.0.isMultiple(of: open == close ? 2 : 1))
      }
      return [
        Pipeline(name: "GitHub", lines: github.compactMap { $0["run"].text }),
        Pipeline(
          name: "GitLab", lines: gitlab["script"].texts, junit: gitlab["artifacts"]["reports"]["junit"].text),
        Pipeline(
          name: "Jenkins",
          lines: shell.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty },
          junit: String(results)),
      ]
    }

    /// A copy of the profiles and the site, on ports of its own.
    private func copyProfiles() throws {
      try FileManager.default.copyItem(
        atPath: LbcheckTool.root + "/Profiles", toPath: tool.folder.path + "/Profiles")
      let moved = Dictionary(
        uniqueKeysWithValues: zip(["3001", "3002", "3003", "3011", "8080"], ports.map(String.init)))
      for name in ["ci.json5", "alvin.xyz/upstream.conf", "alvin.xyz/nginx.conf"] {
        var text = try #require(tool.folder.read("Profiles/" + name))
        text.replace(/127\.0\.0\.1:(\d+)/) { "127.0.0.1:\(moved[String($0.1)] ?? String($0.1))" }
        text = text.replacingOccurrences(of: "/tmp/alvin.xyz.nginx", with: tool.folder.path + "/nginx")
        // How fast this machine is decides nothing here.
        text = text.replacingOccurrences(of: "p99 < 200ms", with: "p99 < 60s")
        _ = try tool.folder.write(text, to: "Profiles/" + name)
      }
    }

    @Test("GitHub, GitLab and Jenkins run the same two lines, which leave JUnit's file where they look for it")
    func examples() throws {
      let pipelines = try pipelines()
      for pipeline in pipelines { #expect(pipeline.lines == pipelines[0].lines, "\(pipeline.name)") }
      #expect(pipelines[0].lines.count == 2)
      try copyProfiles()
      let bin = URL(fileURLWithPath: try LbcheckTool.path()).deletingLastPathComponent().path
      let path = "\(bin):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"):/usr/sbin"
      let environment = [
        "PATH": path, "STACK_HOME": tool.folder.path + "/stack",
        "STACK_PORTS": ports[..<3].map(String.init).joined(separator: ","), "STACK_BACKUP_PORT": "\(ports[3])",
      ]
      let script = try tool.folder.write(pipelines[0].lines.joined(separator: "\n") + "\n", to: "job.sh")
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      // A session of its own, which ends with all that the script has left behind.
      process.arguments = ["setsid", "--wait", "sh", "-c", "echo $$ >job.pid; sh -e '\(script)'; echo $? >job.status"]
      process.currentDirectoryURL = URL(fileURLWithPath: tool.folder.path)
      process.environment = environment
      let said = tool.folder.path + "/job.log"
      _ = FileManager.default.createFile(atPath: said, contents: nil)
      process.standardOutput = FileHandle(forWritingAtPath: said)
      process.standardError = process.standardOutput
      defer { end() }
      try process.launchUnblocked()
      // What goes on in the background holds what the process is waited for by.
      let deadline = Date(timeIntervalSinceNow: 120)
      while tool.folder.read("job.status")?.hasSuffix("\n") != true, Date() < deadline { usleep(50_000) }
      #expect(tool.folder.read("job.status") == "0\n", "\(tool.folder.read("job.log") ?? "")")
      for pipeline in pipelines {
        guard let junit = pipeline.junit else { continue }
        let xml = try #require(tool.folder.read(junit), "\(pipeline.name) looks for \(junit)")
        #expect(xml.contains("failed(reload) == 0: The number of failed requests in reload is 0"), "\(xml)")
        #expect(xml.contains("within the limit"))
      }
      #expect(tool.folder.read("Reports/gate/report.html") != nil)
    }

    /// Ends nginx, and the job's own processes, by the numbers that they left.
    private func end() {
      for (file, sign) in [("nginx.pid", 1), ("job.pid", -1)] as [(String, Int32)] {
        guard let text = tool.folder.read(file) else { continue }
        let number = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))
        if let number, number > 1 { kill(sign * number, SIGTERM) }
      }
    }
  }
}
