import Testing

@testable import HTTP

@Suite struct ConnectOverrideTests {
  private func overrides(resolve: [String] = [], connectTo: [String] = []) throws -> ConnectOverrides {
    var overrides = ConnectOverrides()
    for text in resolve { try overrides.addResolve(text) }
    for text in connectTo { try overrides.addConnectTo(text) }
    return overrides
  }

  private func destination(
    of url: String = "http://alvin.xyz", resolve: [String] = [], connectTo: [String] = []
  ) throws -> Destination {
    try overrides(resolve: resolve, connectTo: connectTo).destination(for: Target(url))
  }

  @Test("Without overrides a connection goes where the URL says")
  func none() throws {
    #expect(try destination() == Destination(host: "alvin.xyz", port: 80, addresses: nil))
    #expect(try destination(of: "https://[::1]") == Destination(host: "::1", port: 443, addresses: nil))
  }

  @Test("Resolve gives the addresses of one host and port, in any case of letters")
  func resolve() throws {
    let entry = ["ALVIN.xyz:80:10.0.0.1"]
    #expect(try destination(resolve: entry).addresses == ["10.0.0.1"])
    #expect(try destination(of: "http://Alvin.XYZ:80/a", resolve: entry).addresses == ["10.0.0.1"])
    #expect(try destination(of: "http://alvin.xyz:81", resolve: entry).addresses == nil)
    #expect(try destination(of: "http://www.alvin.xyz", resolve: entry).addresses == nil)
    #expect(try destination(resolve: ["+alvin.xyz:80:10.0.0.1"]).addresses == ["10.0.0.1"])
  }

  @Test(
    "Addresses may be IPv4 or IPv6, with brackets or without, and several",
    arguments: [
      ("10.0.0.1,10.0.0.2", ["10.0.0.1", "10.0.0.2"]), ("::1", ["::1"]), ("[::1]", ["::1"]),
      ("[::1],[2001:DB8::2]", ["::1", "2001:DB8::2"]), ("127.0.0.1,[::1]", ["127.0.0.1", "::1"]),
      ("[::1],127.0.0.1", ["::1", "127.0.0.1"]), ("::1,127.0.0.1", ["::1", "127.0.0.1"]),
      ("::ffff:1.2.3.4", ["::ffff:1.2.3.4"]),
    ])
  func addresses(list: String, expected: [String]) throws {
    #expect(try destination(resolve: ["alvin.xyz:80:\(list)"]).addresses == expected)
  }

  @Test("The later of two entries for a host counts, and its own before one for all hosts")
  func precedence() throws {
    let (first, second, all) = ("alvin.xyz:80:10.0.0.1", "alvin.xyz:80:10.0.0.2", "*:80:10.0.0.9")
    #expect(try destination(resolve: [first, second]).addresses == ["10.0.0.2"])
    #expect(try destination(resolve: [second, first]).addresses == ["10.0.0.1"])
    #expect(try destination(resolve: [all]).addresses == ["10.0.0.9"])
    #expect(try destination(resolve: [all, first]).addresses == ["10.0.0.1"])
    #expect(try destination(resolve: [first, all]).addresses == ["10.0.0.1"])
    #expect(try destination(of: "http://other.xyz", resolve: [first, all]).addresses == ["10.0.0.9"])
    #expect(try destination(of: "http://other.xyz:81", resolve: [all]).addresses == nil)
  }

  @Test("An IPv6 literal can be resolved to another address")
  func literal() throws {
    #expect(try destination(of: "http://[::1]:80", resolve: ["[::1]:80:127.0.0.1"]).addresses == ["127.0.0.1"])
  }

