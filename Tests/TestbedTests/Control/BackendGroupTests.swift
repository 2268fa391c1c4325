import Foundation
import Support
import Testing

@testable import Testbed

/// Backends as real child processes, switched and read over the control port.
@Suite struct BackendGroupTests {
  private let folder: TemporaryFolder
  private let group: BackendGroup

  init() throws {
    folder = try TemporaryFolder()
    var configuration = BackendGroup.Configuration(names: ["a", "b"], ports: [0, 0])
    configuration.ledgerFolder = folder.path + "/deep/ledgers"
    configuration.executablePath = try LbcheckTool.path()
    group = BackendGroup(configuration)
    try group.start()
  }

  private func ask(_ method: String, _ target: String) throws -> ControlAnswer {
    try #require(ControlClient.ask(port: group.controlPort, method, target))
  }

  private func port(_ index: Int) -> UInt16 { group.members[index].port }

  @Test("Each backend is a process of its own, with its own ledger and count")
  func ledgers() throws {
    let client = try TestClient(port: port(0))
    let answer = try client.get("/assets/x.js", "X-Request-Id: r-1\r\n")
    #expect(answer["X-Backend"] == "a" && answer["X-Generation"] == "\(group.members[0].pid)")
    _ = try TestClient(port: port(1)).get()
    #expect(try ask("GET", "/a/count").text == "1\n")
    let json = try ask("GET", "/a/ledger")
    #expect(json.contentType == "application/json")
    let document = try LedgerDocument(json: Data(json.body))
    #expect(document.backend == "a" && document.generation == "\(group.members[0].pid)" && document.isComplete)
    #expect(document.requests.map(\.target) == ["/assets/x.js"] && document.requests[0].requestID == "r-1")
    let csv = try ask("GET", "/b/ledger?format=csv").text.split(separator: "\r\n")
    #expect(csv.count == 2 && csv[1].hasPrefix("1,,GET,/,200,"))
    #expect(try ask("DELETE", "/ledger").text == "a cleared\nb cleared\n")
    #expect(try ask("GET", "/a/count").text == "0\n")
  }

  @Test("A fault of one leaves the other alone, and the overview shows both")
  func faults() throws {
    #expect(try ask("POST", "/b/fault?kind=refuse").text == "kind=refuse\n")
    #expect(throws: TestClient.Ended.self) { try TestClient(port: port(1)) }
    #expect(try TestClient(port: port(0)).get().status == 200)
    let overview = try #require(LbcheckTool.Outcome.Report(json: try ask("GET", "/").text))["backends"]
    #expect(overview[0]["fault"].text == "kind=ok" && overview[1]["fault"].text == "kind=refuse")
    #expect(overview[0]["requests"].integer == 1 && overview[1]["requests"].integer == 0)
    #expect(try ask("POST", "/fault?kind=ok").status == .ok)
    #expect(try TestClient(port: port(1)).get().status == 200)
  }

  @Test("A ledger's file is written when it is asked for, and at the end with the answer in flight")
  func files() throws {
    let client = try TestClient(port: port(0))
    _ = try client.get()
    let path = folder.path + "/deep/ledgers/a.json"
    #expect(try ask("POST", "/a/ledger").text == path + "\n")
    #expect(try LedgerDocument(json: Data(contentsOf: URL(fileURLWithPath: path))).arrived == 1)
    client.send("GET /slow?ms=300 HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(try eventually { try ask("GET", "/a/count").text == "2\n" })
    #expect(group.stop().isEmpty)
    #expect(try client.receive().status == 200)
    let document = try LedgerDocument(json: Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(document.requests.map(\.outcome) == [.answered, .answered])
    #expect(FileManager.default.fileExists(atPath: folder.path + "/deep/ledgers/b.json"))
  }

  @Test("A ledger that cannot be written any more is named at the end, and one that was lost with its backend")
  func lost() throws {
    try FileManager.default.removeItem(atPath: folder.path + "/deep")
    #expect(try ask("POST", "/a/ledger").status == .failed)
    kill(group.members[1].pid, SIGKILL)
    #expect(try eventually { try ask("GET", "/b/count").status == .noBackend })
    #expect(
      group.stop() == [
        "backend a ended with status 3; its ledger was not written",
        "backend b ended with status 137; its ledger was not written",
      ])
  }

  @Test(
    "What the control port does not know is refused in words",
    arguments: [
      ("GET", "/c/count", 404, "a, b"), ("GET", "/count", 404, "/NAME/count"), ("POST", "/", 405, "GET"),
      ("POST", "/a/count", 405, "GET"), ("PUT", "/a/fault", 405, "POST"), ("GET", "/a/b/c", 404, "/NAME/fault"),
      ("GET", "/a/faults", 404, "fault"), ("POST", "/a/fault?kind=slow", 400, "delay"),
      ("POST", "/fault?kind=no", 400, "kind"), ("GET", "/a/ledger?format=xml", 400, "csv"),
    ])
  func refusals(_ method: String, _ target: String, _ status: Int, _ words: String) throws {
    let answer = try ask(method, target)
    #expect(answer.status.rawValue == status && answer.text.contains(words), "\(answer.text)")
  }

  @Test("A port that is taken is named, and nothing is left running")
  func taken() throws {
    let taken = try ListeningSocket()
    var configuration = BackendGroup.Configuration(names: ["a", "b"], ports: [0, taken.port])
    configuration.executablePath = try LbcheckTool.path()
    let error = #expect(throws: TestbedError.self) { try BackendGroup(configuration).start() }
    #expect(error?.description.contains("127.0.0.1:\(taken.port)") == true)
  }
}
