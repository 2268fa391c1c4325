import Foundation
import Support
import Testing

extension Integration {
  /// POST beside GET, where a balancer's retries hide what GET loses.
  @Suite struct PostTests {
    let tool: LbcheckTool
    private var folder: TemporaryFolder { tool.folder }

    init() throws { tool = try LbcheckTool() }

    /// Two backends that take 150 ms for an answer; `crash.sh` kills the first, whatever it is doing, and starts it again.
    private func crashing() throws -> (url: String, command: String, processes: [ServerProcess]) {
      _ = try folder.write(
        """
        import http.server, socketserver, sys, time

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                time.sleep(0.15)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.send_header("X-App", sys.argv[2])
                self.end_headers()
                self.wfile.write(b"ok")
            do_POST = do_GET
            def log_message(self, *arguments):
                pass

        class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 128

        Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

        """, to: "app.py")
      let ports = FreePort.reserve(2)
      // Starts it again whenever it has ended; the pid is that of the backend.
      let keeper = try folder.write(
        """
        trap 'kill -9 $child; exit' TERM
        while :; do
          python3 \(folder.path)/app.py \(ports[0]) app-1 & child=$!
          echo $child > \(folder.path)/app-1.pid
          wait $child
        done

        """, to: "keep.sh")
      let processes = [
        try ServerProcess("sh", [keeper], debianPackage: "dash", in: folder, ports: [ports[0]]),
        try ServerProcess(
          "python3", [folder.path + "/app.py", "\(ports[1])", "app-2"], debianPackage: "python3", in: folder,
          ports: [ports[1]]),
      ]
      return (
        "\(ports[0]) \(ports[1])", "sh -c 'kill -9 $(cat \(folder.path)/app-1.pid); sleep 0.3'", processes
      )
    }

    @Test("A backend that dies in the middle of requests: nginx repeats the GETs, and the POSTs are lost")
    func retries() throws {
      let (ports, command, processes) = try crashing()
      defer { processes.forEach { $0.stop() } }
      let balancer = try NginxBalancer(
        upstream: "zone app 64k; "
          + ports.split(separator: " ").map { "server 127.0.0.1:\($0) max_fails=0;" }.joined(separator: " "),
        header: false, extra: "proxy_next_upstream error timeout;")
      let options = [
        "http://127.0.0.1:\(balancer.port)/", "--reload-command", command, "--no-replacement", "--no-restart",
        "--settle", "2s", "--backend-header", "X-App", "--json", "--p99-factor", "1000", "--rate", "300",
        "--connections", "200",
      ]
      // Without POSTs nothing shows.
      let blind = try tool.run(["reload-test"] + options)
      #expect(blind.status == 0, "\(blind.messages)\(blind.output)")
      #expect(blind.report?["phases"][1]["traffic"]["methods"].list.isEmpty == true)
      let outcome = try tool.run(
        ["reload-test"] + options + ["--post-path", "/orders", "--post-share", "40%", "--post-body", "a=1"])
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      let methods = outcome.report?["phases"][1]["traffic"]["methods"].list ?? []
      #expect(methods.map { $0["method"].text } == ["GET", "POST"])
      #expect(methods.first?["failed"].integer == 0)
      let lost = try #require(methods.last?["failed"].integer)
      #expect(lost > 0)
      #expect(methods.last?["failures"]["status"].integer == lost)
      #expect(outcome.report?.assertion("reloadLostNoRequest")?["actual"].text == "\(lost) (all POST)")
      let share =
        Double(methods.last?["requests"].integer ?? 0)
        / Double(methods.reduce(0) { $0 + ($1["requests"].integer ?? 0) })
      #expect((0.3...0.5).contains(share), "\(share)")
      withExtendedLifetime(balancer) {}
    }

    @Test("gunicorn 23.0.0 loses GETs and POSTs alike in its reloads, and the rounds have them apart")
    func gunicorn() throws {
      let server = try ManagedServer(ManagedServer.gunicorn("23.0.0", worker: "gthread"))
      let outcome = try tool.run([
        "reload-test", server.url, "--manager", server.manager, "--no-restart", "--settle", "1500ms", "--rate", "150",
        "--post-path", "/orders", "--post-share", "50%", "--repeat", "5", "--max-gap", "10s", "--json",
      ])
      let rounds = try #require(outcome.report?["rounds"], "\(outcome.messages)")
      let methods = rounds["methods"].list
      #expect(methods.map { $0["method"].text } == ["GET", "POST"])
      #expect(methods.reduce(0) { $0 + ($1["failed"].integer ?? 0) } == rounds["lost"].integer)
      #expect(methods.reduce(0) { $0 + ($1["requests"].integer ?? 0) } == rounds["requests"].integer)
      #expect((methods.last?["failed"].integer ?? 0) > 0, "\(outcome.output)")
      #expect(outcome.status == 1)
    }

    @Test("watch, too, has GET and POST apart, and refuses a path that cannot be asked for")
    func watch() throws {
      let (ports, _, processes) = try crashing()
      defer { processes.forEach { $0.stop() } }
      let port = ports.split(separator: " ")[1]
      let outcome = try tool.run([
        "watch", "http://127.0.0.1:\(port)/", "--duration", "4s", "--rate", "50", "--post-path", "/orders", "--json",
      ])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      let methods = outcome.report?["traffic"]["methods"].list ?? []
      #expect(methods.map { $0["method"].text } == ["GET", "POST"])
      #expect(
        methods.reduce(0) { $0 + ($1["requests"].integer ?? 0) }
          == outcome.report?["traffic"]["requests"]["completed"].integer)
      #expect((20...60).contains(methods.last?["requests"].integer ?? 0))
      let wrong = try tool.run(["watch", "http://127.0.0.1:\(port)/", "--post-path", "orders"])
      #expect(wrong.status == 2 && wrong.messages.contains("--post-path: path 'orders' must begin with /"))
    }
  }
}
