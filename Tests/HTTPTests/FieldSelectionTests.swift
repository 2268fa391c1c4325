import Testing

@testable import HTTP

@Suite struct FieldSelectionTests {
  private func slots(backend: String?, generation: String? = nil, _ names: String...) -> [Int?] {
    let fields = FieldSelection(backend: backend, generation: generation)
    return names.map { name in
      let bytes = Array(name.utf8)
      return bytes.withUnsafeBytes { fields.slot(of: $0) }
    }
  }

  @Test("Names are selected in any case, and only in their whole length")
  func names() {
    #expect(
      slots(backend: "X-Backend", "x-backend", "X-BACKEND", "X-Backend", "X-Backen", "X-Backend-", "Y-Backend", "")
        == [0, 0, 0, nil, nil, nil, nil])
  }

  @Test("Two fields are told apart, even when they are of the same length")
  func two() {
    #expect(slots(backend: "x-one", generation: "X-TWO", "X-One", "x-two", "x-tww") == [0, 1, nil])
    #expect(slots(backend: "x-a", generation: "x-ab", "x-a", "X-AB", "x-abc", "x-") == [0, 1, nil, nil])
  }

  @Test("No name, or an empty one, selects nothing")
  func none() {
    #expect(slots(backend: nil, "", "x") == [nil, nil])
    #expect(slots(backend: "", generation: "", "", "x") == [nil, nil])
    #expect(slots(backend: nil, generation: "x", "", "x") == [nil, 1])
  }
}
