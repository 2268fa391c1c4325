import Foundation
import Support
import Testing

extension Integration {
  /// Answers of the balancer, of caches and of redirects are distinguished from backends', in front of real servers.
  @Suite(.serialized) struct ServedByTests {
    /// One nginx with these servers; `$PORT` and `$DEAD` stand for its port and one where nobody listens.
    private final class Stack {
      let port = FreePort.reserve()
      let dead = FreePort.reserve()
      let folder: TemporaryFolder
      let server: ServerProcess

      init(_ http: (UInt16, UInt16, String) -> String) throws {
        folder = try TemporaryFolder()
        let text = http(port, dead, folder.path)
        let file = try folder.write(Nginx.configuration(in: folder, workers: 1, http: text), to: "nginx.conf")
        server = try Nginx.start(file, in: folder, ports: [port])
      }

      var url: String { "http://127.0.0.1:\(port)/" }
    }

    private func run(_ arguments: [String]) throws -> LbcheckTool.Outcome {
      let tool = try LbcheckTool()
      let outcome = try tool.run(arguments + ["--json", "--no-progress", "--out", tool.folder.path + "/out"])
      return outcome
    }

    private func names(_ outcome: LbcheckTool.Outcome) -> [String] {
      (outcome.report?["backends"].list ?? []).compactMap { $0["name"].text }
    }

    /// All servers of a group are dead.
    private func downSite(header: String) throws -> Stack {
      try Stack { port, dead, _ in
        """
        upstream gone { server 127.0.0.1:\(dead); server [::1]:\(dead); }
        server { listen 127.0.0.1:\(port); location / { proxy_pass http://gone; \(header) } }
        """
      }
    }

    @Test("All servers of a group are down: nobody answered, the site is down, exit status 1 in every check")
    func groupDown() throws {
      let stack = try downSite(header: "add_header X-Backend $upstream_addr always;")
      defer { stack.server.stop() }
      for more in [[], ["--backend-header", "X-Backend"]] {
        let load = try run(["load", stack.url, "-n", "100"] + more)
        #expect(load.status == 1)
        #expect(load.report?["summary"].text == "The site is down: 502.")
        #expect(!names(load).contains("gone"))
        #expect(load.report?["nobody"]["because"]["502"].integer ?? 0 > 50)
        let fairness = try run(["fairness", stack.url, "-n", "200"] + more)
        #expect(fairness.status == 1)
        #expect(fairness.report?["summary"].text == "The site is down: 502.")
        #expect(!names(fairness).contains("gone"))
        #expect(fairness.report?["fairness"]["nobody"]["because"]["502"].integer ?? 0 > 100)
        #expect(fairness.report?["nobody"]["requests"].integer == nil)
      }
      let inspect = try run(["inspect", stack.url])
      #expect(inspect.status == 1)
      #expect(inspect.report?["summary"].text == "The site is down: 502.")
      let capacity = try run(["capacity", stack.url, "--budget", "5s"])
      #expect(capacity.status == 1)
      let reload = try run(["reload-test", stack.url, "--reload-command", "true", "--settle", "1s"])
      #expect(reload.status == 1)
    }

    @Test("A site that is down is no site without a header")
    func downWithoutHeader() throws {
      let stack = try downSite(header: "")
      defer { stack.server.stop() }
      for arguments in [["load", "-n", "50"], ["fairness", "-n", "50"], ["inspect"]] {
        let outcome = try run([arguments[0], stack.url] + arguments.dropFirst())
        #expect(outcome.status == 1, "\(arguments)")
        #expect(outcome.report?["summary"].text == "The site is down: 502.", "\(arguments)")
      }
      let given = try run(["fairness", stack.url, "-n", "50", "--backend-header", "X-Backend"])
      #expect(given.status == 1)
      let reload = try run(["reload-test", stack.url, "--reload-command", "true", "--settle", "1s"])
      #expect(reload.status == 1)
      #expect(reload.messages.contains("the site is down: 502"))
    }

    @Test("HAProxy's name for no server is no backend")
    func noServer() throws {
      let (port, dead) = (FreePort.reserve(), FreePort.reserve())
      let folder = try TemporaryFolder()
      let file = try folder.write(
        """
        defaults
          mode http
          timeout connect 1s
          timeout client 5s
          timeout server 5s
        listen app
          bind 127.0.0.1:\(port)
          http-after-response set-header X-Backend %s
          server a 127.0.0.1:\(dead) check inter 100 fall 1

        """, to: "haproxy.cfg")
      let server = try ServerProcess(
        "haproxy", ["-db", "-f", file], debianPackage: "haproxy", in: folder, ports: [port])
      defer { server.stop() }
      usleep(500_000)
      let outcome = try run(["load", "http://127.0.0.1:\(port)/", "-n", "50", "--backend-header", "X-Backend"])
      #expect(outcome.status == 1)
      #expect(!names(outcome).contains("<NOSRV>"))
      #expect(outcome.report?["nobody"]["because"]["503"].integer == 50)
    }

