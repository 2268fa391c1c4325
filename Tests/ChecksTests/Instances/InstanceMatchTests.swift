import Deployment
import Testing

@testable import Checks

@Suite struct InstanceMatchTests {
  private let instances = [
    ManagedInstance(name: "7", slot: 1, pid: 1001, status: "online"),
    ManagedInstance(name: "4", slot: 0, pid: 1000, status: "online"),
  ]

  private func match(_ backend: String, _ backends: [String], _ generations: [String: String] = [:]) -> InstanceMatch? {
    InstanceMatch(backend, among: backends, generations: generations, instances: instances)
  }

  @Test("A generation that is a pid tells the instance for certain")
  func byPid() {
    let found = match("a", ["a"], ["a": "1001"])
    #expect(found?.instance == "7" && found?.isAssumed == false)
  }

  @Test("Without one the order of names is taken for the order of slots, and said to be assumed")
  func byOrder() {
    let found = match("127.0.0.1:10000", ["127.0.0.1:10000", "127.0.0.1:9999"], ["127.0.0.1:10000": "v2"])
    #expect(found?.instance == "7" && found?.isAssumed == true)
  }

  @Test("Where the numbers differ or the backend is unknown there is no match")
  func none() {
    #expect(match("a", ["a"]) == nil)
    #expect(match("c", ["a", "b"]) == nil)
  }
}