  @Test(
    "What is no resolve entry is refused",
    arguments: [
      "", "alvin.xyz", "alvin.xyz:80", "alvin.xyz:80:", ":80:10.0.0.1", "+:80:10.0.0.1", "alvin.xyz::10.0.0.1",
      "alvin.xyz:0:10.0.0.1", "alvin.xyz:65536:10.0.0.1", "alvin.xyz:http:10.0.0.1", "alvin.xyz:80:localhost",
      "alvin.xyz:80:10.0.0", "alvin.xyz:80:10.0.0.256", "alvin.xyz:80:10.0.0.-0", "alvin.xyz:80:10.0.0.+1",
      "alvin.xyz:80:10.0.0.01", "alvin.xyz:80:10.0.0.1,", "alvin.xyz:80:,10.0.0.1", "alvin.xyz:80:10.0.0.1, 10.0.0.2",
      "alvin.xyz:80::", "alvin.xyz:80:::::", "alvin.xyz:80:[1:2]", "alvin.xyz:80:[::1", "alvin.xyz:80:1.2.3.4\0",
      "al vin:80:10.0.0.1", "-alvin.xyz:80",
    ])
  func badResolve(text: String) throws {
    var overrides = ConnectOverrides()
    let error = try #require(throws: TargetError.self) { try overrides.addResolve(text) }
    #expect(error.text == text && !error.reason.isEmpty)
    #expect(overrides == ConnectOverrides())
  }

  @Test("Connect-to sends the connections for one pair to another")
  func connectTo() throws {
    let entry = ["Alvin.xyz:80:LocalHost:8081"]
    #expect(try destination(connectTo: entry) == Destination(host: "localhost", port: 8081, addresses: nil))
    #expect(try destination(of: "http://alvin.xyz:81", connectTo: entry).host == "alvin.xyz")
    #expect(try destination(of: "http://other.xyz", connectTo: entry).host == "other.xyz")
  }

  @Test(
    "An empty part matches everything, or keeps what was asked for",
    arguments: [
      ("::localhost:8081", "localhost", 8081), (":80:localhost:8081", "localhost", 8081),
      (":81:localhost:8081", "alvin.xyz", 80),
      ("alvin.xyz::localhost:8081", "localhost", 8081), ("alvin.xyz:80::8081", "alvin.xyz", 8081),
      ("alvin.xyz:80:localhost:", "localhost", 80), (":::", "alvin.xyz", 80), ("::[::1]:8081", "::1", 8081),
      ("::127.0.0.1:", "127.0.0.1", 80),
    ] as [(String, String, UInt16)])
  func emptyParts(text: String, host: String, port: UInt16) throws {
    #expect(try destination(connectTo: [text]) == Destination(host: host, port: port, addresses: nil))
  }

  @Test("The first that matches and changes anything counts, and is not followed by another")
  func first() throws {
    #expect(try destination(connectTo: ["alvin.xyz:80:a:1", "alvin.xyz:80:b:2"]).host == "a")
    #expect(try destination(connectTo: ["other.xyz:80:a:1", "::b:2"]).host == "b")
    #expect(try destination(connectTo: ["alvin.xyz:80::", "alvin.xyz:80:b:2"]).host == "b")
    #expect(try destination(connectTo: ["::a:1", "a:1:b:2"]).host == "a")
    #expect(try destination(of: "http://[::1]:81", connectTo: ["[::1]:81:b:2"]).host == "b")
  }

  @Test("What connect-to leads to is then resolved, not what it led from")
  func both() throws {
    let connectTo = ["alvin.xyz:80:backend:8081"]
    let resolve = ["alvin.xyz:80:10.0.0.1", "backend:8081:10.0.0.2"]
    #expect(
      try destination(resolve: resolve, connectTo: connectTo)
        == Destination(host: "backend", port: 8081, addresses: ["10.0.0.2"]))
    #expect(try destination(resolve: [resolve[0]], connectTo: connectTo).addresses == nil)
  }

  @Test(
    "What is no connect-to entry is refused",
    arguments: [
      "", "a", "a:80", "a:80:b", "a:80:b:81:", "a:80:b:0", "a:80:b:x", "a:x:b:81", "a:65536:b:81", "a:80:::1:81",
      "a:80:b:+81", "a:80:b c:81", "a b:80:b:81", "a:80:[::g]:81",
    ])
  func badConnectTo(text: String) throws {
    var overrides = ConnectOverrides()
    let error = try #require(throws: TargetError.self) { try overrides.addConnectTo(text) }
    #expect(error.text == text && !error.reason.isEmpty)
    #expect(overrides == ConnectOverrides())
  }
}
