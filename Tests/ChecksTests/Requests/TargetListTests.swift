import Foundation
import HTTP
import Support
import Testing

@testable import Checks

@Suite struct TargetListTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.write("{}\n", to: "order.json")
  }

  private func templates(
    _ text: String, headers: [HeaderField] = [], url: String = "http://alvin.xyz:8080/ignored"
  ) throws(CheckError) -> [RequestTemplate] {
    let reader = ValueReader { ["TOKEN": "abc"][$0] }
    return try TargetList(name: "t.txt", target: try! Target(url), headers: headers, values: reader)
      .templates(Array(text.utf8))
  }

  private func request(
    _ method: String, _ path: String, _ headers: [(String, String)] = [], _ body: String = ""
  ) throws -> RequestTemplate {
    try RequestTemplate(
      method: method, path: path, headers: headers.map { HeaderField(name: $0.0, value: $0.1) }, body: Array(body.utf8))
  }

  @Test("Cookies of every request stand behind a request's own, but for those that it has itself")
  func cookies() throws {
    let list = TargetList(
      name: "t", target: try! Target("http://a/"), headers: [],
      cookies: [RequestCookie(name: "sid", value: "1"), RequestCookie(name: "b", value: "2")], values: ValueReader())
    let text = "GET /\nGET /own\nCookie: z=1; sid=own\n\nGET /all\nCookie: b=3; sid=own\n"
    #expect(
      try list.templates(Array(text.utf8)) == [
        request("GET", "/", [("Cookie", "sid=1; b=2")]), request("GET", "/own", [("Cookie", "z=1; sid=own; b=2")]),
        request("GET", "/all", [("Cookie", "b=3; sid=own")]),
      ])
  }

  @Test("Requests are read in vegeta's form, in their order")
  func form() throws {
    let order = folder.path + "/order.json"
    let text = """
      \u{FEFF}# what visitors ask for
      GET /

      GET http://alvin.xyz:8080/watch?v=1&q=a=b#part
      HEAD http://ALVIN.xyz:8080\r
      Accept: text/html
        X-Empty:
      # between
      Authorization: @env:TOKEN
      POST   /orders
      Content-Type:application/json
      @\(order)


      PUT /x
      @env:TOKEN
      # and no end of line
      DELETE /y
      X-At: @@home:1
      """
    #expect(
      try templates(text) == [
        request("GET", "/"), request("GET", "/watch?v=1&q=a=b"),
        request("HEAD", "/", [("Accept", "text/html"), ("X-Empty", ""), ("Authorization", "abc")]),
        request("POST", "/orders", [("Content-Type", "application/json")], "{}\n"), request("PUT", "/x", [], "abc"),
        request("DELETE", "/y", [("X-At", "@home:1")]),
      ])
  }

  @Test("A request has the common headers but for those that it has itself")
  func common() throws {
    let headers = [HeaderField(name: "X-A", value: "1"), HeaderField(name: "Cookie", value: "a=1")]
    #expect(
      try templates("GET /a\nGET /b\ncookie: b=2\n", headers: headers) == [
        request("GET", "/a", [("X-A", "1"), ("Cookie", "a=1")]),
        request("GET", "/b", [("X-A", "1"), ("cookie", "b=2")]),
      ])
  }

  private static let own = "expected a path that begins with /, or a URL of http://alvin.xyz:8080"
  private static let line = "expected a method and a path such as 'GET /'"

  @Test(
    "What is wrong is named by its line, with what was expected",
    arguments: [
      ("", "t.txt:1: expected a request such as 'GET /'"), ("\n# x\n", "t.txt:3: expected a request such as 'GET /'"),
      ("GET /\nget /\n", "t.txt:2: \(line), not 'get…'"), ("Accept: a\n", "t.txt:1: \(line), not 'Accept:…'"),
      ("GET /\n\nAccept: a\n", "t.txt:3: \(line), not 'Accept:…'"), ("@a\n", "t.txt:1: \(line), not '@a'"),
      ("GET", "t.txt:1: \(line), not 'GET'"), ("GET /\nX-Planted secret\n", "t.txt:2: \(line), not 'X-Planted…'"),
      ("GET a", "t.txt:1: \(own), not 'a'"), ("GET http://alvin.xyz/", "t.txt:1: \(own), not 'http://alvin.xyz/'"),
      ("GET https://alvin.xyz:8080/", "t.txt:1: \(own), not 'https://alvin.xyz:8080/'"),
      ("GET http://b.example:8080/?t=secret", "t.txt:1: \(own), not 'http://b.example:8080/…'"),
      ("GET ftp://a/", "t.txt:1: the scheme must be http or https"),
      ("GET http://u:p@alvin.xyz:8080/", "t.txt:1: user information is not accepted; use --header 'Authorization: …'"),
      ("GET /a b", "t.txt:1: path '/a b' must begin with / and be percent-encoded ASCII without a fragment"),
      ("CONNECT /", "t.txt:1: method CONNECT opens a tunnel, which lbcheck does not do"),
      ("GET /\nHost : a", "t.txt:2: header name 'Host ' is not a token (RFC 9110 5.6.2)"),
      ("GET /\nX-A: \u{1}", "t.txt:2: the value of header 'X-A' holds a control character"),
      ("GET /\nContent-Length: 1", "t.txt:2: header 'Content-Length' is set by lbcheck itself"),
      (
        "GET /\nX-A: @env:NONE",
        "t.txt:2: header 'X-A': @env:NONE: the environment has no such variable; a value that begins with @ itself is written with @@"
      ), ("POST /\n@env:TOKEN\nX-A: 1", "t.txt:3: \(line) behind a body, not 'X-A:…'"),
      ("POST /\n@env:TOKEN\n@env:TOKEN", "t.txt:3: \(line) behind a body, not '@env:TOKEN'"),
      ("POST /\n@@a", "t.txt:2: expected a file or a variable such as @order.json or @env:ORDER, not '@@a'"),
    ])
  func errors(text: String, expected: String) {
    #expect(throws: CheckError.usage(expected)) { try templates(text) }
  }

  @Test("Bytes that are no UTF-8 are named by their line")
  func bytes() {
    let list = TargetList(name: "t", target: try! Target("a"), headers: [], values: ValueReader())
    #expect(throws: CheckError.usage("t:2: expected UTF-8")) { try list.templates(Array("GET /\n".utf8) + [0xFF]) }
  }

  @Test("There are as many requests as records can tell apart, and no more; and no more of their bytes")
  func bounds() throws {
    let most = String(repeating: "GET /\n", count: TargetList.mostRequests)
    #expect(try templates(most).count == TargetList.mostRequests)
    #expect(throws: CheckError.usage("t.txt:65537: expected no more than 65536 requests")) {
      try templates(most + "GET /")
    }
    let large = folder.path + "/large"
    #expect(FileManager.default.createFile(atPath: large, contents: Data(count: 16 << 20)))
    #expect(throws: CheckError.usage("t.txt:7: expected no more than 64 MiB of requests with their bodies")) {
      try templates(String(repeating: "POST /\n@\(large)\n", count: 4))
    }
  }

  @Test("Any text ends in requests or in an error of one line that names a line of it")
  func fuzz() {
    let pieces = [
      "GET /", "\n", "\r\n", " ", "@env:TOKEN", "@", "#", "A: b", ":", "POST http://alvin.xyz:8080/", "\0", "é", "\t",
      "GET", "@@", "http://", "?",
    ]
    let failures = FuzzSeeds(200, of: "TargetListTests").failures { random in
      let text = (0..<random.number(0...12)).map { _ in random.pick(pieces) }.joined()
      do throws(CheckError) {
        return try templates(text).isEmpty ? "none of \(text)" : nil
      } catch {
        let line = error.description.split(separator: ":").dropFirst().first.flatMap { Int($0) } ?? 0
        let lines = text.utf8.split(separator: 10, omittingEmptySubsequences: false).count
        return (1...lines).contains(line) && !error.description.contains("\n") ? nil : "\(error) of \(text)"
      }
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }
}