    @Test("A port that only redirects passes nothing, and the line says where it leads")
    func redirects() throws {
      let stack = try Stack { port, _, _ in
        "server { listen 127.0.0.1:\(port); return 301 https://shop.test$request_uri; }"
      }
      defer { stack.server.stop() }
      let load = try run(["load", stack.url, "-n", "100"])
      #expect(load.status == 3 && load.report?["verdict"].text == "inconclusive")
      #expect(
        load.report?["summary"].text
          == "Not decided: the site redirects: 100 of 100: 301 to https://shop.test/.")
      let line = try #require(load.report?.assertion("noRedirects"))
      #expect(line["verdict"].text == "inconclusive")
      #expect(line["actual"].text?.contains("https://shop.test/") == true)
      #expect(load.report?["nobody"]["because"]["redirect"].integer == 100)
      let asked = try run(["load", stack.url, "-n", "100", "--expect-status", "301"])
      #expect(asked.status == 0)
      #expect(asked.report?.assertion("noRedirects") == nil)
      for more in [[], ["--backend-header", "X-Backend"]] {
        let fairness = try run(["fairness", stack.url, "-n", "100"] + more)
        #expect(fairness.status == 3)
        #expect((fairness.messages + fairness.output).contains("https://shop.test/"), "\(more)")
      }
      let inspect = try run(["inspect", stack.url])
      #expect(inspect.status == 3)
      #expect(inspect.report?.assertion("noRedirects")?["verdict"].text == "inconclusive")
      for way in [["--start-rate", "200", "--max-rate", "400", "--step", "300ms"], ["--ladder", "100:1s"]] {
        let capacity = try run(["capacity", stack.url, "--p50", "500ms", "--failed", "5%"] + way)
        #expect(capacity.status == 3)
        #expect(capacity.report?["capacity"]["rate"].number != nil)
        #expect(capacity.report?.assertion("noRedirects")?["verdict"].text == "inconclusive")
      }
    }

    @Test("A backend's redirects are its own, and leave a reload's verdict open all the same")
    func redirectingBackend() throws {
      let stack = try Stack { port, _, _ in
        """
        server {
          listen 127.0.0.1:\(port); add_header X-Backend a always;
          location / { return 302 /login; }
          location /login { return 200 "log in"; }
        }
        """
      }
      defer { stack.server.stop() }
      let reload = [
        "--reload-command", "true", "--restart-command", "true", "--no-restart", "--no-replacement", "--settle", "1s",
      ]
      let outcome = try run(["reload-test", stack.url] + reload)
      #expect(outcome.status == 3)
      #expect(outcome.report?.assertion("noRedirects")?["detail"].text?.contains("\(stack.url)login") == true)
      #expect(names(outcome) == ["a"] && outcome.report?["nobody"]["requests"].integer == nil)
      #expect(try run(["reload-test", stack.url + "login"] + reload).status == 0)
    }

    @Test("A cache passes for no policy", arguments: ["round-robin", "sticky", "single", "random"])
    func cache(policy: String) throws {
      let stack = try cachingStack()
      defer { stack.server.stop() }
      let outcome = try run(["fairness", stack.url, "--policy", policy, "-n", "300"])
      #expect(outcome.status == 3)
      #expect(outcome.messages.contains("error: a cache answers for \(stack.url) on "), "\(outcome.messages)")
      let allowed = try run(["fairness", stack.url, "--policy", policy, "-n", "300", "--allow-cache"])
      #expect(allowed.status == 3, "that a cache may answer makes it no backend")
    }

    private func cachingStack() throws -> Stack {
      try Stack { port, dead, folder in
        """
        proxy_cache_path \(folder)/cache keys_zone=c:1m;
        upstream named { server 127.0.0.1:\(dead); }
        server {
          listen 127.0.0.1:\(port);
          location / { proxy_cache c; proxy_cache_valid 200 1m; proxy_pass http://named; add_header X-Cache $upstream_cache_status; }
        }
        server { listen 127.0.0.1:\(dead); add_header X-Backend a; return 200 one; }
        """
      }
    }

