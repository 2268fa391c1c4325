import Foundation
import Support
import Testing

extension Integration {
  /// `init` on real servers: what it finds, the lines that it asks for, and what comes of them.
  @Suite(.serialized) struct InitTests {
    /// A fresh nginx in front of three Node processes of pm2, none of which names itself.
    private final class Student {
      let tool: LbcheckTool
      let ports = FreePort.reserve(3)
      let port = FreePort.reserve()
      let app: PM2App
      let configuration: String
      let server: ServerProcess

      static let app = """
        const http = require('http');
        const handlers = [];
        const app = { use: (handler) => handlers.push(handler) };
        // before the routes
        app.use((req, res) => res.end('hello'));
        const server = http.createServer((req, res) => {
          res.set = (name, value) => res.setHeader(name, value);
          const run = (index) => handlers[index](req, res, () => run(index + 1));
          run(0);
        });
        server.listen(process.env.PORT, '127.0.0.1', () => process.send?.('ready'));
        process.on('SIGINT', () => server.close(() => setTimeout(() => process.exit(0), 100)));
        """

      init(workers: Int = 2) throws {
        app = try PM2App()
        tool = app.tool
        try app.start(Self.app, "-i 3 --wait-ready --ports \(ports.map(String.init).joined(separator: ","))")
        for port in ports { while !FreePort.answers(port) { usleep(20_000) } }
        let http = """
          upstream app {
            server 127.0.0.1:\(ports[0]); server 127.0.0.1:\(ports[1]);
            server 127.0.0.1:\(ports[2]);
          }
          server {
            listen \(port);
            server_name alvin.xyz www.alvin.xyz;
            add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always;
            location / {
              proxy_pass http://app;
            }
          }
          """
        configuration = try tool.folder.write(
          Nginx.configuration(in: tool.folder, workers: workers, http: http), to: "nginx.conf")
        server = try Nginx.start(configuration, in: tool.folder, ports: [port])
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        let folder = tool.folder.path
        try program(
          "nginx", "exec /usr/sbin/nginx -p '\(folder)' -e '\(folder)/start.log' -c '\(configuration)' \"$@\"")
        try program("pm2", "exec '\(PM2App.standIn)' \"$@\"")
      }

      private var bin: String { tool.folder.path + "/bin" }

      private func program(_ name: String, _ line: String) throws {
        let file = try tool.folder.write("#!/bin/sh\n\(line)\n", to: "bin/\(name)")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
      }

      var environment: [String: String] { ["PATH": "\(bin):/usr/bin:/bin", "PM2_HOME": app.home] }

      func lbcheck(_ arguments: [String]) throws -> LbcheckTool.Outcome {
        try tool.run(arguments, environment: environment, deadline: 240)
      }

      func shell(_ line: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", line]
        process.environment = environment
        let output = Pipe()
        process.standardOutput = output
        try process.launchUnblocked()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(line)")
        return text
      }

      /// Adds the lines that a summary shows below the places that it names; the result are all of them.
      func addLines(of summary: String) throws -> [String] {
        var place: String?
        var added: [(place: String, line: String)] = []
        for line in summary.split(separator: "\n") {
          if line.hasPrefix("      "), let place {
            added.append((place, line.trimmingCharacters(in: .whitespaces)))
          } else {
            place = line.hasSuffix(":") ? String(line.dropFirst(2)) : nil
          }
        }
        var lines = try #require(tool.folder.read("nginx.conf")).components(separatedBy: "\n")
        var edits: [Int: [String]] = [:]
        for (place, line) in added where place.hasPrefix(configuration) {
          let number = try #require(Int(place.dropFirst(configuration.count + 1).prefix { $0.isNumber }))
          edits[number, default: []].append(line)
        }
        // Below the line that opens the block; the last first, so that the numbers stay right.
        for (number, texts) in edits.sorted(by: { $0.key > $1.key }) { lines.insert(contentsOf: texts, at: number) }
        _ = try tool.folder.write(lines.joined(separator: "\n"), to: "nginx.conf")
        let routes = added.filter { $0.place.hasPrefix("the app") }.map(\.line)
        let code = Self.app.replacing("// before the routes", with: routes.joined(separator: "\n"))
        _ = try tool.folder.write(code, to: "app.js")
        return added.map(\.line)
      }
    }

