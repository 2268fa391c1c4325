import Foundation
import Support
import Testing

private let staticProgram = ProcessInfo.processInfo.environment["LBCHECK_STATIC_TOOL"]

extension Integration {
  /// The program as one file, which `Tests/Static/run` builds, where the toolchain's libraries are out of reach.
  @Suite(.enabled(if: staticProgram != nil, "Tests/Static/run builds it"))
  struct StaticProgramTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// The folder from which this very process has its Swift, and every dynamically linked program beside it.
    private static func libraries() throws -> String {
      let maps = try #require(try FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd())
      let lines = String(decoding: maps, as: UTF8.self).split(separator: "\n")
      let line = try #require(lines.first { $0.hasSuffix("/libswiftCore.so") }, "\(lines)")
      return URL(fileURLWithPath: String(line[try #require(line.firstIndex(of: "/"))...])).deletingLastPathComponent()
        .path
    }

    /// Runs a copy of a program, alone in its folder, where the folder of the libraries is empty.
    private func run(_ program: String, _ arguments: [String]) throws -> LbcheckTool.Outcome {
      let folder = tool.folder.path + "/\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: program, toPath: folder + "/copy")
      // The program that the tool names comes after the copy, and is not run.
      let script = "mount -t tmpfs none \"$1\" && copy=$2 && shift 3 && exec \"$copy\" \"$@\""
      return try tool.run(
        arguments,
        within: [
          "/usr/bin/unshare", "--mount", "--map-root-user", "/bin/sh", "-c", script, "sh", try Self.libraries(),
          folder + "/copy",
        ])
    }

    @Test("A program that is linked to the toolchain's libraries does not start there")
    func control() throws {
      let test = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      let linked = URL(fileURLWithPath: test).deletingLastPathComponent().path + "/lbcheck"
      let outcome = try run(linked, ["--version"])
      #expect(outcome.status == 127)
      #expect(outcome.messages.contains("libswift"), "\(outcome.messages)")
    }

    @Test("It starts processes, and writes a whole report")
    func report() throws {
      let outcome = try run(try #require(staticProgram), ["failover", "--testbed", "--out", "report", "--json"])
      #expect([0, 1, 3].contains(outcome.status), "\(outcome.messages)")
      // Its own copy is the backends, too.
      #expect(outcome.report?["backends"].list.count == 3, "\(outcome.messages)\(outcome.output)")
      #expect(tool.folder.read("report/report.html")?.contains("</html>") == true)
    }

    @Test("It opens the system's libraries for https:// and HTTP/2", arguments: ["1.1", "2"])
    func systemLibraries(_ version: String) throws {
      let certificates = try TestCertificates()
      let nginx = try HTTP2Balancer(.nginx, certificates.issue("127.0.0.1"))
      let outcome = try run(
        try #require(staticProgram),
        [
          "load", "https://127.0.0.1:\(nginx.tlsPort)/", "--cacert", certificates.authority, "--http", version, "-n",
          "200", "--json",
        ])
      #expect(outcome.status == 0, "\(outcome.messages)")
      #expect(outcome.report?["traffic"]["requests"]["succeeded"].integer == 200)
      #expect((outcome.report?["traffic"]["http2"]["streams"].integer ?? 0 > 0) == (version == "2"))
    }
  }
}
