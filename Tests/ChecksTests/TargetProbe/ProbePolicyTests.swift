import HTTP
import Load
import Testing

@testable import Checks

@Suite struct ProbePolicyTests {
  private func request(
    _ method: String, _ fields: [HeaderField] = [], body: String = ""
  ) throws -> RequestTemplate {
    try RequestTemplate(method: method, path: "/order?id=7", headers: fields, body: Array(body.utf8), weight: 3)
  }

  @Test(
    "What is sent beside the traffic, by policy and method",
    arguments: [
      ("GET", "GET"), ("HEAD", "HEAD"), ("OPTIONS", "OPTIONS"), ("TRACE", "TRACE"), ("POST", "GET"), ("PUT", "GET"),
      ("PATCH", "GET"), ("DELETE", "GET"), ("PURGE", "GET"), ("get", "GET"), ("PROPFIND", "GET"),
    ])
  func methods(asked: String, sent: String) throws {
    let request = try request(asked)
    #expect(ProbePolicy.safe.request(inPlaceOf: request)?.method == sent)
    #expect(ProbePolicy.safe.replaces(request) == (asked != sent))
    #expect(ProbePolicy.asIs.request(inPlaceOf: request) == request)
    #expect(!ProbePolicy.asIs.replaces(request))
    #expect(ProbePolicy.none.request(inPlaceOf: request) == nil)
    #expect(ProbePolicy.none.requests(inPlaceOf: [request, request]).isEmpty)
  }

  @Test("In place of an order its page is asked for: the same path and fields, no body")
  func order() throws {
    let fields = [
      HeaderField(name: "Authorization", value: "Basic YTpi"), HeaderField(name: "Accept", value: "text/html"),
    ]
    let asked = try request("POST", fields + [HeaderField(name: "Expect", value: "100-continue")], body: "item=1")
    let sent = try #require(ProbePolicy.safe.request(inPlaceOf: asked))
    #expect(sent.path == "/order?id=7" && sent.headers == fields && sent.body.isEmpty && sent.weight == 3)
    // A search with a body changes nothing either.
    let search = try request("GET", body: "{}")
    #expect(ProbePolicy.safe.request(inPlaceOf: search) == search)
  }

  @Test(
    "A field that makes another method of GET is left out, and what carries it is not safe",
    arguments: ["X-HTTP-Method-Override", "x-http-method", "X-Method-Override"])
  func overrides(field: String) throws {
    let asked = try request("GET", [HeaderField(name: field, value: "DELETE"), HeaderField(name: "X-A", value: "b")])
    #expect(ProbePolicy.safe.replaces(asked))
    #expect(ProbePolicy.safe.request(inPlaceOf: asked)?.headers == [HeaderField(name: "X-A", value: "b")])
  }

  @Test("In place of a gRPC call the health check is made, with the call's fields; the health check itself is safe")
  func calls() throws {
    let fields = [HeaderField(name: "authorization", value: "Bearer x")]
    let call = try RequestTemplate(
      calling: try #require(GRPCMethod("a.B/C")), message: [1], headers: fields, timeout: 5_000_000_000, weight: 3)
    #expect(ProbePolicy.safe.replaces(call) && !ProbePolicy.asIs.replaces(call))
    let health = try RequestTemplate(calling: .healthCheck, headers: fields, timeout: 5_000_000_000, weight: 3)
    #expect(ProbePolicy.safe.request(inPlaceOf: call) == health && !ProbePolicy.safe.replaces(health))
    #expect(health.callTimeout == "5S")
  }

  @Test("Of several kinds of requests each is replaced where it has to be")
  func kinds() throws {
    let kinds = [try request("GET"), try request("POST"), try request("HEAD")]
    #expect(ProbePolicy.safe.requests(inPlaceOf: kinds).map(\.method) == ["GET", "GET", "HEAD"])
    #expect(ProbePolicy.asIs.requests(inPlaceOf: kinds).map(\.method) == ["GET", "POST", "HEAD"])
  }

  @Test("With a header given one request is the most that is sent before the traffic, and none without probes")
  func reach() {
    #expect(ProbePolicy.safe.reach(isHeaderGiven: false) == .requestToEach)
    #expect(ProbePolicy.safe.reach(isHeaderGiven: true) == .oneRequest)
    #expect(ProbePolicy.asIs.reach(isHeaderGiven: false) == .requestToEach)
    #expect(ProbePolicy.asIs.reach(isHeaderGiven: true) == .oneRequest)
    #expect(ProbePolicy.none.reach(isHeaderGiven: false) == .connections)
    #expect(ProbePolicy.none.reach(isHeaderGiven: true) == .connections)
  }

  @Test(
    "A GET that nobody asked for fails only where no backend answered it",
    arguments: [
      (200, true), (404, true), (405, true), (500, true), (501, true), (502, false), (503, false), (504, false),
    ])
  func replacedStatuses(status: Int, isExpected: Bool) throws {
    let created = StatusSet([201...201])
    let order = try request("POST")
    #expect(ProbePolicy.safe.expectedStatuses(created, inPlaceOf: order).contains(status) == isExpected)
    #expect(ProbePolicy.asIs.expectedStatuses(created, inPlaceOf: order) == created)
    #expect(ProbePolicy.safe.expectedStatuses(created, inPlaceOf: try request("GET")) == created)
  }
}
