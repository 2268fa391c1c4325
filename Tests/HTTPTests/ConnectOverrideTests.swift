import HTTP
import Testing

@Suite("Overriding where connections go")
struct ConnectOverrideTests {
  /// The destination for a URL, as `HOST:PORT` or `HOST:PORT=ADDRESS,ADDRESS`.
  private func destination(_ url: String, resolve: [String] = [], connectTo: [String] = []) throws -> String {
    var overrides = ConnectOverrides()
    for text in resolve { try overrides.addResolve(text) }
    for text in connectTo { try overrides.addConnectTo(text) }
    let found = overrides.destination(for: try Target(url))
    return "\(found.host):\(found.port)" + (found.addresses.map { "=" + $0.joined(separator: ",") } ?? "")
  }

  @Test("Without overrides a connection goes to the target")
  func none() throws {
    #expect(try destination("alvin.xyz") == "alvin.xyz:80")
    #expect(try destination("https://[::1]/") == "::1:443")
  }

  @Test("--resolve gives the addresses of one host and port")
  func resolve() throws {
    let one = ["Alvin.XYZ:8081:127.0.0.1"]
    #expect(try destination("alvin.xyz:8081", resolve: one) == "alvin.xyz:8081=127.0.0.1")
    #expect(try destination("ALVIN.xyz:8081", resolve: one) == "alvin.xyz:8081=127.0.0.1")
    #expect(try destination("alvin.xyz", resolve: one) == "alvin.xyz:80")
    #expect(try destination("www.alvin.xyz:8081", resolve: one) == "www.alvin.xyz:8081")
    #expect(try destination("https://alvin.xyz", resolve: ["alvin.xyz:443:10.0.0.1"]) == "alvin.xyz:443=10.0.0.1")
  }

  @Test("--resolve takes several addresses, and IPv6 with or without brackets")
  func addresses() throws {
    for (list, addresses) in [
      ("127.0.0.1,127.0.0.2", "127.0.0.1,127.0.0.2"), ("[::1]", "::1"), ("::1", "::1"), ("::", "::"),
      ("[::1],127.0.0.1", "::1,127.0.0.1"), ("127.0.0.1,[2001:db8::A]", "127.0.0.1,2001:db8::A"),
      ("127.0.0.1,::1", "127.0.0.1,::1"), ("[::1],[::2]", "::1,::2"), ("::1,::2", "::1,::2"),
      ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
    ] {
      #expect(try destination("alvin.xyz", resolve: ["alvin.xyz:80:\(list)"]) == "alvin.xyz:80=\(addresses)")
    }
    #expect(try destination("[::1]:81", resolve: ["[::1]:81:10.0.0.1"]) == "::1:81=10.0.0.1")
  }

  @Test("Of two --resolve for one host and port the later counts, and * only where no host is named")
  func order() throws {
    #expect(try destination("a:1", resolve: ["a:1:10.0.0.1", "a:1:10.0.0.2"]) == "a:1=10.0.0.2")
    #expect(try destination("a:1", resolve: ["a:1:10.0.0.1", "*:1:10.0.0.9"]) == "a:1=10.0.0.1")
    #expect(try destination("a:1", resolve: ["*:1:10.0.0.9", "a:1:10.0.0.1"]) == "a:1=10.0.0.1")
    #expect(try destination("b:1", resolve: ["*:1:10.0.0.8", "a:1:10.0.0.1", "*:1:10.0.0.9"]) == "b:1=10.0.0.9")
    #expect(try destination("a:2", resolve: ["*:1:10.0.0.9"]) == "a:2")
  }

