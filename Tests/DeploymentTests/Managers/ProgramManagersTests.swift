import Foundation
import Support
import Testing

@testable import Deployment

/// systemd, Compose and Kubernetes by a stand-in program that records what it was asked.
@Suite struct ProgramManagersTests {
  private struct StandIn {
    let folder: TemporaryFolder
    let program: String

    /// - Parameter list: what it prints where its arguments say to list.
    init(list: String, failing word: String = "none") throws {
      folder = try TemporaryFolder()
      _ = try folder.write(list, to: "list")
      program = try folder.write(
        """
        #!/bin/sh
        echo "$@" >>'\(folder.path)/calls'
        case " $* " in
          *" \(word) "*) echo 'it went wrong' >&2; exit 3;;
          *" show "*|*" ps "*|*" get "*) cat '\(folder.path)/list';;
          *) echo "done: $1";;
        esac
        """, to: "program")
      chmod(program, 0o755)
    }

    var calls: [String] {
      (folder.read("calls") ?? "").split(separator: "\n").map(String.init)
    }
  }

  private static let timeout = Duration.seconds(20)

  @Test("systemd: the unit's own commands, and its state")
  func systemd() throws {
    let program = try StandIn(list: "Id=shop.service\nLoadState=loaded\nActiveState=active\nNRestarts=2\n")
    let manager = CommandManager.systemd("shop", program: program.program, timeout: Self.timeout)
    #expect(throws: Never.self) { try manager.preflight(for: [.reload, .restart]) { false } }
    let report = manager.reload { false }
    #expect(report.problem == nil && report.claim == "done: reload")
    #expect(report.instancesBefore == [ManagedInstance(name: "shop", status: "active", restarts: 2)])
    #expect(report.instancesBefore?.first?.isUp == true && report.instancesBefore?.first?.process == nil)
    _ = manager.restart { false }
    _ = manager.stop("any") { false }
    let show = "show --property=Id,LoadState,ActiveState,NRestarts,CanReload shop"
    #expect(program.calls == [show, show, "reload shop", show, show, "restart shop", show, show, "stop shop", show])
  }

  @Test("systemd: a unit with {instance} is one of several, and all of them are reloaded by a pattern")
  func template() throws {
    let program = try StandIn(
      list: "Id=shop@app-1.service\nActiveState=active\n\nId=shop@app-2.service\nActiveState=failed\n")
    let manager = CommandManager.systemd("shop@{instance}.service", program: program.program, timeout: Self.timeout)
    let list = try manager.instances { false }
    #expect(list.map(\.name) == ["app-1", "app-2"] && list.map(\.isUp) == [true, false])
    _ = manager.stop("app-2") { false }
    _ = manager.reload { false }
    #expect(program.calls.contains("stop shop@app-2.service") && program.calls.contains("reload shop@*.service"))
  }

