import HTTP
import Testing

@testable import Checks

@Suite("Backends in the first answers")
struct FoundFingerprintTests {
  private func backends(_ answers: (Int, String, [HeaderField])...) -> [String] {
    FoundFingerprint(
      header: "X-Backend",
      in: answers.map { status, name, fields in
        ResponseHead(status: status, fields: [HeaderField(name: "x-backend", value: name)] + fields)
      }
    ).backends
  }

  @Test("Neither a group's name nor what a cache repeats is a backend")
  func nobodies() {
    let hit = [HeaderField(name: "Age", value: "3")]
    #expect(backends((200, "b", []), (200, "a", []), (200, "b", [])) == ["b", "a"])
    #expect(backends((502, "10.0.0.2:80, app", []), (200, "10.0.0.1:80", [])) == ["10.0.0.1:80"])
    #expect(backends((503, "<NOSRV>", []), (200, "a", [])) == ["a"])
    #expect(backends((200, "a", hit), (200, "b", [])) == ["b"])
    #expect(backends((200, "a", hit)) == [])
  }
}
