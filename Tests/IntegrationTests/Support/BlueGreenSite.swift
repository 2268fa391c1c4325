import Foundation
import Support

/// Two pools behind nginx, each broken and mended by a POST to its chaos path.
final class BlueGreenSite: Sendable {
  /// What nginx is given beside the two servers, and what blue's chaos does.
  struct Kind: Sendable, CustomStringConvertible {
    let description: String
    var blue = "max_fails=1 fail_timeout=1s"
    var tries = "proxy_next_upstream error timeout http_500;"
    /// The query of the chaos path.
    var chaos = "mode=error"
  }

  let port: UInt16
  private let chaos: String
  private let folder: TemporaryFolder
  private let processes: [ServerProcess]

  init(_ kind: Kind) throws {
    folder = try TemporaryFolder()
    let ports = FreePort.reserve(3)
    port = ports[0]
    chaos = "http://127.0.0.1:\(ports[1])/chaos"
    query = kind.chaos
    let program = try folder.write(Self.pool, to: "pool.js")
    let pools = try zip(["blue", "green"], ports.dropFirst()).map { [folder] name, port in
      try ServerProcess(
        "node", [program, name, "\(name)-v1", String(port)], debianPackage: "nodejs", in: folder, ports: [port])
    }
    let configuration = Nginx.configuration(
      in: folder, workers: 1,
      http: """
        upstream pools {
          server 127.0.0.1:\(ports[1]) \(kind.blue);
          server 127.0.0.1:\(ports[2]) backup;
        }
        server {
          listen 127.0.0.1:\(port);
          location / { proxy_pass http://pools; \(kind.tries) }
        }
        """)
    let nginx = try Nginx.start(try folder.write(configuration, to: "nginx.conf"), in: folder, ports: [port])
    processes = [nginx] + pools
  }

  private let query: String

  deinit { processes.forEach { $0.stop() } }

  /// The options by which a profile that is written for the usual ports asks this site.
  var options: [String] {
    [
      "--connect-to", "127.0.0.1:8080:127.0.0.1:\(port)", "--stop-command",
      "curl -fsS -X POST '\(chaos)/start?\(query)'",
      "--start-command", "curl -fsS -X POST \(chaos)/stop",
    ]
  }

  /// `share` of the answers of a broken pool are still good, and all of those in the first `after` milliseconds.
  private static let pool = """
    const [name, release, port] = process.argv.slice(2);
    let chaos = null, count = 0;
    require('node:http').createServer((request, response) => {
      const url = new URL(request.url, 'http://pool');
      if (url.pathname.startsWith('/chaos/')) {
        if (request.method !== 'POST') return response.writeHead(405).end();
        const value = (key) => Number(url.searchParams.get(key));
        chaos = url.pathname === '/chaos/stop' ? null
          : { mode: url.searchParams.get('mode'), share: value('share'), from: Date.now() + value('after') };
        return response.end('done');
      }
      response.setHeader('X-App-Pool', name);
      response.setHeader('X-Release-Id', release);
      const isGood = !chaos || Date.now() < chaos.from || (++count % 100) < chaos.share * 100;
      if (isGood) return response.end('version');
      if (chaos.mode === 'reset') return request.socket.destroy();
      response.writeHead(500).end('chaos');
    }).listen(Number(port), '127.0.0.1');
    """
}