    @Test(
      "Caches of other makers pass for no backends either",
      arguments: ["X-Varnish: 32771 3", "CF-Cache-Status: HIT", "Age: 12", "Cache-Status: edge; hit; ttl=5"])
    func otherCaches(evidence: String) throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\n\(evidence)\r\nContent-Length: 2\r\n\r\nok")
        }
      }
      defer { server.stop() }
      for policy in ["sticky", "single", "round-robin"] {
        let outcome = try run(["fairness", "http://127.0.0.1:\(server.port)/", "--policy", policy, "-n", "100"])
        #expect(outcome.status == 3)
        // Where no answer is a backend's there is nothing to report on: the error is the headline.
        #expect(outcome.report == nil && outcome.output.isEmpty)
        let line = "error: a cache answers for http://127.0.0.1:\(server.port)/ on "
        #expect(outcome.messages.contains(line), "\(outcome.messages)")
      }
    }

    @Test("Load on a cache is open, unless it is allowed")
    func cachedLoad() throws {
      let stack = try cachingStack()
      defer { stack.server.stop() }
      let load = try run(["load", stack.url, "-n", "200"])
      #expect(load.status == 3)
      #expect(load.report?.assertion("noCacheAnswers")?["verdict"].text == "inconclusive")
      #expect((load.report?["nobody"]["because"]["cache"].integer ?? 0) >= 190)
      #expect(try run(["load", stack.url, "-n", "200", "--allow-cache"]).status == 0)
      #expect(try run(["inspect", stack.url]).report?.assertion("noCacheAnswers")?["verdict"].text == "inconclusive")
    }

    @Test("Plain HTTP on a TLS port is named, with the URL to ask")
    func plainOnTLS() throws {
      let certificates = try TestCertificates()
      let issued = try certificates.issue("localhost")
      let stack = try Stack { port, _, _ in
        """
        server {
          listen 127.0.0.1:\(port) ssl;
          ssl_certificate \(issued.certificate); ssl_certificate_key \(issued.key);
          return 200 "secret\\n";
        }
        """
      }
      defer { stack.server.stop() }
      for check in ["load", "fairness", "inspect"] {
        let outcome = try run([check, stack.url])
        #expect(outcome.status == 3)
        #expect(outcome.messages.contains("https://127.0.0.1:\(stack.port)/"), "\(outcome.messages)")
      }
      // An honest 400 stays one.
      let refusing = try Stack { port, _, _ in "server { listen 127.0.0.1:\(port); return 400; }" }
      defer { refusing.server.stop() }
      #expect(try run(["load", refusing.url, "-n", "10"]).status == 1)
    }

    @Test("An error page with status 200 fails where a body is expected")
    func body() throws {
      let stack = try Stack { port, _, _ in
        """
        server {
          listen 127.0.0.1:\(port); add_header X-Backend a; default_type text/html;
          location / { return 200 "<h1>Shop</h1>"; }
          location /sorry { return 200 "<h1>Sorry</h1>"; }
        }
        """
      }
      defer { stack.server.stop() }
      for wanted in ["Shop", "/<h1>S.op/"] {
        let good = try run(["load", stack.url, "-n", "50", "--expect-body", wanted])
        #expect(good.status == 0)
        let bad = try run(["load", stack.url + "sorry", "-n", "50", "--expect-body", wanted])
        #expect(bad.status == 1)
        #expect(bad.report?["traffic"]["failures"]["body"].integer == 50)
        #expect(bad.report?["traffic"]["statuses"]["200"].integer == 50)
      }
      #expect(try run(["inspect", stack.url + "sorry", "--expect-body", "Shop"]).status == 1)
      #expect(try run(["fairness", stack.url + "sorry", "--policy", "single", "--expect-body", "Shop"]).status == 1)
      #expect(try run(["load", stack.url, "--expect-body", "/(/"]).status == 2)
      #expect(try run(["load", stack.url, "-X", "HEAD", "--expect-body", "a"]).status == 2)
    }

    @Test("A dead backend is named as tried; no list, no word of tries")
    func tries() throws {
      let stack = try Stack { port, dead, _ in
        """
        upstream app { server 127.0.0.1:\(dead) max_fails=0; server 127.0.0.1:\(port); }
        server {
          listen 127.0.0.1:\(port);
          location / { proxy_pass http://app/page; proxy_http_version 1.1; add_header X-Backend $upstream_addr always; }
          location /page { return 200 "page"; }
          location /path { add_header X-Backend "shield-1, edge-2"; return 200 "page"; }
        }
        """
      }
      defer { stack.server.stop() }
      let listed = try run(["load", stack.url, "-n", "50", "--backend-header", "X-Backend"])
      #expect((listed.report?["traffic"]["requests"]["upstreamRetried"].integer ?? 0) > 10)
      let through = try run(["load", stack.url + "path", "-n", "50", "--backend-header", "X-Backend"])
      #expect(names(through) == ["edge-2"])
      #expect(through.status == 0 && through.report?["summary"].text?.hasSuffix("; none failed.") == true)
      #expect(through.report?["traffic"]["requests"]["upstreamRetried"].integer == nil)
      let said = try run(
        ["load", stack.url + "path", "-n", "50", "--backend-header", "X-Backend", "--backend-list", "tries"])
      #expect(said.report?["traffic"]["requests"]["upstreamRetried"].integer == 50)
    }
  }
}
