import Foundation
import Report
import Support
import Testing

extension Integration {
  /// Generations that no header names: a page's tag, a line of it, a certificate.
  @Suite struct GenerationsTests {
    let tool: LbcheckTool
    private var folder: TemporaryFolder { tool.folder }

    init() throws { tool = try LbcheckTool() }

    /// nginx with static pages behind a link, as deploys by symlink have it.
    private func site() throws -> (url: String, deploy: String, server: ServerProcess) {
      for version in 1...2 {
        try FileManager.default.createDirectory(
          atPath: folder.path + "/releases/\(version)", withIntermediateDirectories: true)
        _ = try folder.write(
          "<html>\n<!-- \(String(repeating: "x", count: version)) build-\(version) -->\n",
          to: "releases/\(version)/index.html")
      }
      let link = folder.path + "/current"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "releases/1")
      let port = FreePort.reserve()
      let configuration = Nginx.configuration(
        in: folder, workers: 1, http: "server { listen 127.0.0.1:\(port); root \(link); }")
      let server = try Nginx.start(try folder.write(configuration, to: "nginx.conf"), in: folder, ports: [port])
      return ("http://127.0.0.1:\(port)/", "ln -sfn releases/2 \(link)", server)
    }

    private func reloadTest(_ url: String, _ command: String, _ options: [String]) throws -> LbcheckTool.Outcome {
      try tool.run(
        ["reload-test", url, "--reload-command", command, "--no-restart", "--settle", "1s", "--json"] + options)
    }

    private func generations(_ outcome: LbcheckTool.Outcome, _ phase: Int) -> [String] {
      outcome.report?["phases"][phase]["generations"].list.compactMap { $0["generation"].text } ?? []
    }

