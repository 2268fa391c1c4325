import HTTP
import Testing

@Suite("Selecting fields")
struct FieldSelectionTests {
  private func values(backend: String?, generation: String?, _ lines: [String]) -> [String?] {
    let bytes = response("HTTP/1.1 200 OK", lines.joined(separator: "\r\n"))
    let head = observe(bytes, selecting: (backend, generation)).head
    return [head?.backend, head?.generation].map { $0.map { String(decoding: $0, as: UTF8.self) } }
  }

  @Test("Names match in any case, and only whole")
  func names() {
    let lines = ["X-Backen: 0", "x-BACKEND: 1", "X-Backend2: 2", "x-pid: 3", "X-PIX: 4"]
    #expect(values(backend: "X-bAcKend", generation: "X-PID", lines) == ["1", "3"])
    #expect(values(backend: "x-pid", generation: "x-backend", lines) == ["3", "1"])
  }

  @Test("Names of one length are distinguished")
  func sameLength() {
    #expect(values(backend: "X-Aa", generation: "X-Ab", ["X-AB: b", "X-AA: a", "X-Ac: c"]) == ["a", "b"])
  }

  @Test("A selection of nothing finds nothing")
  func nothing() {
    #expect(values(backend: nil, generation: nil, ["A: b"]) == [nil, nil])
    #expect(values(backend: "", generation: "a", ["A: b"]) == [nil, "b"])
  }

  @Test("Punctuation is not taken for a letter of another case")
  func punctuation() {
    #expect(values(backend: "x^a", generation: "x~a", ["X~A: tilde"]) == [nil, "tilde"])
  }

  @Test("Values of an earlier response are gone")
  func earlier() {
    var parser = ResponseParser()
    let named = observe(
      response("HTTP/1.1 200 OK", "X-Backend: a", "X-Generation: 1", "Content-Length: 0"), with: &parser)
    let unnamed = observe(response("HTTP/1.1 502 Bad Gateway", "Content-Length: 0"), with: &parser)
    #expect(named.head?.backend == Array("a".utf8))
    #expect(named.head?.generation == Array("1".utf8))
    #expect(unnamed.head != nil)
    #expect(unnamed.head?.backend == nil)
    #expect(unnamed.head?.generation == nil)
  }
}