  @Test("systemd: a unit that is not there is refused before any traffic")
  func notFound() throws {
    let program = try StandIn(list: "Id=nosuch.service\nLoadState=not-found\nActiveState=inactive\n")
    let manager = CommandManager.systemd("nosuch", program: program.program, timeout: Self.timeout)
    #expect(throws: PreflightError.unavailable("systemd: systemd has no unit nosuch.service")) {
      try manager.preflight(for: [.reload]) { false }
    }
    #expect(program.calls.allSatisfy { $0.hasPrefix("show") })
  }

  @Test("systemd: a unit without ExecReload= is refused a reload before any traffic, and nothing else")
  func withoutExecReload() throws {
    let one = "Id=shop@a.service\nActiveState=active\nCanReload=yes\n"
    let other = "Id=shop@b.service\nActiveState=active\nCanReload=no\n"
    let program = try StandIn(list: "\(one)\n\(other)")
    let manager = CommandManager.systemd("shop@{instance}", program: program.program, timeout: Self.timeout)
    let words = "systemd: shop@b.service has no ExecReload=, so systemctl does not reload it: give --reload-command"
    #expect(throws: PreflightError.unavailable(words)) { try manager.preflight(for: [.reload, .restart]) { false } }
    #expect(throws: Never.self) { try manager.preflight(for: [.restart, .stop, .start]) { false } }
    #expect(program.calls.allSatisfy { $0.hasPrefix("show") })
    // Another command does in its place.
    let reloading = CommandManager(name: "commands", reload: ManagerCommand(["true"]), timeout: Self.timeout)
    let completed = CompletedManager(manager, by: reloading)
    #expect(throws: Never.self) { try completed.preflight(for: [.reload, .restart]) { false } }
  }

  @Test("Compose: the service is made anew; another container is another process", arguments: [false, true])
  func compose(_ isArray: Bool) throws {
    let one = #"{"ID":"c1","Name":"site-web-1","Service":"web","State":"running","Health":""}"#
    let two = #"{"ID":"c2","Name":"site-web-2","Service":"web","State":"exited"}"#
    let program = try StandIn(list: isArray ? "[\(one),\(two)]" : "\(one)\n\(two)\n")
    let manager = CommandManager.compose("web", program: program.program, timeout: Self.timeout)
    let list = try manager.instances { false }
    #expect(list.map(\.name) == ["site-web-1", "site-web-2"] && list.map(\.process) == ["c1", "c2"])
    #expect(list.map(\.isUp) == [true, false])
    _ = manager.reload { false }
    _ = manager.restart { false }
    #expect(program.calls.contains("compose up --detach --no-deps --force-recreate web"))
    #expect(program.calls.contains("compose restart web"))
    let each = CommandManager.compose("{instance}", program: program.program, timeout: Self.timeout)
    _ = each.stop("app-1") { false }
    #expect(program.calls.contains("compose stop app-1"))
    #expect(each.reload { false }.problem == "compose has no command for reload")
  }

  private static func pod(_ name: String, owner: String, hash: String, ready: Bool, ends: Bool = false) -> String {
    """
    {"metadata": {"name": "\(name)", "uid": "u-\(name)", "labels": {"pod-template-hash": "\(hash)"},
      \(ends ? "\"deletionTimestamp\": \"2026-11-28T18:00:00Z\"," : "")
      "ownerReferences": [{"kind": "ReplicaSet", "name": "\(owner)"}]},
     "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "\(ready ? "True" : "False")"}],
      "containerStatuses": [{"restartCount": 1}]}}
    """
  }

  @Test("Kubernetes: a rollout is asked for and waited for; only the deployment's own pods count")
  func kubectl() throws {
    let pods = [
      Self.pod("shop-1-x", owner: "shop-1", hash: "1", ready: true),
      Self.pod("shop-1-y", owner: "shop-1", hash: "1", ready: false),
      Self.pod("shop-1-z", owner: "shop-1", hash: "1", ready: true, ends: true),
      Self.pod("shop-api-2-x", owner: "shop-api-2", hash: "2", ready: true),
    ]
    let program = try StandIn(list: #"{"items": [\#(pods.joined(separator: ","))]}"#)
    let manager = CommandManager.kubectl("deployment/shop", program: program.program, timeout: Self.timeout)
    let report = manager.reload { false }
    #expect(report.problem == nil && report.exitStatus == 0)
    #expect(
      program.calls == [
        "get pods --output json", "rollout restart deployment/shop", "rollout status deployment/shop --timeout=20s",
        "get pods --output json",
      ])
    #expect(report.instancesAfter?.map(\.name) == ["shop-1-x", "shop-1-y"])
    #expect(report.instancesAfter?.map(\.isUp) == [true, nil] && report.instancesAfter?.first?.restarts == 1)
  }

  @Test("Kubernetes: a rollout that does not get done has failed, though it was begun")
  func stuck() throws {
    let program = try StandIn(
      list: #"{"items": [\#(Self.pod("shop-1-x", owner: "shop-1", hash: "1", ready: true))]}"#, failing: "status")
    let report = CommandManager.kubectl("deployment/shop", program: program.program, timeout: Self.timeout).reload {
      false
    }
    #expect(report.exitStatus == 3 && report.problem?.hasSuffix("printed: “it went wrong”") == true)
  }

  @Test("A list that cannot be read is an error", arguments: ["{", #"{"a": 1}"#])
  func unreadable(_ text: String) {
    #expect(throws: ManagerError.self) { try CommandManager.pods(in: text, of: "shop") }
    #expect(throws: ManagerError.self) { try CommandManager.containers(in: text, byService: false) }
  }
}
