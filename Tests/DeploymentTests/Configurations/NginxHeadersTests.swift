import Testing

@testable import Deployment

/// Which header names the server, and which lines are said to be missing, with their traps.
@Suite struct NginxHeadersTests {
  private func site(_ http: String, _ server: String, _ location: String) throws -> DeclaredSite {
    let text = """
      # configuration file /n.conf:
      http {
      \(http)
      upstream app { server 127.0.0.1:1; }
      server {
      \(server)
      location / {
      proxy_pass http://app;
      \(location)
      }
      }
      }
      """
    return try NginxConfiguration(NginxFiles(printed: Array(text.utf8))).site(host: "a", port: 80, path: "/")
  }

  private static let named = "add_header X-Backend $upstream_addr always;"
  private static let hsts = "add_header Strict-Transport-Security \"max-age=1; includeSubDomains\" always;"

  @Test("A line in a location repeats what it would no longer inherit, and says so")
  func inherited() throws {
    let missing = try #require(try site("", Self.hsts, "").missing.first)
    #expect(missing.lines == [Self.named, Self.hsts])
    #expect(missing.place == "/n.conf:6, in location /, beside proxy_pass")
    #expect(missing.traps[0].contains("no longer inherits add_header from /n.conf:5: Strict-Transport-Security"))
  }

  @Test("A location that has headers of its own needs one line, and what it drops today is named")
  func own() throws {
    let missing = try #require(try site("", Self.hsts, "add_header A b;").missing.first)
    #expect(missing.lines == [Self.named])
    #expect(missing.traps[0].contains("does not send Strict-Transport-Security of the blocks around it today"))
  }

  @Test("The nearest block with headers counts, as nginx inherits them")
  func nearest() throws {
    #expect(try site(Self.named, "", "").header == "X-Backend")
    #expect(try site(Self.named, Self.hsts, "").header == nil)
    #expect(try site("", "add_header X-Up \"${upstream_addr}\" always;", "").header == "X-Up")
    #expect(try site("", Self.named, "add_header A b;").header == nil)
  }

  @Test("A header that is missing from errors is made to be always there, and a name that is taken is not used twice")
  func details() throws {
    let sometimes = try site("", "", "add_header X-Up $upstream_addr;")
    #expect(sometimes.header == "X-Up")
    #expect(sometimes.missing.map(\.lines) == [["add_header X-Up $upstream_addr always;"]])
    let taken = try site("", "", "add_header x-backend $hostname always;")
    #expect(taken.headerToAdd == "X-Upstream" && taken.header == nil)
  }

  @Test("The sites that are balanced, by name, port and TLS; one that nginx answers itself is none")
  func sites() throws {
    let text = """
      # configuration file /n.conf:
      http {
      upstream app { server 127.0.0.1:1; }
      server { listen 80; server_name a.xyz; return 301 https://a.xyz$request_uri; }
      server { listen 443 ssl; listen [::]:443 ssl; server_name a.xyz *.a.xyz; location / { proxy_pass http://app; } }
      server { listen 127.0.0.1:8080; location / { proxy_pass http://app; } }
      server { listen 80; server_name files; root /srv; }
      }
      """
    let sites = try NginxConfiguration(NginxFiles(printed: Array(text.utf8))).sites
    #expect(sites.map(\.url) == ["https://a.xyz/", "http://127.0.0.1:8080/"])
    #expect(sites.map(\.address) == [nil, "127.0.0.1"])
  }
}
