import Foundation
import Support
import Testing

extension Integration {
  /// Where credentials are given, and all that comes out: nobody finds them there.
  @Suite struct SecretsTests {
    let tool: LbcheckTool
    private static let planted = "Planted0Secret"

    init() throws { tool = try LbcheckTool() }

    private static func server() throws -> ScriptedServer {
      try ScriptedServer { connection in
        while let head = connection.readHead() {
          if head.hasPrefix("POST") { _ = connection.readBytes(planted.utf8.count) }
          connection.send(
            "HTTP/1.1 200 OK\r\nX-Backend: key-1\r\nSet-Cookie: sid=\(planted)\r\nContent-Length: 2\r\n\r\nok")
        }
      }
    }

    /// Every file below a folder that holds the planted text, but for what the test itself wrote.
    private func leaks(in folder: String) -> [String] {
      let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
      return files.filter { file in
        FileManager.default.contents(atPath: folder + "/" + file)?.range(of: Data(Self.planted.utf8)) != nil
      }
    }

    private func expectNoLeak(_ arguments: [String], environment: [String: String] = [:], statuses: [Int32]) throws {
      let out = tool.folder.path + "/out-\(UUID().uuidString)"
      var all = arguments
      if !arguments.contains("--print-profile") { all += ["--out", out] }
      for json in [[], ["--json"]] {
        let outcome = try tool.run(all + json, environment: environment)
        #expect(statuses.contains(outcome.status), "\(arguments): \(outcome.status) \(outcome.messages)")
        #expect(!outcome.output.contains(Self.planted), "\(arguments): standard output \(outcome.output)")
        #expect(!outcome.messages.contains(Self.planted), "\(arguments): standard error \(outcome.messages)")
        #expect(leaks(in: out).isEmpty, "\(arguments)")
      }
      guard statuses == [0], !arguments.contains("--print-profile") else { return }
      let shown = try tool.run(all + ["--json", "--show-secrets"], environment: environment)
      #expect(shown.output.contains(Self.planted), "\(arguments): --show-secrets shows nothing")
    }

    private static let given: [[String]] = [
      ["-H", "X-Canary: \(planted)"], ["-HAuthorization: Bearer \(planted)"], ["--header=Cookie: a=\(planted)"],
      ["-X", "POST", "--body", planted], ["URL?token=\(planted)"], ["URL?a=1&X-Amz-Signature=\(planted)"],
    ]

    @Test(
      "What is given to a check comes out of none of its outputs", arguments: ["load", "fairness", "inspect"], given)
    func checks(check: String, given: [String]) throws {
      let server = try Self.server()
      defer { server.stop() }
      let url = "http://127.0.0.1:\(server.port)/"
      let more =
        check == "load" ? ["-n", "20", "--format", "csv,hgrm,prometheus"] : check == "fairness" ? ["-n", "200"] : []
      let own = given[0].hasPrefix("URL") ? [url + given[0].dropFirst(3)] : [url] + given
      try expectNoLeak([check] + own + more, statuses: check == "fairness" ? [0, 1, 3] : [0])
      if check != "inspect" { try expectNoLeak([check] + own + more + ["--print-profile"], statuses: [0]) }
    }

    @Test("What a manager is given and what it says comes out of none of the outputs")
    func managers() throws {
      let server = try Self.server()
      defer { server.stop() }
      let script = """
        #!/bin/sh
        echo "PASSWORD=\(Self.planted)"; echo "Authorization: Bearer \(Self.planted)" >&2
        echo "see https://me:\(Self.planted)@git.example/" >&2; exit $1
        """
      let file = try tool.folder.write(script, to: "deploy.sh")
      for command in [
        "env DEPLOY_TOKEN=\(Self.planted) sh \(file) 0", "sh \(file) 1", "sh \(file) 0 --password \(Self.planted)",
        "sh -c 'API_KEY=\(Self.planted) true'", "sh \(file) 0 -u me:\(Self.planted)",
        "sh -c 'DBPASS=\(Self.planted) true; echo curl -sSume:\(Self.planted) --data=\(Self.planted)'",
        "sh -c 'echo curl -H \"X-Custom: \(Self.planted)\" -b a=\(Self.planted) http://a/?%74oken=\(Self.planted)'",
        "sh -c 'echo mysql -u root -p\(Self.planted) https://me:p/\(Self.planted)@a.example/; exit 1'",
      ] {
        try expectNoLeak(
          [
            "reload-test", "http://127.0.0.1:\(server.port)/", "--reload-command", command, "--no-restart",
            "--no-replacement", "--settle", "300ms", "--rate", "50", "--no-progress",
          ], statuses: [0, 1, 3])
      }
    }

