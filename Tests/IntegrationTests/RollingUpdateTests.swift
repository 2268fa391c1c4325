import Foundation
import Support
import Testing

extension Integration {
  /// `Profiles/rolling.json5` with a stand-in for kubectl, whose pods are processes.
  @Suite struct RollingUpdateTests {
    private static let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Kubernetes/kubectl.js").path

    /// - Parameters:
    ///   - preStop: how long a pod that is to end still serves, in milliseconds.
    ///   - lag: how late the service in front learns of it.
    private func rollingUpdate(preStop: Int, lag: Int) throws -> (LbcheckTool.Outcome, calls: [String]) {
      let tool = try LbcheckTool()
      let port = FreePort.reserve()
      try FileManager.default.createSymbolicLink(
        atPath: tool.folder.path + "/kubectl", withDestinationPath: Self.program)
      let cluster = try ServerProcess(
        "env", ["KUBE_HOME=\(tool.folder.path)", "node", Self.program, "up", "\(port)", "\(preStop)", "\(lag)"],
        debianPackage: "nodejs", in: tool.folder, ports: [port])
      let outcome = try withExtendedLifetime(cluster) {
        try tool.run(
          [
            "reload-test", "--profile", LbcheckTool.root + "/Profiles/rolling.json5", "--connect-to",
            "alvin.xyz:80:127.0.0.1:\(port)", "--manager", "kubectl:deployment/shop", "--settle", "2s", "--json",
          ],
          environment: [
            "KUBE_HOME": tool.folder.path,
            "PATH": "\(tool.folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")",
          ])
      }
      return (outcome, (tool.folder.read("calls") ?? "").split(separator: "\n").map(String.init))
    }

    @Test("Pods that serve until every proxy knows of their end lose nothing, and all are replaced")
    func right() throws {
      let (outcome, calls) = try rollingUpdate(preStop: 600, lag: 200)
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("reloadLostNoRequest")?["verdict"].text == "pass")
      #expect(outcome.report?.assertion("everyInstanceReplaced")?["verdict"].text == "pass", "\(outcome.output)")
      #expect(outcome.report?["backends"].list.count == 6)
      let acting = calls.filter { !$0.hasPrefix("get pods") }
      #expect(acting == ["rollout restart deployment/shop", "rollout status deployment/shop --timeout=300s"])
    }

    @Test("Pods that end before the service has stopped sending to them lose requests, and the advice is Kubernetes's")
    func withoutPreStop() throws {
      let (outcome, _) = try rollingUpdate(preStop: 0, lag: 400)
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("reloadLostNoRequest")?["verdict"].text == "fail", "\(outcome.output)")
      #expect(outcome.report?["advice"].texts.contains { $0.contains("preStop") } == true, "\(outcome.output)")
    }
  }
}
