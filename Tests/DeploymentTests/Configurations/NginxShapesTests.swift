import Testing

@testable import Deployment

/// What is claimed of configurations of many shapes, and what is not.
@Suite struct NginxShapesTests {
  /// A configuration, the site that is asked about, and what may be said of it.
  struct Shape: ClaimedShape, CustomTestStringConvertible, Sendable {
    let testDescription: String
    var http: String
    var main = "worker_processes 1;"
    /// Further files by path.
    var files: [String: String] = [:]
    var host = "alvin.xyz"
    var port: UInt16 = 80
    var path = "/"
    var servers: [String]?
    var isComplete = true
    var method = DeclaredMethod.roundRobin
    var header: String?
    var adds: String?
    var doesNotAdd: String?
    var notUnderstood: String?
    var finds: String?

    var site: DeclaredSite {
      get throws {
        let wrapped = "\(main)\nevents { }\nhttp {\n\(http)\n}\n"
        let texts = [("/etc/nginx/nginx.conf", wrapped)] + files.sorted { $0.key < $1.key }
        let printed = texts.map { "# configuration file \($0.0):\n\($0.1)\n" }.joined()
        return try NginxConfiguration(NginxFiles(printed: Array(printed.utf8))).site(host: host, port: port, path: path)
      }
    }
  }

  static let upstream = "upstream app { server 127.0.0.1:3001; server 127.0.0.1:3002; }"
  static let two = ["127.0.0.1:3001", "127.0.0.1:3002"]

  static func server(_ location: String, _ names: String = "alvin.xyz") -> String {
    "server { listen 80; server_name \(names); \(location) }"
  }

  static let balanced = server("location / { proxy_pass http://app; }")

  static let groups: [Shape] = [
    Shape(
      testDescription: "weights, backup, down",
      http: """
        upstream app {
          server 127.0.0.1:3001 weight=5 max_fails=2 fail_timeout=30s;  # the big one; twice the memory
          server 127.0.0.1:3002;
          server 127.0.0.1:3003 backup; server 127.0.0.1:3004 down;
          keepalive 32;
        }
        \(balanced)
        """, servers: ["127.0.0.1:3001=5", "127.0.0.1:3002", "127.0.0.1:3003=backup", "127.0.0.1:3004=down"],
      adds: "add_header X-Backend $upstream_addr always;", finds: "127.0.0.1:3001 max_fails=2 fail_timeout=30s"),
    Shape(
      testDescription: "least_conn",
      http: "upstream app { least_conn; server 10.0.0.1; server 10.0.0.2:8080; } \(balanced)",
      servers: ["10.0.0.1:80", "10.0.0.2:8080"], method: .leastConnections),
    Shape(
      testDescription: "ip_hash", http: "upstream app { ip_hash; server 10.0.0.1:80; server 10.0.0.2:80; } \(balanced)",
      servers: ["10.0.0.1:80", "10.0.0.2:80"], method: .keyed("client address")),
    Shape(
      testDescription: "hash of a variable in quotes",
      http: "upstream app { hash \"$request_uri\" consistent; server 10.0.0.1:80; } \(balanced)",
      servers: ["10.0.0.1:80"], method: .keyed("$request_uri")),
    Shape(
      testDescription: "random two",
      http: "upstream app { random two least_conn; server 10.0.0.1:80; server 10.0.0.2:80; } \(balanced)",
      servers: ["10.0.0.1:80", "10.0.0.2:80"], method: .twoChoices),
    Shape(
      testDescription: "a method of another module", http: "upstream app { fair; server 10.0.0.1:80; } \(balanced)",
      servers: ["10.0.0.1:80"], method: .other("what 'fair' does"), notUnderstood: "'fair' in upstream app"),
    Shape(
      testDescription: "sticky cookie",
      http: "upstream app { sticky cookie srv expires=1h path=/; server 10.0.0.1:80; } \(balanced)",
      servers: ["10.0.0.1:80"], method: .cookie),
    Shape(
      testDescription: "IPv6, shortened as nginx shows it",
      http: "upstream app { server [0:0:0:0:0:0:0:1]:3001; server [::1]:3002; } \(balanced)",
      servers: ["[::1]:3001", "[::1]:3002"]),
    Shape(
      testDescription: "unix sockets",
      http: "upstream app { server unix:/run/a.sock; server unix:/run/b.sock weight=2; } \(balanced)",
      servers: ["unix:/run/a.sock", "unix:/run/b.sock=2"]),
    Shape(
      testDescription: "host names",
      http: "upstream app { server app1.internal:3000; server 127.0.0.1:3001; } \(balanced)",
      servers: ["app1.internal:3000", "127.0.0.1:3001"], isComplete: false,
      notUnderstood: "the addresses of 'app1.internal:3000'"),
    Shape(
      testDescription: "localhost may be two addresses", http: "upstream app { server localhost:3001; } \(balanced)",
      servers: ["localhost:3001"], isComplete: false, adds: "server 127.0.0.1:3001…;", notUnderstood: "'localhost:3001'"
    ),
    Shape(
      testDescription: "a resolver keeps the list",
      http: "resolver 127.0.0.1; upstream app { zone app 64k; server app.internal resolve; } \(balanced)",
      servers: ["app.internal"], isComplete: false, notUnderstood: "'resolve' of server app.internal"),
    Shape(
      testDescription: "a state file",
      http: "upstream app { zone app 64k; state /var/lib/nginx/app.state; } \(balanced)",
      servers: [], isComplete: false, notUnderstood: "state: the servers are in a file"),
    Shape(
      testDescription: "Lua balances",
      http: "upstream app { server 0.0.0.1; balancer_by_lua_block { local s = \"}\" -- }\n b.set(s) } } \(balanced)",
      servers: ["0.0.0.1:80"], method: .other("what 'balancer_by_lua_block' does"), notUnderstood: "Lua is not read"),
    Shape(
      testDescription: "several workers without a zone", http: "\(upstream) \(balanced)",
      main: "worker_processes auto;", servers: two,
      adds: "zone app 64k;"),
    Shape(
      testDescription: "several workers with a zone",
      http: "upstream app { zone app 64k; server 127.0.0.1:3001; server 127.0.0.1:3002; } \(balanced)",
      main: "worker_processes 4;", servers: two, doesNotAdd: "zone app 64k;"),
  ]