    @Test("What is refused is not quoted with its credentials")
    func errors() throws {
      let planted = Self.planted
      let profile = try tool.folder.write(
        "{ target: 'http://me:\(planted)@127.0.0.1:1/' }", to: "bad.json5")
      let rate = try tool.folder.write(
        "{ target: 'http://127.0.0.1:1/', headers: { 'X Y': '\(planted)' } }", to: "header.json5")
      for arguments in [
        ["load", "http://me:\(planted)@127.0.0.1:1/"], ["load", "me:\(planted)@127.0.0.1:1"],
        ["load", "http://127.0.0.1:1/", "-H", "Authorization Bearer \(planted)"],
        ["load", "http://127.0.0.1:1/", "-H", "X Canary: \(planted)"],
        ["load", "http://127.0.0.1:1/", "--header=X-A: \(planted)\u{1}"],
        ["load", "http://127.0.0.1:1/?token=\(planted)"],
        ["load", "http://127.0.0.1:1/", "http://u:\(planted)@h/"], ["load", "--profile", profile],
        ["load", "--profile", rate], ["inspect", "http://127.0.0.1:1/?sid=\(planted)"],
        ["reload-test", "http://127.0.0.1:1/", "--reload-command", "TOKEN=\(planted) deploy && x"],
      ] { try expectNoLeak(arguments, statuses: [2, 3]) }
    }

    @Test("Nor does a gate show it: reports, JUnit, annotations, the step's summary")
    func gate() throws {
      let server = try Self.server()
      defer { server.stop() }
      let planted = Self.planted
      let profile = try tool.folder.write(
        """
        { target: 'http://127.0.0.1:\(server.port)/?token=\(planted)', headers: { 'X-Canary': '\(planted)' }, requests: 20,
          gate: { checks: ['load'], thresholds: ['p99 < 1us'] } }
        """, to: "gate.json5")
      let summary = try tool.folder.write("", to: "summary.md")
      try expectNoLeak(
        ["gate", profile], environment: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary], statuses: [1])
      #expect(tool.folder.read("summary.md")?.contains(planted) == false)
    }

    @Test("Parts hold none, and are merged all the same; parts that were given different ones are not")
    func parts() throws {
      let server = try Self.server()
      defer { server.stop() }
      let planted = Self.planted
      func part(_ number: Int, _ folder: String, header: String) throws {
        let outcome = try tool.run([
          "load", "http://127.0.0.1:\(server.port)/?token=\(planted)", "-n", "20", "-H", "X-Canary: \(header)",
          "--shard",
          "\(number)/2", "--out", folder,
        ])
        #expect(outcome.status == 0, "\(outcome.messages)")
        #expect(!(outcome.output + outcome.messages).contains(planted))
      }
      let same = tool.folder.path + "/same"
      for number in 1...2 { try part(number, same, header: planted) }
      #expect(leaks(in: same).isEmpty)
      // One after another, they do not come to one verdict.
      try expectNoLeak(["merge", same], statuses: [0, 1, 3])
      #expect(try tool.run(["merge", same, "--json"]).report?["traffic"]["requests"]["succeeded"].integer == 20)
      let other = tool.folder.path + "/other"
      for number in 1...2 { try part(number, other, header: "\(planted)\(number)") }
      #expect(try tool.run(["merge", other]).status == 2)
    }

    @Test(
      "What stands in a file or in the environment comes out of nothing, and `ps` does not show it",
      arguments: ["load", "reload-test"])
    func references(check: String) throws {
      let server = try Self.server()
      defer { server.stop() }
      let planted = Self.planted
      _ = try tool.folder.write("Bearer \(planted)\n", to: "token")
      _ = try tool.folder.write(planted, to: "body")
      _ = try tool.folder.write("POST /a\nX-Key: @env:KEY\n@body\n", to: "list")
      let url = "http://127.0.0.1:\(server.port)/"
      _ = try tool.folder.write(
        "{ target: '\(url)', headers: { 'X-Key': '@env:KEY' }, cookie: ['sid=@token'], body: '@body' }", to: "p.json5")
      let given = ["-H", "Authorization: @token", "-H", "X-Key: @env:KEY", "-b", "sid=@env:KEY"]
      let more =
        check == "load"
        ? ["-n", "20", "--format", "csv,hgrm,prometheus,junit"]
        : ["--reload-command", "true", "--no-restart", "--no-replacement", "--settle", "300ms", "--rate", "50"]
      for own in [
        [url] + given + ["--body", "@body"], [url] + given + ["--body", "@env:KEY"],
        [url] + given + ["--targets", "list"],
        ["--profile", "p.json5"],
      ] {
        let out = "out-\(UUID().uuidString)"
        let outcome = try tool.run(
          [check] + own + more + ["--json", "--out", out], environment: ["KEY": planted])
        #expect([0, 3].contains(outcome.status), "\(own): \(outcome.messages)")
        #expect(!outcome.output.contains(planted) && !outcome.messages.contains(planted), "\(own)")
        #expect(leaks(in: tool.folder.path + "/" + out).isEmpty, "\(own)")
        // Not even what shows what is typed can show what is not.
        let shown = try tool.run(
          [check] + own + more + ["--json", "--show-secrets", "--print-profile"], environment: ["KEY": planted])
        #expect(shown.status == 0 && !shown.output.contains(planted) && shown.output.contains("@"), "\(own)")
        let command = outcome.report?["command"].texts ?? []
        #expect(own.allSatisfy(command.contains), "\(command)")
      }
    }

