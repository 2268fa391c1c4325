import Testing

@testable import Deployment

/// What is claimed of HAProxy configurations of many shapes, and what is not.
@Suite struct HAProxyShapesTests {
  struct Shape: ClaimedShape, CustomTestStringConvertible, Sendable {
    let testDescription: String
    let text: String
    var host = "alvin.xyz"
    var port: UInt16 = 80
    var path = "/"
    var servers: [String]?
    var isComplete = true
    var method = DeclaredMethod.roundRobin
    var header: String?
    var adds: String?
    var notUnderstood: String?
    var finds: String?
  }

  static let defaults = "defaults\n  mode http\n  balance roundrobin\n"
  static let app = "backend app\n  server a 127.0.0.1:3001 check\n  server b 127.0.0.1:3002 check\n"
  static let front = "frontend web\n  bind *:80\n  default_backend app\n"

  static let shapes: [Shape] = [
    Shape(
      testDescription: "weights, backup, disabled",
      text: defaults + front + """
        backend app
          server a 10.0.0.1:80 check weight 5   # twice the memory
          server b 10.0.0.2:80 check inter 2s fall 3
          server "c" 10.0.0.3:80 check backup
          server d 10.0.0.4:80 disabled
          server e 10.0.0.5:80 weight 0
        """, servers: ["a=5", "b", "c=backup", "d=down", "e=down"], adds: "http-response set-header X-Backend %s"),
    Shape(
      testDescription: "a header that names the server",
      text: defaults + front + app + "  http-response set-header X-Srv \"%s\"",
      servers: ["a", "b"], header: "X-Srv"),
    Shape(
      testDescription: "a header under a condition names nobody for sure",
      text: defaults + front + app + "  http-response set-header X-Srv %s if { src 10.0.0.0/8 }", servers: ["a", "b"],
      adds: "http-response set-header X-Backend %s"),
    Shape(
      testDescription: "listen, leastconn, a cookie named backup",
      text: """
        listen site
          mode http
          bind 127.0.0.1:8080,[::1]:8080
          balance leastconn
          default-server check weight 3
          server a 127.0.0.1:3001 cookie backup
          server b 127.0.0.1:3002 weight 1
        """, port: 8080, servers: ["a=3", "b"], method: .leastConnections),
    Shape(
      testDescription: "a cookie keeps visitors", text: defaults + front + app + "  cookie SRV insert indirect nocache",
      servers: ["a", "b"], method: .cookie, finds: "cookie SRV insert"),
    Shape(
      testDescription: "balance source", text: defaults + front + app + "  balance source", servers: ["a", "b"],
      method: .keyed("client address")),
    Shape(
      testDescription: "random draws two", text: defaults + front + app + "  balance random", servers: ["a", "b"],
      method: .twoChoices),
    Shape(
      testDescription: "no balance line", text: "defaults\n mode http\n" + front + app, servers: ["a", "b"],
      method: .other("no balance line: round robin up to HAProxy 3.2, which later versions may choose otherwise")),
    Shape(
      testDescription: "hosts decide",
      text: defaults + """
        frontend web
          bind :80
          acl shop hdr(host) -i shop.xyz
          use_backend other if shop
          use_backend app if { hdr(host) -i alvin.xyz }
        backend other
          server x 10.0.0.9:80 check

        """ + app, servers: ["a", "b"]),
    Shape(
      testDescription: "a port in the Host field",
      text: defaults + """
        frontend web
          bind :8080
          use_backend app if { hdr(host) -i alvin.xyz }

        """ + app, port: 8080, finds: "no backend is given for alvin.xyz:8080/"),
    Shape(
      testDescription: "a condition that is not evaluated",
      text: defaults + """
        frontend web
          bind :80
          use_backend beta if { req.cook(beta) -m found }
          default_backend app

        """ + app, notUnderstood: "use_backend beta if"),
    Shape(
      testDescription: "a backend from a map",
      text: defaults + """
        frontend web
          bind :80
          use_backend %[req.hdr(host),lower,map(/etc/haproxy/hosts.map,app)]

        """ + app, notUnderstood: "use_backend %["),
    Shape(
      testDescription: "redirected to TLS",
      text: defaults + """
        frontend web
          bind :80
          bind :443 ssl crt /etc/ssl/site.pem
          http-request redirect scheme https unless { ssl_fc }
          default_backend app

        """ + app, finds: "HAProxy answers by itself: http-request redirect scheme https"),
    Shape(
      testDescription: "the same over TLS",
      text: defaults + """
        frontend web
          bind :80
          bind :443 ssl crt /etc/ssl/site.pem
          http-request redirect scheme https unless { ssl_fc }
          default_backend app

        """ + app, port: 443, servers: ["a", "b"]),
    Shape(testDescription: "mode tcp", text: "defaults\n  mode tcp\n" + front + app, finds: "no header can be added"),
    Shape(
      testDescription: "a template",
      text: defaults + front + "backend app\n  server-template w 1-5 app.internal:80 check",
      servers: [], isComplete: false, notUnderstood: "how many servers a template makes"),
    Shape(
      testDescription: "a variable of the environment",
      text: defaults + front + "backend app\n  server a \"${APP_HOST}:80\" check\n  server b 10.0.0.2:80 check",
      servers: ["b"],
      isComplete: false, notUnderstood: "a variable of the environment"),
    Shape(
      testDescription: "an unknown word of a server",
      text: defaults + front + "backend app\n  server a 10.0.0.1:80 frobnicate backup",
      servers: ["a"], isComplete: false, notUnderstood: "'frobnicate' of server a"),
    Shape(
      testDescription: "conditional blocks",
      text: defaults + ".if defined(X)\nbackend app\n  server q 10.0.0.9:80\n.endif\n" + front + app,
      servers: ["a", "b"], notUnderstood: ".if … .endif"),
    Shape(
      testDescription: "named defaults",
      text: """
        defaults http
          mode http
          balance leastconn
        defaults other
          mode tcp
        frontend web from http
          bind :80
          default_backend app
        backend app from http
          server a 10.0.0.1:80 check
        """, servers: ["a"], method: .leastConnections),
    Shape(
      testDescription: "a rule names the server",
      text: defaults + front + app + "  use-server b if { path_beg /b }", servers: ["a", "b"],
      method: .other("use-server b if { path_beg /b }"), notUnderstood: "such requests get that server"),
    Shape(
      testDescription: "a frontend that is disabled",
      text: defaults + "frontend old\n  bind :80\n  disabled\n  default_backend gone\n" + front + app,
      servers: ["a", "b"]),
    Shape(
      testDescription: "the header in the defaults",
      text: "defaults d\n  mode http\n  balance roundrobin\n  http-response set-header X-Srv %s\n" + front + app,
      servers: ["a", "b"], header: "X-Srv"),
    Shape(
      testDescription: "no health check",
      text: defaults + front + "backend app\n  server a 10.0.0.1:80\n  server b 10.0.0.2:80 check",
      servers: ["a", "b"], adds: "check"),
  ]

  @Test("Backends, methods and rules of many shapes: no wrong claim", arguments: shapes)
  func claims(_ shape: Shape) throws {
    let site = try HAProxyConfiguration(text: shape.text, file: "haproxy.cfg").site(
      host: shape.host, port: shape.port, path: shape.path)
    shape.expectClaims(of: site)
  }
}
