import HTTP
import Load
import Statistics
import Testing

@testable import Checks

@Suite struct VariedRequestTests {
  private func varied(_ path: String, _ headers: [(String, String)] = []) throws -> VariedRequest {
    VariedRequest(
      template: try RequestTemplate(path: path, headers: headers.map { HeaderField(name: $0.0, value: $0.1) }))
  }

  @Test("What can be varied: path, query, its parameters, headers and cookies, and the address where there are several")
  func properties() throws {
    #expect(try varied("/").properties(address: false) == [.path, .query])
    let request = try varied(
      "/shop?user=7&page=2&user=8",
      [
        ("X-Tenant", "t1"), ("Host", "shop.test"), ("Authorization", "Bearer x"), ("Cookie", "theme=dark; user=7"),
        ("x-tenant", "t2"),
      ])
    #expect(
      request.properties(address: true) == [
        .path, .query, .parameter("user"), .parameter("page"), .header("X-Tenant"), .header("x-tenant"),
        .cookie("theme"), .cookie("user"), .clientAddress,
      ])
  }

  @Test("Of a gRPC call neither its type nor its time is varied")
  func calls() throws {
    let call = try RequestTemplate(
      calling: .healthCheck, headers: [HeaderField(name: "x-tenant", value: "t1")], timeout: 10_000_000_000)
    #expect(VariedRequest(template: call).properties(address: false) == [.path, .query, .header("x-tenant")])
  }

  @Test("A path keeps its folder and its ending, a query its other parameters")
  func paths() throws {
    func path(_ path: String, _ key: AffinityKey) throws -> String? { try varied(path).request([key: 35])?.path }
    #expect(try path("/", .path) == "/z")
    #expect(try path("/assets/x.js?v=1", .path) == "/assets/x-z.js?v=1")
    #expect(try path("/assets/", .path) == "/assets/z")
    #expect(try path("/.well-known", .path) == "/.well-known-z")
    #expect(try path("/a.b/c", .path) == "/a.b/c-z")
    #expect(try path("/", .query) == "/?lbcheck=z")
    #expect(try path("/?user=7", .query) == "/?user=7&lbcheck=z")
    #expect(try path("/?user=7&page=2&user=8", .parameter("user")) == "/?user=z&page=2&user=z")
    #expect(try path("/?flag&user=7", .parameter("flag")) == "/?flag=z&user=7")
    #expect(try path("/?", .path) == "/z?")
    // Nothing varied, nothing changed.
    #expect(try varied("/a?b&&c=").request([:])?.path == "/a?b&&c=")
  }

  @Test("One cookie changes, the others stay; an address stays an address; credentials are never made up")
  func headers() throws {
    let request = try varied(
      "/", [("Cookie", "theme=dark; user=7"), ("X-Forwarded-For", "203.0.113.9"), ("Authorization", "Bearer x")])
    func field(_ name: String, _ key: AffinityKey) -> String? {
      request.request([key: 35])?.headers.first { $0.name == name }?.value
    }
    #expect(field("Cookie", .cookie("user")) == "theme=dark; user=z")
    #expect(field("Cookie", .cookie("theme")) == "theme=z; user=7")
    #expect(field("Cookie", .path) == "theme=dark; user=7")
    #expect(field("X-Forwarded-For", .header("X-Forwarded-For")) == "10.0.0.1")
    #expect(field("Authorization", .header("X-Forwarded-For")) == "Bearer x")
    #expect(!request.properties(address: false).contains(.header("Authorization")))
  }

  @Test("Another number is another value, and addresses are mixed in every byte")
  func values() throws {
    var random = SplitMix64(seed: 9)
    let numbers = (0..<500).map { _ in random.next() }
    let request = try varied("/", [("X-Tenant", "t1")])
    for key in [AffinityKey.path, .query, .header("X-Tenant")] {
      let requests = numbers.compactMap { request.request([key: $0]) }
      #expect(Set(requests.map { "\($0.path) \($0.headers.map(\.value))" }).count == 500)
    }
    let sources = numbers.compactMap { VariedRequest.source($0)?.host }
    #expect(sources.count == 500 && sources.allSatisfy { $0.hasPrefix("127.") })
    for place in 1...3 {
      let bytes = sources.map { $0.split(separator: ".")[place] }
      #expect(Set(bytes).count > 150)
    }
  }
}
