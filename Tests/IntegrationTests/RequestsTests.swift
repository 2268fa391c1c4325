import Foundation
import Support
import Testing

extension Integration {
  /// What requests are made of, against nginx's own log of what came.
  @Suite struct RequestsTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// An nginx of HTTP/1.1 and HTTP/2 that logs each request with its body as JSON.
    private final class RequestLog {
      let port: UInt16
      let http2Port: UInt16
      private let folder = try! TemporaryFolder()
      private let server: ServerProcess

      struct Line: Equatable {
        var version = ""
        var method = ""
        var path = ""
        var authorization = ""
        var cookie = ""
        var length = ""
        var body = ""
      }

      init() throws {
        let ports = FreePort.reserve(3)
        (port, http2Port) = (ports[0], ports[1])
        let location = """
          location / { client_body_in_single_buffer on; client_body_buffer_size 64k;
            proxy_pass http://127.0.0.1:\(ports[2]); access_log \(folder.path)/requests.log requests; }
          location /moved { return 302 http://127.0.0.1:\(ports[0])/final; }
          """
        let http = """
          log_format requests escape=json '{"version":"$server_protocol","method":"$request_method","path":"$request_uri",'
            '"authorization":"$http_authorization","cookie":"$http_cookie","length":"$http_content_length","body":"$request_body"}';
          server { listen 127.0.0.1:\(ports[0]); \(location) }
          server { listen 127.0.0.1:\(ports[1]) http2; \(location) }
          server {
            listen 127.0.0.1:\(ports[2]);
            location / { add_header X-Backend one; add_header Set-Cookie "sid=fromServer"; return 200 "one"; }
          }
          """
        let configuration = try folder.write(
          Nginx.configuration(in: folder, workers: 1, http: http), to: "nginx.conf")
        server = try Nginx.start(configuration, in: folder, ports: ports)
      }

      var url: String { "http://127.0.0.1:\(port)/" }

      /// In the order of their ends.
      func lines() throws -> [Line] {
        try (folder.read("requests.log") ?? "").split(separator: "\n").map { text in
          let json = try #require(LbcheckTool.Outcome.Report(json: String(text)), "\(text)")
          func value(_ key: String) -> String { json[key].text ?? "" }
          return Line(
            version: value("version"), method: value("method"), path: value("path"),
            authorization: value("authorization"), cookie: value("cookie"), length: value("length"), body: value("body")
          )
        }
      }
    }

    private static let quiet = ["--no-probe", "--backend-header", "X-Backend", "--quiet"]