  static let routes: [Shape] = [
    Shape(
      testDescription: "included with a pattern", http: "include conf.d/*.conf; include sites-enabled/*;",
      files: [
        "/etc/nginx/conf.d/upstream.conf": upstream, "/etc/nginx/sites-enabled/alvin": balanced,
        "/etc/nginx/sites-available/old": server("location / { return 200; }"),
      ], servers: two),
    Shape(
      testDescription: "an included file is missing", http: "include sites/alvin.conf;",
      notUnderstood: "sites/alvin.conf"),
    Shape(
      testDescription: "a variable from a map",
      http: """
        map $cookie_beta $pool { default app; "on" beta; }
        \(upstream) \(server("location / { proxy_pass http://$pool; }"))
        """, notUnderstood: "whom a variable stands for is known only for each request (map at /etc/nginx/nginx.conf:4)"
    ),
    Shape(
      testDescription: "split_clients",
      http: """
        split_clients "${remote_addr}AAA" $variant { 5% canary; * app; }
        \(upstream) \(server("location / { proxy_pass http://$variant; }"))
        """, notUnderstood: "split_clients at /etc/nginx/nginx.conf:4"),
    Shape(
      testDescription: "a resolver and a name in a variable",
      http: server("resolver 8.8.8.8; set $up http://app.internal:3000; location / { proxy_pass $up; }"),
      notUnderstood: "proxy_pass $up"),
    Shape(
      testDescription: "the path in a variable",
      http: "\(upstream) \(server("location / { proxy_pass http://app$request_uri; }"))", servers: two),
    Shape(
      testDescription: "one address", http: server("location / { proxy_pass http://127.0.0.1:3000/; }"),
      servers: ["127.0.0.1:3000"],
      finds: "nothing to balance"),
    Shape(
      testDescription: "a unix socket with a path",
      http: server("location / { proxy_pass http://unix:/run/app.sock:/base/; }"),
      servers: ["unix:/run/app.sock"]),
    Shape(
      testDescription: "a host name", http: server("location / { proxy_pass http://app.internal:3000; }"),
      servers: ["app.internal:3000"],
      isComplete: false, notUnderstood: "'app.internal:3000'"),
    Shape(
      testDescription: "several servers: the exact name wins",
      http: """
        \(upstream) \(server("location / { return 404; }", "*.xyz")) \(server("location / { return 404; }", "_")) \(balanced)
        """, servers: two),
    Shape(
      testDescription: "a wildcard before the default server",
      http: """
        \(upstream) server { listen 80 default_server; return 444; } \(server("location / { proxy_pass http://app; }", ".alvin.xyz"))
        """, host: "www.alvin.xyz", servers: two),
    Shape(
      testDescription: "an expression as the server's name",
      http: """
        \(upstream) \(server("location / { proxy_pass http://app; }", "~^(?<sub>.+)\\.xyz$"))
        """, notUnderstood: "its server_name may stand for alvin.xyz"),
    Shape(
      testDescription: "an expression that cannot be this name",
      http: """
        \(upstream) \(server("return 404;", "~^(.+)\\.example\\.com$")) \(balanced)
        """, servers: two),
    Shape(
      testDescription: "no server on the port", http: "\(upstream) \(balanced)", port: 8080,
      finds: "listens on port 8080"),
    Shape(
      testDescription: "the longest prefix",
      http: """
        \(upstream) \(server("location / { root /srv; } location /api/ { proxy_pass http://app; } location /api/x/ { return 204; }"))
        """, path: "/api/users", servers: two),
    Shape(
      testDescription: "an expression that cannot take the path",
      http: """
        \(upstream) \(server("location ~* \\.(js|css|png)$ { expires 1d; } location ~ /\\.ht { deny all; } location / { proxy_pass http://app; }"))
        """, servers: two),
    Shape(
      testDescription: "an expression that may take the path",
      http: """
        \(upstream) \(server("location ~ ^/(app|shop)?$ { root /srv; } location / { proxy_pass http://app; }"))
        """, notUnderstood: "location ~ ^/(app|shop)?$ may take /"),
    Shape(
      testDescription: "try_files falls back to a named location",
      http: """
        \(upstream) \(server("root /srv; location / { try_files $uri $uri/ @app; } location @app { proxy_pass http://app; }"))
        """, servers: two, finds: "a file that exists is answered by nginx itself"),
    Shape(
      testDescription: "a single-page app from files", http: server("location / { try_files $uri /index.html; }"),
      finds: "nginx answers from files"),
    Shape(
      testDescription: "certbot's redirect",
      http: """
        \(upstream) server { if ($host = alvin.xyz) { return 301 https://$host$request_uri; } listen 80; server_name alvin.xyz; return 404; }
        """, finds: "nginx answers 301 https://$host$request_uri"),
    Shape(
      testDescription: "the same site over TLS",
      http: """
        \(upstream) server { if ($host = alvin.xyz) { return 301 https://$host$request_uri; } listen 80; server_name alvin.xyz; return 404; }
        server { listen [::]:443 ssl http2; listen 443 ssl http2; server_name alvin.xyz; location / { proxy_pass http://app; } }
        """, port: 443, servers: two),
    Shape(
      testDescription: "a condition that is not evaluated",
      http: """
        \(upstream) \(server("location / { if ($http_user_agent ~* \"bot;{}\") { return 403; } proxy_pass http://app; }"))
        """, servers: two, notUnderstood: "such requests may go elsewhere"),
    Shape(
      testDescription: "a rewrite that may change the path",
      http: """
        \(upstream) \(server("rewrite ^/$ /home last; location / { proxy_pass http://app; }"))
        """, notUnderstood: "rewrite ^/$ may change /"),
    Shape(
      testDescription: "Lua answers", http: server("location / { content_by_lua_block { ngx.say('}') --[[ } ]] } }"),
      notUnderstood: "content_by_lua_block"),
    Shape(
      testDescription: "stream deals out connections", http: "",
      main: """
        worker_processes 1; stream { upstream db { server 127.0.0.1:1; } server { listen 5000; proxy_pass db; } }
        """, port: 5000, finds: "connections are dealt out"),
    Shape(
      testDescription: "a missing file of the server may hold a location",
      http: "\(upstream) \(server("include gone.conf; location / { proxy_pass http://app; }"))",
      notUnderstood: "a file that is missing may say where the requests go"),
    Shape(
      testDescription: "a missing file may hold the server of the name",
      http: "\(upstream) include gone.conf; \(server("location / { proxy_pass http://app; }", "_"))",
      notUnderstood: "a file that is missing may hold the server of alvin.xyz"),
    Shape(
      testDescription: "the longest prefix, whatever comes last",
      http: "\(upstream) \(server("location /api/ { proxy_pass http://app; } location / { root /srv; }"))",
      path: "/api/users", servers: two),
    Shape(
      testDescription: "a condition on another host does not hold",
      http:
        "\(upstream) \(server("if ($host = www.alvin.xyz) { return 301 https://alvin.xyz/; } location / { proxy_pass http://app; }"))",
      servers: two),
    Shape(
      testDescription: "a variable within the host",
      http: "\(upstream) \(server("location / { proxy_pass http://app$suffix/; }"))",
      notUnderstood: "proxy_pass http://app$suffix/"),
    Shape(
      testDescription: "one worker needs no zone", http: "\(upstream) \(balanced)", servers: two,
      doesNotAdd: "zone app 64k;"),
    Shape(
      testDescription: "FastCGI",
      http:
        "upstream app { server unix:/run/php.sock; server 10.0.0.2:9000; } \(server("location / { fastcgi_pass app; }"))",
      servers: ["unix:/run/php.sock", "10.0.0.2:9000"]),
  ]

  @Test("Groups, methods and routes of many shapes: no wrong claim", arguments: groups + routes)
  func claims(_ shape: Shape) throws {
    shape.expectClaims(of: try shape.site)
  }
}