    @Test("Each part reads what its own machine holds, and merging needs none of it")
    func partsReferring() throws {
      let server = try Self.server()
      defer { server.stop() }
      for number in 1...2 {
        let body = try tool.folder.write(Self.planted, to: "body")
        let outcome = try tool.run(
          [
            "load", "http://127.0.0.1:\(server.port)/", "-n", "20", "-H", "X-Key: @env:KEY", "-b", "sid=@env:KEY",
            "--body", "@body", "--shard", "\(number)/2", "--out", "parts",
          ], environment: ["KEY": Self.planted])
        #expect(outcome.status == 0, "\(outcome.messages)")
        try FileManager.default.removeItem(atPath: body)
      }
      #expect(leaks(in: tool.folder.path + "/parts").isEmpty)
      let merged = try tool.run(["merge", "parts", "--json"])
      #expect(merged.report?["traffic"]["requests"]["succeeded"].integer == 20, "\(merged.messages)")
      let header = merged.report?["settings"].list.first { $0["key"].text == "header" }?["value"].texts
      #expect(header == ["X-Key: @env:KEY"], "\(header ?? [])")
    }

    @Test("While a check runs, its live page, its metrics and the list of processes show nothing of it")
    func referencesLive() throws {
      let server = try Self.server()
      defer { server.stop() }
      let planted = Self.planted
      let key = try tool.folder.write(planted, to: "key")
      let terminal = try PseudoTerminal(
        columns: 100,
        [
          try LbcheckTool.path(), "load", "http://127.0.0.1:\(server.port)/", "-H", "X-Key: @\(key)", "--body",
          "@\(key)",
          "-b", "sid=@\(key)", "-n", "40", "-r", "20", "--live", "0", "--out", "r",
        ], in: tool.folder)
      let first = try terminal.read { $0.contains(where: \.isNewline) }
      let match = try #require(
        first.firstMatch(of: /Live: (http:\/\/127\.0\.0\.1:\d+)\/(\?token=[0-9a-f]{32})/), "\(first)")
      func output(_ arguments: String...) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = pipe
        try process.launchUnblocked()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
      }
      let processes = try output("ps", "axww", "-o", "args")
      #expect(processes.contains("X-Key: @\(key)") && !processes.contains(planted))
      for resource in ["/", "/metrics", "/events"] {
        let text = try output("curl", "-sS", "--max-time", "3", "\(match.1)\(resource)\(match.2)")
        #expect(text.count > 100 && !text.contains(planted), "\(resource)")
      }
      let last = try terminal.read { $0.contains("The live page stays until Ctrl-C.") }
      #expect(!last.contains(planted))
      #expect(try !output("curl", "-sS", "--max-time", "3", "\(match.1)/report\(match.2)").contains(planted))
      terminal.signal(SIGTERM)
      _ = try terminal.finish(within: 10)
      #expect(leaks(in: tool.folder.path + "/r").isEmpty)
    }

    @Test("Hosts, ports and names that only sound like credentials stay readable")
    func readable() throws {
      let server = try Self.server()
      defer { server.stop() }
      let outcome = try tool.run([
        "fairness", "http://keycloak.test:\(server.port)/", "--connect-to",
        "keycloak.test:\(server.port):127.0.0.1:\(server.port)", "--connect-to", "token.example:80:127.0.0.1:8080",
        "--backend", "key-1", "-n", "100", "--json",
      ])
      let command = outcome.report?["command"].texts ?? []
      #expect(command.contains("http://keycloak.test:\(server.port)/"))
      #expect(command.contains("keycloak.test:\(server.port):127.0.0.1:\(server.port)"))
      #expect(command.contains("token.example:80:127.0.0.1:8080") && command.contains("key-1"), "\(command)")
      #expect(outcome.report?["backends"][0]["name"].text == "key-1")
    }
  }
}
