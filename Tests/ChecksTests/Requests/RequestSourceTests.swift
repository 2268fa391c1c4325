import HTTP
import Report
import Support
import Testing

@testable import Checks

@Suite struct RequestSourceTests {
  private let target = try! Target("http://alvin.xyz/a")
  private let reader = ValueReader { ["SID": "s 1", "ORDER": "{}"][$0] }

  private func headers(_ options: TargetOptions) throws -> [HeaderField] {
    try #require(try options.source(for: target, reading: reader).templates.first).headers
  }

  @Test("Cookies are one field, behind those of a header, each value read where it is a reference")
  func cookies() throws {
    var options = TargetOptions()
    options.cookies = ["a=1; sid=@env:SID", "b=x=y;c="]
    #expect(try headers(options) == [HeaderField(name: "Cookie", value: "a=1; sid=s 1; b=x=y; c=")])
    options.headers = [HeaderField(name: "cookie", value: "z=0"), HeaderField(name: "X-At", value: "@@a")]
    #expect(
      try headers(options) == [
        HeaderField(name: "cookie", value: "z=0; a=1; sid=s 1; b=x=y; c="), HeaderField(name: "X-At", value: "@a"),
      ])
    options.cookies = ["sid=@env:NONE"]
    #expect(throws: CheckError.self) { try headers(options) }
  }

  @Test("A body that is read makes a POST, and the report tells its size")
  func body() throws {
    var options = TargetOptions()
    options.body = "@env:ORDER"
    let source = try options.source(for: target, reading: reader)
    #expect(source.templates == [try RequestTemplate(method: "POST", path: "/a", body: Array("{}".utf8))])
    #expect(source.found == [Setting("body", .text("@env:ORDER: \(Secrets.body("{}"))"))])
    options.body = "{}"
    #expect(try options.source(for: target, reading: reader).found.isEmpty)
  }

  @Test("A list has all that a request is, so nothing else may say it")
  func exclusive() throws {
    let folder = try TemporaryFolder()
    var options = TargetOptions()
    options.list = try folder.write("GET /a\nPOST /b\n", to: "t")
    let source = try options.source(for: target, reading: reader)
    #expect(source.templates.map(\.method) == ["GET", "POST"] && source.list?.count == 2)
    #expect(source.found.first?.key == "targets" && source.found.first?.inWords.contains("2 requests") == true)
    let changes: [(inout TargetOptions) -> Void] = [
      { $0.method = "GET" }, { $0.body = "x" },
      { $0.requests = [RequestChoice(method: nil, path: "/", weight: 1)] },
    ]
    for change in changes {
      var other = options
      change(&other)
      #expect(throws: CheckError.self) { try other.source(for: target, reading: reader) }
    }
    // Completing chooses no method for it.
    options.complete()
    #expect(options.method == nil)
  }

  @Test("Few kinds of requests are listed, many are counted")
  func kinds() throws {
    func section(_ count: Int, list: String?) throws -> RequestKindsSection? {
      var settings = CheckSettings(
        target: target, templates: try (0..<count).map { try RequestTemplate(path: "/\($0)") })
      settings.list = list.map { RequestList(name: $0, count: count) }
      return RequestKindsSection(settings, sent: Array(0..<count))
    }
    #expect(try section(1, list: nil) == nil)
    #expect(try section(1, list: "t")?.kinds?.count == 1)
    let two = try #require(try section(2, list: nil))
    #expect(two.list == nil && two.kinds?[1] == RequestKindsSection.Kind(method: "GET", path: "/1", sent: 1))
    #expect(try section(20, list: "t")?.kinds?.count == 20)
    let many = try #require(try section(21, list: "t"))
    #expect(many.kinds == nil && many.count == 21 && many.list == "t")
  }
}