    @Test("A fresh nginx, three Node processes, no header: the lines are added as init says, and nothing else is typed")
    func student() throws {
      let student = try Student()
      let first = try student.lbcheck(["init"])
      #expect(first.status == 0, "\(first.messages)")
      let text = first.output
      #expect(text.contains("add_header X-Backend $upstream_addr always;") && text.contains("zone app 64k;"), "\(text)")
      #expect(text.contains("pm2 shop: 3 instances, cluster mode, ports"))
      let lines = try student.addLines(of: text)
      #expect(lines.contains("add_header Strict-Transport-Security \"max-age=63072000; includeSubDomains\" always;"))
      #expect(lines.contains { $0.hasPrefix("nginx -t") } && lines.contains { $0.hasPrefix("app.use(") })
      _ = try student.shell(try #require(lines.first { $0.hasPrefix("nginx -t") }) + " 2>/dev/null && pm2 reload shop")
      var head = ""
      for _ in 0..<100 where !head.contains("X-Backend") {
        usleep(50_000)
        head = try student.shell("curl -sI http://127.0.0.1:\(student.port)/")
      }
      #expect(head.contains("Strict-Transport-Security") && head.contains("X-Generation"), "\(head)")

      let fairness = try student.lbcheck(["fairness", "alvin.xyz", "--json"])
      #expect(fairness.status == 0, "\(fairness.messages)\(fairness.output)")
      #expect(fairness.report?["fairness"]["policy"].text == "round-robin")
      #expect(fairness.report?["backends"].list.count == 3)
      let reload = try student.lbcheck(["reload-test", "alvin.xyz", "--json"])
      #expect(reload.report?.assertion("everyGenerationReplaced")?["actual"].text == "all replaced", "\(reload.output)")
      // A machine that is busy otherwise cannot carry the traffic, and then nothing is judged.
      let isCarried = reload.report?.assertion("baselineKeptUp")?["verdict"].text != "inconclusive"
      #expect(reload.status == (isCarried ? 0 : 3), "\(reload.output)")

      // What the configuration declares and what answers differ: the profile names all three.
      _ = try student.shell("pm2 stop 2")
      let fewer = try student.lbcheck(["fairness", "alvin.xyz", "--json"])
      #expect(fewer.status == 1, "\(fewer.report?["summary"].text ?? "")")
      #expect(fewer.report?.assertion("everyBackendAnswered")?["verdict"].text == "fail")
    }

    @Test("HAProxy: its servers by name and weight are what fairness expects")
    func haproxy() throws {
      let tool = try LbcheckTool()
      let backends = try NginxBackends(["one", "two"])
      let port = FreePort.reserve()
      let file = try tool.folder.write(
        """
        defaults
          mode http
          balance roundrobin
          timeout connect 5s
          timeout client 30s
          timeout server 30s
        frontend web
          bind 127.0.0.1:\(port)
          default_backend app
        backend app
          server big 127.0.0.1:\(backends.ports[0]) weight 3 check
          server small 127.0.0.1:\(backends.ports[1]) check

        """, to: "haproxy.cfg")
      let before = try ServerProcess("haproxy", ["-f", file], debianPackage: "haproxy", in: tool.folder, ports: [port])
      // The backends name themselves by other names: nothing is said of weights.
      let own = try tool.run(["init", "--haproxy-conf", file, "--out", "own.json5"])
      #expect(own.status == 0, "\(own.messages)")
      #expect(tool.folder.read("own.json5")?.contains("calls them by other names") == true)
      before.stop()
      _ = try tool.folder.write(
        (tool.folder.read("haproxy.cfg") ?? "") + "  http-response set-header X-Backend %s\n", to: "haproxy.cfg")
      let after = try ServerProcess("haproxy", ["-f", file], debianPackage: "haproxy", in: tool.folder, ports: [port])
      defer { after.stop() }
      let named = try tool.run(["init", "--haproxy-conf", file])
      #expect(named.status == 0 && !named.output.contains("set-header X-Backend %s\n    Mind"), "\(named.output)")
      let fairness = try tool.run(["fairness", "127.0.0.1", "--json"])
      #expect(fairness.status == 0, "\(fairness.messages)\(fairness.output)")
      #expect(fairness.report?["fairness"]["policy"].text == "weighted-round-robin")
    }

    @Test("A redirect within the host is followed, one to another host is not, and a file that is there stays")
    func redirects() throws {
      let tool = try LbcheckTool()
      let port = FreePort.reserve()
      let http = """
        server {
          listen 127.0.0.1:\(port);
          location = / { return 302 /app/; }
          location = /away { return 302 http://127.0.0.2:\(port)/; }
          location / { return 200 "hello"; }
        }
        """
      let file = try tool.folder.write(Nginx.configuration(in: tool.folder, workers: 1, http: http), to: "nginx.conf")
      let server = try Nginx.start(file, in: tool.folder, ports: [port])
      defer { server.stop() }
      let path = tool.folder.path + "/Profiles/127.0.0.1.json5"
      #expect(try tool.run(["init", "http://127.0.0.1:\(port)/", "--nginx-conf", file]).status == 0)
      let first = try #require(tool.folder.read("Profiles/127.0.0.1.json5"))
      #expect(first.contains("target: \"http://127.0.0.1:\(port)/app/\""))
      let again = try tool.run(["init", "http://127.0.0.1:\(port)/", "--nginx-conf", file])
      #expect(again.status == 2 && again.messages.contains("Profiles/127.0.0.1.json5 exists: --force replaces it"))
      #expect(tool.folder.read("Profiles/127.0.0.1.json5") == first)
      #expect(try tool.run(["init", "http://127.0.0.1:\(port)/away", "--nginx-conf", file, "--force"]).status == 0)
      #expect(
        tool.folder.read("Profiles/127.0.0.1.json5")?.contains("target: \"http://127.0.0.1:\(port)/away\"") == true)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: (path as NSString).deletingLastPathComponent).count == 1)
    }

    @Test("A site that is silent: written from its configuration with status 3, refused without one")
    func silent() throws {
      let tool = try LbcheckTool()
      let port = FreePort.reserve()
      let file = try tool.folder.write(
        "events { } http { upstream app { server 127.0.0.1:1; server 127.0.0.1:2; } "
          + "server { listen \(port); server_name a.test; location / { proxy_pass http://app; } } }", to: "nginx.conf")
      let written = try tool.run(["init", "--nginx-conf", file])
      #expect(written.status == 3 && written.messages.contains("was not asked"), "\(written.messages)")
      let profile = try #require(tool.folder.read("Profiles/a.test.json5"))
      #expect(
        profile.contains("connectTo: [\"a.test:\(port):127.0.0.1:\(port)\"]") && profile.contains("\"127.0.0.1:2\": 1"))
      // Its server takes every name on its port.
      let anyName = try tool.run(["init", "http://127.0.0.1:\(port)/", "--out", "any.json5", "--nginx-conf", file])
      #expect(anyName.status == 3 && tool.folder.read("any.json5") != nil, "\(anyName.output)")
      let other = try tool.run(["init", "http://127.0.0.1:1/", "--out", "none.json5", "--nginx-conf", file])
      #expect(other.status == 3 && tool.folder.read("none.json5") == nil, "\(other.output)")
    }

    @Test(
      "Bad input is one error that names its place",
      arguments: [
        ([], "events { } http { }", "no target: give a host or a URL"),
        (["--haproxy-conf", "nginx.conf"], "", "exclude each other"),
        (["http://a b/"], "events { } http { }", "'http://a b/': the host"),
        ([], "http {\n  server {\n", "nginx.conf:2: a block is not closed"), ([], "a b;\n", "expected an http block"),
        (
          [],
          "http { upstream u { server 127.0.0.1:1; } server { server_name a.test; location / { proxy_pass http://u; } } "
            + "server { server_name b.test; location / { proxy_pass http://u; } } }",
          "several sites are balanced: give one of them, a.test, b.test"
        ),
      ])
    func badInput(arguments: [String], configuration: String, message: String) throws {
      let tool = try LbcheckTool()
      _ = try tool.folder.write(configuration, to: "nginx.conf")
      let outcome = try tool.run(["init"] + arguments + ["--nginx-conf", "nginx.conf"])
      #expect(outcome.status == 2 && outcome.output.isEmpty)
      let lines = outcome.messages.split(separator: "\n")
      #expect(lines.count == 2 && lines[0].hasPrefix("error: ") && lines[0].contains(message), "\(outcome.messages)")
      #expect(!FileManager.default.fileExists(atPath: tool.folder.path + "/Profiles"))
    }
  }
}
