internal import Glibc
import Support
import Testbed
import Testing

/// With real children: the built program must know the hidden roles.
@Suite struct EmbeddedStackTests {
  private func stack(
    _ backends: [EmbeddedStack.Backend] = [.init(name: "a"), .init(name: "b"), .init(name: "c")],
    failTimeout: Duration = .seconds(10)
  ) throws -> EmbeddedStack {
    let path = try LbcheckTool.path()
    let stack = EmbeddedStack(
      .init(backends: backends, failTimeout: failTimeout, readTimeout: .milliseconds(300), executablePath: path))
    try stack.start()
    return stack
  }

  private func names(_ stack: EmbeddedStack, _ count: Int) throws -> String {
    let client = try TestClient(port: stack.proxyPort)
    return try (0..<count).map { _ in try client.get()["X-Backend"] ?? "-" }.joined()
  }

  @Test("Started, it rotates over three processes; stopped, nothing is left")
  func lifecycle() throws {
    let stack = try stack()
    #expect(try names(stack, 9) == "abcabcabc")
    let pids = stack.backendPIDs
    let proxy = try #require(stack.proxyPID)
    let port = stack.proxyPort
    #expect(stack.proxyURL == "http://127.0.0.1:\(port)/")
    #expect(Set(pids.values).count == 3)
    let answer = try TestClient(port: try #require(stack.backendPorts["b"])).get()
    #expect(answer["X-Generation"] == "\(try #require(pids["b"]))")

    stack.stop()
    stack.stop()
    for pid in pids.values + [proxy] { #expect(kill(pid, 0) == -1) }
    #expect(throws: TestClient.Ended.self) { try TestClient(port: port) }
    #expect(!stack.isRunning && stack.backendPIDs.isEmpty && stack.proxyPID == nil)
    #expect(throws: TestbedError.notRunning) { try stack.stopBackend("a") }
  }

  @Test("The last reference takes the children with it")
  func deinitialization() throws {
    var stack: EmbeddedStack? = try stack()
    let pids = try #require(stack).backendPIDs.values
    #expect(pids.count == 3)
    stack = nil
    for pid in pids { #expect(kill(pid, 0) == -1) }
  }

  @Test("A stopped backend is retried around and comes back on its port as a new generation")
  func stopAndStart() throws {
    let stack = try stack(failTimeout: .milliseconds(50))
    let port = try #require(stack.backendPorts["b"])
    let before = stack.backendPIDs["b"]
    try stack.stopBackend("b")
    try stack.stopBackend("b")
    #expect(throws: TestClient.Ended.self) { try TestClient(port: port) }
    #expect(try !names(stack, 6).contains("b"))
    try stack.startBackend("b")
    try stack.startBackend("b")
    #expect(stack.backendPorts["b"] == port)
    #expect(stack.backendPIDs["b"] != nil && stack.backendPIDs["b"] != before)
    usleep(60_000)
    #expect(try names(stack, 6).filter { $0 == "b" }.count == 2)
    #expect(throws: TestbedError.unknownBackend("z")) { try stack.stopBackend("z") }
  }

  @Test("A killed backend is noticed; restarting brings it back")
  func crash() throws {
    let stack = try stack(failTimeout: .zero)
    try stack.killBackend("a")
    #expect(stack.backendPIDs["a"] == nil)
    #expect(try !names(stack, 4).contains("a"))
    try stack.restartBackend("a")
    #expect(try names(stack, 3).contains("a"))
  }

  @Test("A reload replaces the generation and loses no request")
  func reload() async throws {
    let stack = try stack(failTimeout: .zero)
    let before = try #require(stack.backendPIDs["a"])
    let port = stack.proxyPort
    let asking = Task.detached {
      let client = try TestClient(port: port)
      var failed = 0
      for _ in 0..<1500 where try client.get().status != 200 { failed += 1 }
      return failed
    }
    for _ in 0..<3 { try stack.reloadBackend("a") }
    #expect(try await asking.value == 0)
    #expect(stack.backendPIDs["a"] != before)
    #expect(kill(before, 0) == -1)
  }

  @Test("A frozen backend is given up after the read timeout and goes on when it is resumed")
  func freeze() throws {
    let stack = try stack([.init(name: "a"), .init(name: "b")], failTimeout: .milliseconds(50))
    try stack.freezeBackend("a")
    let client = try TestClient(port: stack.proxyPort)
    let answer = try client.get()
    #expect(answer["X-Backend"] == "b" && answer["X-Upstream"]?.contains(", ") == true)
    try stack.resumeBackend("a")
    usleep(60_000)
    #expect(try names(stack, 4).contains("a"))
    try stack.freezeBackend("b")
  }

  @Test("Weights, backups and the single-page app reach the children")
  func options() throws {
    let stack = try stack([
      .init(name: "a", weight: 2, isSinglePageApp: true), .init(name: "b", isSinglePageApp: true),
      .init(name: "c", isBackup: true, hasFingerprint: false),
    ])
    #expect(try names(stack, 6) == "abaaba")
    #expect(try TestClient(port: stack.proxyPort).get("/anything").status == 200)
  }

  @Test("What cannot start is named, and a bad configuration refused")
  func failures() throws {
    let broken = EmbeddedStack(.init(backends: [.init(name: "a")], executablePath: "/bin/false"))
    #expect(throws: TestbedError.endedEarly(role: "backend a", exitStatus: 1)) { try broken.start() }
    #expect(!broken.isRunning)
    for backends in [[], [EmbeddedStack.Backend(name: "a b")], [.init(name: "a"), .init(name: "a")]] {
      #expect(throws: TestbedError.self) { try EmbeddedStack(.init(backends: backends)).start() }
    }
  }
}