  @Test(
    "A --resolve of another form is refused",
    arguments: [
      "", "alvin.xyz", "alvin.xyz:80", "alvin.xyz:80:", ":80:127.0.0.1", "alvin.xyz::127.0.0.1",
      "alvin.xyz:0:127.0.0.1",
      "alvin.xyz:65536:127.0.0.1", "alvin.xyz:http:127.0.0.1", "alvin.xyz:*:127.0.0.1", "alvin.xyz:80:localhost",
      "alvin.xyz:80:127.0.0.1,", "alvin.xyz:80:,127.0.0.1", "alvin.xyz:80:127.0.0.1,,127.0.0.2",
      "alvin.xyz:80:127.0.0.1 ,127.0.0.2", "alvin.xyz:80:127.0.0", "alvin.xyz:80:127.0.0.1.1", "alvin.xyz:80:256.0.0.1",
      "alvin.xyz:80:+1.0.0.1", "alvin.xyz:80:01.2.3.4", "alvin.xyz:80:127.0.0.1:8081", "alvin.xyz:80:[::1]:8081",
      "alvin.xyz:80:[::1", "alvin.xyz:80:::1]", "alvin.xyz:80:[::1,::2]", "alvin.xyz:80:[]", "alvin.xyz:80:[",
      "alvin.xyz:80::::", "alvin.xyz:80:1:2", "alvin.xyz:80:fe80::1%eth0", "alvin.xyz:80:127.0.0.1\0",
      "+alvin.xyz:80:127.0.0.1", "-alvin xyz:80:127.0.0.1", "http://alvin.xyz:80:127.0.0.1", "älvin.xyz:80:127.0.0.1",
      "[alvin.xyz]:80:127.0.0.1", "**:80:127.0.0.1", "*.xyz:80:127.0.0.1",
    ])
  func refusedResolve(_ text: String) throws {
    var overrides = ConnectOverrides()
    let error = try #require(throws: TargetError.self) { try overrides.addResolve(text) }
    #expect(error.text == text)
    #expect(overrides == ConnectOverrides())
  }

  @Test("--connect-to sends one host and port to another")
  func connectTo() throws {
    let one = ["Alvin.xyz:80:Backend.local:8081"]
    #expect(try destination("alvin.xyz", connectTo: one) == "backend.local:8081")
    #expect(try destination("alvin.xyz:81", connectTo: one) == "alvin.xyz:81")
    #expect(try destination("www.alvin.xyz", connectTo: one) == "www.alvin.xyz:80")
  }

  @Test("An empty part of --connect-to matches anything, or keeps what was asked for")
  func emptyParts() throws {
    #expect(try destination("a:1", connectTo: [":1:b:2"]) == "b:2")
    #expect(try destination("a:1", connectTo: ["a::b:2"]) == "b:2")
    #expect(try destination("a:1", connectTo: ["::b:2"]) == "b:2")
    #expect(try destination("a:1", connectTo: ["a:1::2"]) == "a:2")
    #expect(try destination("a:1", connectTo: ["a:1:b:"]) == "b:1")
    #expect(try destination("a:1", connectTo: [":::"]) == "a:1")
    #expect(try destination("a:1", connectTo: ["b::c:2", ":2:c:2"]) == "a:1")
  }

  @Test("--connect-to takes IPv6 in brackets on either side")
  func brackets() throws {
    #expect(try destination("a:1", connectTo: ["a:1:[::1]:2"]) == "::1:2")
    #expect(try destination("[2001:db8::A]:1", connectTo: ["[2001:DB8::a]:1:b:2"]) == "b:2")
    #expect(try destination("[::1]:1", connectTo: ["[::1]::[::2]:"]) == "::2:1")
  }

  @Test("Of several --connect-to the first that matches counts, once")
  func firstMatch() throws {
    #expect(try destination("a:1", connectTo: ["a:1:b:2", "a:1:c:3", "b:2:d:4"]) == "b:2")
    #expect(try destination("a:1", connectTo: ["z:1:b:2", "::c:3", "a:1:d:4"]) == "c:3")
  }

  @Test("--resolve is looked up for the host and port that --connect-to gave")
  func both() throws {
    let resolve = ["a:1:10.0.0.1", "b:2:10.0.0.2"]
    #expect(try destination("a:1", resolve: resolve, connectTo: ["a:1:b:2"]) == "b:2=10.0.0.2")
    #expect(try destination("a:1", resolve: resolve, connectTo: ["a:1:b:3"]) == "b:3")
    #expect(try destination("a:9", resolve: resolve, connectTo: ["a:9::1"]) == "a:1=10.0.0.1")
    #expect(try destination("a:1", resolve: ["*:2:10.0.0.9"], connectTo: ["a:1:c:2"]) == "c:2=10.0.0.9")
  }

  @Test(
    "A --connect-to of another form is refused",
    arguments: [
      "", ":", "::", "a:1:b", "a:1:b:2:3", "a:1:::1:2", "a:0:b:2", "a:1:b:0", "a:65536:b:2", "a:x:b:2", "a:1:b:+2",
      "a:1:[::1:2", "a:1:[::g]:2", "a:1:[b]:2", "a b:1:c:2", "a:1:ü:2", "*:1:b:2", "a:1:b/c:2", "a:1:user@b:2",
      "a:1:b\0:2",
    ])
  func refusedConnectTo(_ text: String) throws {
    var overrides = ConnectOverrides()
    let error = try #require(throws: TargetError.self) { try overrides.addConnectTo(text) }
    #expect(error.text == text)
    #expect(overrides == ConnectOverrides())
  }
}
