import Foundation
import FoundationXML
import Support
import Testing

extension Integration {
  /// The program as its user meets it: streams, exit status, interruption.
  @Suite struct CommandTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    @Test("2,000 requests a second against a server frozen for a second show that second, and all are accounted for")
    func freeze() throws {
      let backends = try NginxBackends(["app-1", "app-2"])
      let nginx = try NginxBalancer(
        upstream: backends.ports.map { "server 127.0.0.1:\($0);" }.joined(separator: " "))
      let freezing = Thread {
        Thread.sleep(forTimeInterval: 2)
        nginx.server.freeze()
        Thread.sleep(forTimeInterval: 1)
        nginx.server.resume()
      }
      freezing.start()
      let outcome = try tool.run([
        "load", "http://127.0.0.1:\(nginx.port)/", "--rate", "2000", "--duration", "5s", "--json",
      ])
      let traffic = try #require(outcome.report, "\(outcome.messages)")["traffic"]
      let requests = traffic["requests"]
      #expect(requests["scheduled"].integer == 10_000)
      #expect(
        requests["scheduled"].integer
          == requests["succeeded"].integer! + requests["failed"].integer! + requests["unsent"].integer!)
      #expect(requests["failed"].integer == 0)
      // 2,000 of 10,000 requests came due in that second, evenly: one in ten waited longer than half of it.
      let p90 = try #require(traffic["latency"]["p90"].number)
      let p99 = try #require(traffic["latency"]["p99"].number)
      let most = try #require(traffic["latency"]["max"].number)
      #expect(p90 >= 350 && p99 >= 850 && most >= 950)
      // Fifty requests were out; the service time of the rest knows nothing of the second.
      #expect((traffic["serviceTime"]["p90"].number ?? .infinity) < p90 / 2)
      #expect(traffic["rate"]["offered"].number == 2000)
      withExtendedLifetime(nginx) {}
    }

    @Test("Ctrl-C writes the report so far and exits 130", arguments: ["load", "fairness"])
    func interrupt(check: String) throws {
      let backends = try NginxBackends(["app-1", "app-2"])
      let out = tool.folder.path + "/stopped-\(check)"
      let outcome = try tool.run(
        [
          check, "http://127.0.0.1:\(backends.ports[0])/", "--rate", "200", "--duration", "60s", "--json", "--out", out,
        ],
        interruptAfter: 2)
      #expect(outcome.status == 130)
      let report = try #require(outcome.report, "\(outcome.messages)")
      #expect(report["interrupted"].integer == 1)
      #expect(report["verdict"].text == "inconclusive")
      let requests = report["traffic"]["requests"]
      #expect((100...800).contains(requests["succeeded"].integer ?? 0))
      #expect(
        requests["scheduled"].integer
          == requests["succeeded"].integer! + requests["failed"].integer! + requests["unsent"].integer!)
      let written = try String(contentsOfFile: out + "/report.md", encoding: .utf8)
      #expect(written.contains("nterrupted"))
      withExtendedLifetime(backends) {}
    }

    @Test("A load of a day is begun, and Ctrl-C ends it with its report")
    func day() throws {
      let server = try MethodCounter()
      let outcome = try withExtendedLifetime(server) {
        try tool.run(
          ["load", server.url, "-d", "24h", "--rate", "50", "--json", "--out", "day"], interruptAfter: 2)
      }
      #expect(outcome.status == 130, "\(outcome.messages)\(outcome.output)")
      #expect((outcome.report?["traffic"]["requests"]["succeeded"].integer ?? 0) > 0)
      #expect(tool.folder.read("day/report.json") != nil && tool.folder.read("day/report.md") != nil)
    }

    @Test(
      "A target that refuses exits 3 with one clear line, and leaves no empty folder",
      arguments: ["load", "fairness", "inspect"])
    func refused(check: String) throws {
      let port = FreePort.reserve()
      let outcome = try tool.run([check, "http://127.0.0.1:\(port)/", "--quiet"])
      #expect(outcome.status == 3)
      let reason = "127.0.0.1:\(port): \(SystemWording.connectionRefused)"
      #expect(outcome.messages == "error: http://127.0.0.1:\(port)/ does not answer: \(reason)\n")
      #expect(outcome.output.isEmpty)
      let left = (try? FileManager.default.contentsOfDirectory(atPath: tool.folder.path + "/Reports")) ?? []
      #expect(left.isEmpty)
    }

    @Test("A target that resolves to nothing exits 3")
    func unresolved() throws {
      // RFC 6761 6.4: names below invalid never resolve, and resolvers need not ask anybody.
      let outcome = try tool.run(["fairness", "http://nobody.invalid/", "--quiet"])
      #expect(outcome.status == 3)
      #expect(outcome.messages.hasPrefix("error: 'nobody.invalid' does not resolve: "))
      #expect(outcome.messages.split(separator: "\n").count == 1)
    }

    @Test("A target that never answers exits 3 after its timeout")
    func silent() throws {
      let server = try ScriptedServer { connection in
        if connection.readRequest() { connection.pause(milliseconds: 5000) }
      }
      let outcome = try tool.run(["fairness", "http://127.0.0.1:\(server.port)/", "--quiet", "--timeout", "300ms"])
      #expect(outcome.status == 3)
      #expect(
        outcome.messages
          == "error: http://127.0.0.1:\(server.port)/ does not answer: 127.0.0.1:\(server.port): no complete response within 0.3 s; nothing had come\n"
      )
      withExtendedLifetime(server) {}
    }

    @Test("A folder that cannot be written is found before any traffic")
    func unwritable() throws {
      let server = try ScriptedServer { _ in }
      // A file in the way stops root as well.
      let file = try tool.folder.write("", to: "in-the-way")
      let outcome = try tool.run(["load", "http://127.0.0.1:\(server.port)/", "--out", file + "/report", "--quiet"])
      #expect(outcome.status == 2)
      #expect(outcome.messages.contains("in-the-way"))
      #expect(server.connectionCount == 0)
    }

    @Test("A full disk is found before any traffic")
    func fullDisk() throws {
      let server = try ScriptedServer { _ in }
      // /dev/full is a file, so a folder below it cannot be; a small tmpfs needs root and is used where it can be.
      let mount = tool.folder.path + "/small"
      try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
      let mounting = Process()
      mounting.executableURL = URL(fileURLWithPath: "/bin/sh")
      mounting.arguments = [
        "-c",
        """
        exec unshare --mount --map-root-user sh -c \
        'mount -t tmpfs -o size=16k none "$1" && exec "$2" load "$3" --out "$1/report" --quiet' \
        sh "$0" "$1" "$2" 2>"$3"
        """,
        mount, try LbcheckTool.path(), "http://127.0.0.1:\(server.port)/", tool.folder.path + "/messages",
      ]
      try mounting.run()
      mounting.waitUntilExit()
      #expect(mounting.terminationStatus == 2)
      #expect(tool.folder.read("messages")?.contains("No space left on device") == true)
      #expect(server.connectionCount == 0)
    }

    @Test("No header to tell backends apart: exit 3 with the lines to add")
    func noFingerprint() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send(
            "HTTP/1.1 200 OK\r\nX-Request-Id: \(UInt64.random(in: 0 ... .max))\r\nContent-Length: 0\r\n\r\n")
        }
      }
      let outcome = try tool.run(["fairness", "http://127.0.0.1:\(server.port)/", "--quiet"])
      #expect(outcome.status == 3)
      for line in [
        "add_header X-Backend $upstream_addr always;", "http-response set-header X-Backend %s", "res.set('X-Backend'",
      ] {
        #expect(outcome.messages.contains(line))
      }
      withExtendedLifetime(server) {}
    }

    @Test("A header with a new value on every answer is no fingerprint: exit 3, and it says so")
    func tooMany() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send(
            "HTTP/1.1 200 OK\r\nX-Backend: \(UInt64.random(in: 0 ... .max))\r\nContent-Length: 0\r\n\r\n")
        }
      }
      let outcome = try tool.run(
        ["fairness", "http://127.0.0.1:\(server.port)/", "--quiet", "--backend-header", "X-Backend"])
      #expect(outcome.status == 3)
      #expect(outcome.messages.contains("took more than 256 distinct values"))
      withExtendedLifetime(server) {}
    }

    @Test("--resolve and --connect-to go where they say, and the Host field stays the target's")
    func overrides() throws {
      let hosts = Recorder()
      let server = try ScriptedServer { connection in
        while let head = connection.readHead() {
          hosts.add(head)
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 0\r\n\r\n")
        }
      }
      let resolved = try tool.run([
        "load", "http://alvin.xyz:\(server.port)/watch?v=1", "--resolve", "alvin.xyz:\(server.port):127.0.0.1", "-n",
        "5",
        "--quiet", "-H", "Accept: text/html",
      ])
      #expect(resolved.status == 0, "\(resolved.messages)")
      let connected = try tool.run([
        "load", "http://alvin.xyz/", "--connect-to", "alvin.xyz:80:127.0.0.1:\(server.port)", "-n", "5", "--quiet",
      ])
      #expect(connected.status == 0, "\(connected.messages)")
      let heads = hosts.all
      #expect(
        heads.contains {
          $0.hasPrefix("GET /watch?v=1 HTTP/1.1\r\n") && $0.contains("Host: alvin.xyz:\(server.port)\r\n")
        })
      #expect(heads.contains { $0.contains("Host: alvin.xyz\r\n") })
      #expect(heads.first?.contains("Accept: text/html\r\n") == true)
      withExtendedLifetime(server) {}
    }

    @Test("A profile beside the working folder answers for its host, and the command line wins over it")
    func profile() throws {
      let backends = try NginxBackends(["app-1"])
      try FileManager.default.createDirectory(
        atPath: tool.folder.path + "/Profiles", withIntermediateDirectories: true)
      _ = try tool.folder.write(
        """
        {
          // The site behind the balancer.
          target: "http://alvin.xyz/",
          connectTo: ["alvin.xyz:80:127.0.0.1:\(backends.ports[0])"],
          backendHeader: "X-Backend",
          policy: "single",
          requests: 500,
        }
        """, to: "Profiles/alvin.xyz.json5")
      let outcome = try tool.run(["fairness", "alvin.xyz", "--json", "--requests", "40"])
      #expect(outcome.status == 0, "\(outcome.messages)")
      #expect(outcome.report?["traffic"]["requests"]["scheduled"].integer == 40)
      #expect(outcome.report?["target"]["url"].text == "http://alvin.xyz/")

      _ = try tool.folder.write("{ target: \"http://127.0.0.1/\", reqests: 5 }", to: "Profiles/wrong.json5")
      let wrong = try tool.run(["fairness", "--profile", "Profiles/wrong.json5"])
      #expect(wrong.status == 2)
      #expect(
        wrong.messages.hasPrefix(
          "error: Profiles/wrong.json5: reqests: unknown key; did you mean 'requests'?"))
      withExtendedLifetime(backends) {}
    }

    @Test("One profile serves every command; a list on the command line replaces the profile's")
    func sharedProfile() throws {
      let backends = try NginxBackends(["app-1"])
      _ = try tool.folder.write(
        "{ target: 'http://127.0.0.1:\(backends.ports[0])/', policy: 'single', backends: ['app-1'], requests: 20 }",
        to: "shared.json5")
      for check in ["inspect", "load", "fairness"] {
        let outcome = try tool.run([check, "--profile", "shared.json5", "--quiet"])
        #expect(outcome.status == 0, "\(outcome.messages)")
      }
      let other = try tool.run(["fairness", "--profile", "shared.json5", "--quiet", "--backend", "app-2"])
      #expect(other.status == 1)
      withExtendedLifetime(backends) {}
    }

    @Test("Usage errors exit 2 and name the way to help")
    func usage() throws {
      let unknown = try tool.run(["fairnes"])
      #expect(unknown.status == 2)
      #expect(unknown.messages == "error: unknown command 'fairnes'; did you mean 'fairness'?\nSee 'lbcheck --help'.\n")
      let nothing = try tool.run(["fairness"])
      #expect(nothing.status == 2)
      #expect(
        nothing.messages.contains("no target: give") && nothing.messages.contains("See 'lbcheck fairness --help'."))
      for version in ["--version", "-V", "version"] { #expect(try tool.run([version]).output.hasPrefix("lbcheck ")) }
      #expect(try tool.run(["--help", "fairness"]).output == tool.run(["fairness", "--help"]).output)
      #expect(try tool.run(["reload"]).messages.contains("did you mean 'reload-test'?"))
      #expect(try tool.run(["help", "load"]).output.hasPrefix("OVERVIEW: "))
    }

    @Test("Hostile names of backends break neither table nor chart nor terminal")
    func hostileNames() throws {
      let names = [
        "a|b`c`<script>alert(1)</script>]]>", "\u{9B}31mred\u{202E}dlrow ::error::x", "**bold** [x](http://evil) \\|",
        "plain",
      ]
      let turn = Recorder()
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          let name = names[turn.next() % names.count]
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: \(name)\r\nContent-Length: 0\r\n\r\n")
        }
      }
      let outcome = try tool.run([
        "fairness", "http://127.0.0.1:\(server.port)/", "--out", "hostile", "--requests", "400",
      ])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      let forbidden = outcome.output.unicodeScalars.filter {
        $0.properties.generalCategory == .control && $0 != "\n" || $0.properties.generalCategory == .format
      }
      #expect(forbidden.isEmpty)

      let markdown = try #require(tool.folder.read("hostile/report.md"))
      // Within a code span markup is text.
      let spans = try NSRegularExpression(pattern: "(?<!`)(`+)(?!`)(.+?)(?<!`)\\1(?!`)")
      let bare = spans.stringByReplacingMatches(
        in: markdown, range: NSRange(location: 0, length: (markdown as NSString).length), withTemplate: "")
      #expect(markdown.contains("<script>") && !bare.contains("<script>") && !bare.contains("**bold**"))
      let tables = markdown.split(separator: "\n\n").filter { $0.hasPrefix("| ") }
      #expect(tables.count >= 3)
      for table in tables {
        let columns = table.split(separator: "\n").map { line in
          line.replacing("\\|", with: "").count { $0 == "|" }
        }
        #expect(Set(columns).count == 1, "\(table)")
      }
      let chart = try #require(tool.folder.read("hostile/shares.svg"))
      #expect(XMLParser(data: Data(chart.utf8)).parse())
      #expect(!chart.contains("<script"))
      withExtendedLifetime(server) {}
    }

    @Test("Standard output is the result alone, also where nothing shows progress")
    func streams() throws {
      let backends = try NginxBackends(["app-1", "app-2"])
      let outcome = try tool.run(["load", "http://127.0.0.1:\(backends.ports[0])/", "-n", "100"])
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("100 scheduled = 100 succeeded"))
      #expect(!outcome.output.contains("\u{1B}") && !outcome.messages.contains("\u{1B}"))
      #expect(outcome.messages.contains("Report: Reports/load-127.0.0.1-"))
      withExtendedLifetime(backends) {}
    }
  }

  final class Recorder: @unchecked Sendable {
    private let lock = NSLock()
    private var heads: [String] = []
    private var turns = 0

    func next() -> Int {
      lock.withLock {
        turns += 1
        return turns
      }
    }

    func add(_ head: String) { lock.withLock { heads.append(head) } }

    var all: [String] { lock.withLock { heads } }
  }
}
