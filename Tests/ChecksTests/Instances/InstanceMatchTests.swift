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

  @Test("The port in a backend's name tells, where one instance alone has it")
  func byPort() {
    func match(_ backend: String, _ ports: [Int?]) -> InstanceMatch? {
      let instances = ports.enumerated().map { ManagedInstance(name: "\($0)", status: "online", port: $1) }
      return InstanceMatch(backend, among: ["127.0.0.1:3001", "x", "y"], generations: [:], instances: instances)
    }
    #expect(match("127.0.0.1:3001", [3000, 3001])?.instance == "1")
    #expect(match("127.0.0.1:3001", [3000, 3001])?.isAssumed == false)
    #expect(match("127.0.0.1:3001", [3001, 3001]) == nil && match("127.0.0.1:3001", [nil, 3000]) == nil)
    #expect(match("3001", [3000, 3001]) == nil, "a name that is a number is no address")
  }

  @Test("Where the numbers differ or the backend is unknown there is no match")
  func none() {
    #expect(match("a", ["a"]) == nil)
    #expect(match("c", ["a", "b"]) == nil)
  }
}
