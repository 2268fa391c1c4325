import Testing

@testable import Checks

@Suite struct ExpectedBackendsTests {
  private let named = [
    ExpectedBackend(name: "b", role: .primary(weight: 3)), ExpectedBackend(name: "spare", role: .backup),
    ExpectedBackend(name: "a", role: .primary(weight: 1)), ExpectedBackend(name: "other", role: .backup),
  ]

  @Test("Primaries and backups are distinguished in the order in which they were named")
  func roles() {
    #expect(named.primaries.map(\.name) == ["b", "a"] && named.backups.map(\.name) == ["spare", "other"])
  }

  @Test("Primaries are those that the user names, else all that were seen and are no backups")
  func names() {
    #expect(named.primaryNames(seen: ["x", "spare"]) == ["b", "a"])
    #expect(named.backups.primaryNames(seen: ["y", "spare", "x", "y"]) == ["x", "y"])
    #expect([ExpectedBackend]().primaryNames(seen: []).isEmpty)
  }
}