    @Test("A list is sent in its order and with all that it says, over HTTP/1.1 and HTTP/2", arguments: ["1.1", "2"])
    func list(version: String) throws {
      let nginx = try RequestLog()
      let port = version == "2" ? nginx.http2Port : nginx.port
      _ = try tool.folder.write("{\"id\":1}\u{1}é\n", to: "order.json")
      _ = try tool.folder.write("Bearer file\n", to: "token")
      _ = try tool.folder.write(
        """
        # three kinds
        GET /one?x=1
        GET http://127.0.0.1:\(port)/two
        Authorization: @token

        POST /three
        Authorization: @env:TOKEN
        @order.json
        """, to: "targets.txt")
      let outcome = try tool.run(
        [
          "load", "http://127.0.0.1:\(port)/", "--targets", "targets.txt", "-n", "7", "-c", "1", "--http", version,
          "-H", "Authorization: common", "-b", "a=1", "-b", "b=@env:B", "--out", "r",
        ] + Self.quiet, environment: ["TOKEN": "Bearer variable", "B": "two"])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.messages)")
      func line(_ method: String, _ path: String, _ authorization: String, _ length: String = "", _ body: String = "")
        -> RequestLog.Line
      {
        RequestLog.Line(
          version: "HTTP/\(version == "2" ? "2.0" : "1.1")", method: method, path: path, authorization: authorization,
          cookie: "a=1; b=two", length: length, body: body)
      }
      let turn = [
        line("GET", "/one?x=1", "common"), line("GET", "/two", "Bearer file"),
        line("POST", "/three", "Bearer variable", "12", "{\"id\":1}\u{1}é\n"),
      ]
      #expect(try nginx.lines() == turn + turn + [turn[0]])
      let report = try #require(tool.folder.read("r/report.json").flatMap { LbcheckTool.Outcome.Report(json: $0) })
      let kinds = report["requestKinds"]
      #expect(kinds["count"].integer == 3 && kinds["list"].text == "targets.txt")
      #expect(kinds["kinds"].list.map { $0["path"].text } == ["/one?x=1", "/two", "/three"])
      #expect(kinds["kinds"].list.map { $0["sent"].integer } == [3, 2, 2])
      let setting = report["settings"].list.first { $0["key"].text == "targets" }?["value"].text
      #expect(setting?.hasPrefix("targets.txt: 3 requests, …(") == true, "\(setting ?? "none")")
      #expect(try tool.problems("r").isEmpty)
    }

    @Test("A body is a file's bytes, also of a profile, and its size is in the report")
    func body() throws {
      let nginx = try RequestLog()
      let content = String(repeating: "0123456789abcdef", count: 3000)
      _ = try tool.folder.write(content, to: "large")
      let typed = try tool.run(["load", nginx.url, "--body", "@large", "-n", "2", "-c", "1", "--json"] + Self.quiet)
      #expect(typed.status == 0, "\(typed.messages)")
      let setting = typed.report?["settings"].list.first { $0["key"].text == "body" }?["value"].text
      #expect(setting?.hasPrefix("@large: …(48000 bytes, ") == true, "\(setting ?? "none")")
      _ = try tool.folder.write(
        "{ target: '\(nginx.url)', body: '@large', method: 'PUT', headers: { Authorization: '@env:T' }, cookie: ['a=@env:T'] }",
        to: "p.json5")
      let read = try tool.run(
        ["load", "--profile", "p.json5", "-n", "1", "-c", "1"] + Self.quiet, environment: ["T": "x"])
      #expect(read.status == 0, "\(read.messages)")
      let lines = try nginx.lines()
      #expect(lines.map(\.method) == ["POST", "POST", "PUT"])
      #expect(lines.allSatisfy { $0.length == "48000" && $0.body == content })
      #expect(lines.last?.authorization == "x" && lines.last?.cookie == "a=x")
    }

    @Test("A cookie that a server sets takes the place of one that was given")
    func cookies() throws {
      let nginx = try RequestLog()
      let outcome = try tool.run(
        ["load", nginx.url, "-b", "sid=given; a=1", "--cookies", "-n", "3", "-c", "1"] + Self.quiet)
      #expect(outcome.status == 0, "\(outcome.messages)")
      #expect(try nginx.lines().map(\.cookie) == ["sid=given; a=1", "a=1; sid=fromServer", "a=1; sid=fromServer"])
    }

    @Test("A list comes from standard input as well")
    func standardInput() throws {
      let nginx = try RequestLog()
      let list = try tool.folder.write("GET /a\n\nDELETE /b\n", to: "list")
      let outcome = try tool.run(
        ["load", nginx.url, "--targets", "-", "-n", "4", "-c", "1", "--json"] + Self.quiet,
        within: ["/bin/sh", "-c", "exec \"$@\" <'\(list)'", "sh"])
      #expect(outcome.status == 0, "\(outcome.messages)")
      #expect(try nginx.lines().map { "\($0.method) \($0.path)" } == ["GET /a", "DELETE /b", "GET /a", "DELETE /b"])
      #expect(outcome.report?["requestKinds"]["list"].text == "standard input")
      _ = try tool.folder.write("{ target: '\(nginx.url)', targets: '-', gate: { checks: ['load'] } }", to: "g.json5")
      let gate = try tool.run(["gate", "g.json5"])
      #expect(gate.status == 2 && gate.messages.contains("g.json5: targets: expected a file"), "\(gate.messages)")
    }

    @Test("A check that acts sends the list too, and says where its requests are from")
    func acting() throws {
      let nginx = try RequestLog()
      _ = try tool.folder.write("GET /a\nPOST /b\n", to: "list")
      let outcome = try tool.run(
        [
          "reload-test", nginx.url, "--targets", "list", "--reload-command", "true", "--no-replacement", "--no-restart",
          "--settle", "500ms", "--rate", "100", "--json",
        ] + Self.quiet)
      let report = try #require(outcome.report, "\(outcome.messages)")
      #expect(report["notes"].texts.contains("The requests came in turn from list, which lists 2."))
      let lines = try nginx.lines()
      let posts = lines.count { $0.method == "POST" && $0.path == "/b" }
      #expect(lines.count > 50 && abs(2 * posts - lines.count) <= 1, "\(posts) of \(lines.count)")
      let methods = report["phases"][0]["traffic"]["methods"].list.compactMap { $0["method"].text }
      #expect(Set(methods) == ["GET", "POST"])
    }

    @Test("What a list cannot do is refused before any request, and the line is named")
    func refused() throws {
      let nginx = try RequestLog()
      _ = try tool.folder.write("GET /a\n\nPOST /b\nX-Key: @none\n", to: "bad")
      _ = try tool.folder.write("GET /a\n", to: "list")
      for (arguments, text) in [
        (["--targets", "bad"], "bad:4: header 'X-Key': @none: No such file or directory"),
        (["--targets", "list", "--body", "x"], "leave out --body"), (["--targets", "none"], "none: No such file"),
        (["--targets", "list", "--shard", "1/2", "--out", "p"], "cannot be divided into parts"),
        (["--body", "@none"], "@none: No such file"), (["-L"], "-L: redirects are not followed"),
      ] {
        let outcome = try tool.run(["load", nginx.url] + arguments)
        #expect(outcome.status == 2 && outcome.messages.contains(text), "\(arguments): \(outcome.messages)")
      }
      #expect(try nginx.lines().isEmpty)
      // What -L's refusal promises.
      let moved = try tool.run(["load", nginx.url + "moved", "-n", "20", "--json"])
      let line = moved.report?.assertion("noRedirects")
      #expect(line?["actual"].text?.contains(nginx.url + "final") == true, "\(moved.output)")
    }
  }
}