    @Test(
      "A switch of a symlink behind nginx is a new generation by the page's tag, its date, or a line of it",
      arguments: [
        ["--generation-header", "ETag"], ["--generation-body", "build-(\\w+)"],
        ["--generation-body", "build-(\\w+)", "--expect-body", "build"],
      ])
    func symlink(options: [String]) throws {
      let (url, deploy, server) = try site()
      defer { server.stop() }
      let outcome = try reloadTest(url, deploy, options)
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("everyGenerationReplaced")?["actual"].text == "all replaced")
      #expect(outcome.report?.assertion("noStaleGeneration")?["verdict"].text == "pass")
      if options[0] == "--generation-body" {
        #expect(generations(outcome, 0) == ["1"] && generations(outcome, 1).contains("2"))
        #expect(outcome.report?["settings"].list.contains { $0["key"].text == "generationBody" } == true)
      } else {
        #expect(generations(outcome, 0).count == 1 && generations(outcome, 1).count <= 2)
        #expect(outcome.report?["settings"].list.contains { $0["value"].text == "ETag" } == true)
      }
      #expect(outcome.report?["notes"].texts.contains { $0.contains("counts as one backend") } == true)
      // The same again changes nothing, which is then no new generation.
      let again = try reloadTest(url, deploy, options)
      #expect(again.status == 1, "\(again.messages)\(again.output)")
      #expect(again.report?.assertion("everyGenerationReplaced")?["verdict"].text == "fail")
    }

    @Test("A page that no longer has the line is not taken for a replaced one")
    func lineGone() throws {
      let (url, _, server) = try site()
      defer { server.stop() }
      let page = folder.path + "/releases/1/index.html"
      let outcome = try reloadTest(url, "sh -c 'echo nothing >\(page)'", ["--generation-body", "build-(\\w+)"])
      #expect(outcome.status == 3, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("everyGenerationReplaced")?["verdict"].text == "inconclusive")
    }

    @Test("Without one of these options a site that names no backend is not tested, and nothing is guessed")
    func unguessed() throws {
      let (url, deploy, server) = try site()
      defer { server.stop() }
      let outcome = try reloadTest(url, deploy, [])
      #expect(outcome.status == 3 && outcome.output.isEmpty)
      #expect(outcome.messages.contains("tells its backends apart"))
    }

    @Test("The tag of another path is not taken for a generation of the first")
    func otherPath() throws {
      let (url, deploy, server) = try site()
      defer { server.stop() }
      for version in 1...2 { _ = try folder.write("slow", to: "releases/\(version)/slow.html") }
      let outcome = try reloadTest(url, deploy, ["--generation-header", "ETag", "--slow-path", "/slow.html"])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(generations(outcome, 0).count == 1)
    }

    @Test("watch tells of a switch of a symlink by the line that changed")
    func watch() throws {
      let (url, _, server) = try site()
      defer { server.stop() }
      let run = try WatchRun(url, ["--generation-body", "build-(\\w+)", "--until-stable", "1s"], in: folder)
      usleep(6_000_000)
      let link = folder.path + "/current"
      try FileManager.default.createSymbolicLink(atPath: link + ".new", withDestinationPath: "releases/2")
      #expect(rename(link + ".new", link) == 0)
      try run.wait { kind in
        if case .versionChanged(_, ["1"], ["2"], _) = kind { true } else { false }
      }
      let outcome = try run.end()
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.report?["summary"].text ?? "")")
      #expect(outcome.report?["watch"]["deploysSeen"].integer == 1)
    }

    @Test("A certificate that nginx takes up in a reload is a new generation; the same one is not")
    func certificate() throws {
      let certificates = try TestCertificates()
      let (first, second) = (try certificates.issue("127.0.0.1"), try certificates.issue("127.0.0.1", days: 29))
      let port = FreePort.reserve()
      let configuration = Nginx.configuration(
        in: folder, workers: 2,
        http: """
          server {
            listen 127.0.0.1:\(port) ssl;
            ssl_certificate \(folder.path)/site.pem; ssl_certificate_key \(folder.path)/site.key;
            ssl_session_cache shared:tls:1m;
            location / { add_header X-Backend app; return 200 "hello"; }
          }
          """)
      func place(_ pair: TestCertificates.Pair) -> String {
        "cp \(pair.certificate) \(folder.path)/site.pem && cp \(pair.key) \(folder.path)/site.key"
      }
      let setUp = Process()
      setUp.executableURL = URL(fileURLWithPath: "/bin/sh")
      setUp.arguments = ["-c", place(first)]
      try setUp.launchUnblocked()
      setUp.waitUntilExit()
      let server = try Nginx.start(try folder.write(configuration, to: "nginx.conf"), in: folder, ports: [port])
      defer { server.stop() }
      let reload = try folder.write(
        "\(place(second))\nkill -HUP $(cat \(folder.path)/nginx.pid)\nsleep 0.5\n", to: "reload.sh")
      let options = ["--generation-certificate", "--cacert", certificates.authority]
      let outcome = try reloadTest("https://127.0.0.1:\(port)/", "sh \(reload)", options)
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("everyGenerationReplaced")?["actual"].text == "all replaced")
      #expect(outcome.report?["traffic"]["handshakes"]["resumed"].integer == 0)
      let serial = Process()
      let answer = Pipe()
      serial.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      serial.arguments = ["openssl", "x509", "-noout", "-serial", "-in", second.certificate]
      serial.standardOutput = answer
      try serial.launchUnblocked()
      let said = String(decoding: answer.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      serial.waitUntilExit()
      let number = try #require(said.split(separator: "=").last?.split(separator: "\n").first)
      #expect(generations(outcome, 1).contains(String(number)), "\(generations(outcome, 1)) \(number)")
      let same = try reloadTest("https://127.0.0.1:\(port)/", "sh \(reload)", options)
      #expect(same.status == 1 && same.report?.assertion("everyGenerationReplaced")?["verdict"].text == "fail")
    }

    @Test(
      "What a generation cannot be read from is one clear error",
      arguments: [
        (
          ["--generation-body", "build-("],
          "--generation-body takes a regular expression (a ')' for each '('), not 'build-('"
        ),
        (
          ["--generation-body", "x", "--generation-header", "ETag"],
          "--generation-header and --generation-body exclude each other"
        ),
        (["--generation-certificate"], "--generation-certificate: http://127.0.0.1:1/ has no certificate"),
      ])
    func refused(options: [String], words: String) throws {
      for command in [["reload-test", "--reload-command", "true"], ["watch"]] {
        let outcome = try tool.run(command + ["http://127.0.0.1:1/"] + options)
        #expect(outcome.status == 2 && outcome.output.isEmpty)
        #expect(outcome.messages.contains(words), "\(outcome.messages)")
      }
    }
  }
}
