import Glibc
import HTTP
import Load
import Support
import Testing

@Suite("Contents that are expected")
struct ExpectedBodyTests {
  /// Measures ten answers with these bytes, each part sent on its own.
  private func measure(_ wanted: String, _ parts: [String]) throws -> Measurements {
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        for part in parts {
          guard connection.send(Array(part.utf8)) else { return }
          if parts.count > 1 { usleep(3_000) }
        }
      }
    }
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: 10, connections: 2)
    plan.expectedBody = try BodyExpectation(wanted)
    return try Run(plan).measure()
  }

  private func answer(_ content: String) -> String {
    "HTTP/1.1 200 OK\r\nContent-Length: \(content.utf8.count)\r\n\r\n\(content)"
  }

  @Test("An error page with status 200 fails as body, and is distinguished from a status")
  func errorPage() throws {
    let measured = try measure("Welcome", [answer("<h1>Sorry</h1>")])
    #expect(measured.failures == [.body: 10] && measured.succeeded == 0)
    #expect(measured.statuses == [200: 10])
    #expect(measured.faults == ["the expected body is not in an answer"])
    #expect(try measure("Welcome", [answer("Hello. Welcome!")]).succeeded == 10)
    let unexpected = try measure("Welcome", ["HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"])
    #expect(unexpected.failures == [.status: 10])
  }

  @Test("Nothing at all has no text")
  func empty() throws {
    #expect(try measure("x", [answer("")]).failures == [.body: 10])
    #expect(try measure("x", ["HTTP/1.1 204 No Content\r\n\r\n"]).failures == [.body: 10])
  }

  @Test("What comes in parts is found across them", arguments: ["needle", "/ne{2}dle/"])
  func parts(_ wanted: String) throws {
    let whole = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    #expect(try measure(wanted, [whole + "5\r\nhayne\r\n", "4\r\nedle\r\n0\r\n\r\n"]).succeeded == 10)
    #expect(try measure(wanted, [whole + "4\r\nhayn\r\n", "4\r\nedle\r\n0\r\n\r\n"]).failures == [.body: 10])
  }

  @Test("The first MiB is searched")
  func limit() throws {
    let inside = String(repeating: "x", count: BodyExpectation.limit - 1)
    #expect(try measure("y", [answer(inside + "y")]).succeeded == 10)
    let measured = try measure("y", [answer(inside + "xy")])
    #expect(measured.failures == [.body: 10])
    #expect(measured.faults == ["the expected body is not in the first MiB of an answer"])
  }

  @Test("An answer is not searched for what an earlier one on the connection held")
  func earlier() throws {
    let server = try ScriptedServer { connection in
      var isFirst = true
      while connection.readRequest() {
        connection.send(answer(isFirst ? "good page" : "bad"))
        isFirst = false
      }
    }
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: 10, connections: 1)
    plan.expectedBody = try BodyExpectation("good")
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 1 && measured.failures == [.body: 9])
  }

  @Test("A body is not expected of HEAD")
  func head() throws {
    var plan = try Plan.toLoopback(1, requests: 1, connections: 1)
    plan.templates = [try RequestTemplate(method: "HEAD", path: "/")]
    plan.expectedBody = try BodyExpectation("x")
    #expect(throws: LoadError.self) { try Run(plan) }
  }
}
