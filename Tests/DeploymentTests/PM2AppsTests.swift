import Glibc
import Support
import Testing

@testable import Deployment

/// Several apps of one pm2.
@Suite struct PM2AppsTests {
  private let folder: TemporaryFolder
  private let program: String

  /// Two apps with an instance each, in pm2's own numbering; the file `failing` names the one that pm2 refuses.
  init() throws {
    folder = try TemporaryFolder()
    program = try folder.write(
      """
      #!/bin/sh
      cd '\(folder.path)' || exit 99
      echo "$*" >>calls
      entry() {
        printf '{"name":"%s","pm_id":%s,"pid":%s,"pm2_env":{"status":"online","exec_mode":"cluster_mode","PORT":"300%s",' \
          "$1" "$2" "$(cat "$1.pid")" "$2"
        printf '"NODE_APP_INSTANCE":0}}'
      }
      [ "$1" = jlist ] && { printf '['; entry shop 0; printf ','; entry api 1; printf ']\\n'; exit; }
      if [ "$(cat failing)" = "$2" ]; then echo "[PM2][ERROR] Process $2 is not to be had" >&2; exit 1; fi
      case $2 in shop|api) echo $(($(cat "$2.pid") + 10)) >"$2.pid" ;; esac
      echo "[PM2] [$2] ✓"
      """, to: "pm2")
    chmod(program, 0o755)
    _ = try folder.write("100\n", to: "shop.pid")
    _ = try folder.write("200\n", to: "api.pid")
    _ = try folder.write("none\n", to: "failing")
  }

  private func manager(_ apps: String) -> any DeploymentManager {
    var options = ManagerOptions()
    options.pm2Program = program
    return PM2Apps.manager(apps, options)
  }

  private var acting: [String] {
    (folder.read("calls") ?? "").split(separator: "\n").map(String.init).filter { $0 != "jlist" }
  }

  @Test("Each app is reloaded in turn, and one report has all of their instances before and after")
  func reload() throws {
    let report = manager("shop,api").reload { false }
    #expect(acting == ["reload shop", "reload api"])
    #expect(report.problem == nil && report.exitStatus == 0)
    #expect(report.command == [program, "reload", "shop", "&&", program, "reload", "api"])
    #expect(report.instancesBefore?.map(\.pid) == [100, 200] && report.instancesAfter?.map(\.pid) == [110, 210])
    // Slots count within an app, so they order nothing among several; ports do.
    #expect(report.instancesAfter?.map(\.slot) == [nil, nil] && report.instancesAfter?.map(\.port) == [3000, 3001])
  }

  @Test("An app that pm2 refuses ends it: the next one is not touched, and the action has failed")
  func refused() throws {
    _ = try folder.write("shop\n", to: "failing")
    let report = manager("shop,api").restart { false }
    #expect(acting == ["restart shop"])
    #expect(report.problem != nil && report.instancesAfter?.map(\.pid) == [100, 200])
  }

  @Test("The last one that is refused fails the whole, though the first was done")
  func refusedLate() throws {
    _ = try folder.write("api\n", to: "failing")
    let report = manager("shop,api").reload { false }
    #expect(acting == ["reload shop", "reload api"])
    #expect(report.problem != nil && report.exitStatus == 1)
    #expect(report.instancesAfter?.map(\.pid) == [110, 200])
  }

  @Test("One instance is stopped and started by the app that has it; one that no app has is refused")
  func one() throws {
    let apps = manager("shop,api")
    _ = apps.stop("1") { false }
    _ = apps.start("0") { false }
    #expect(acting == ["stop 1", "start 0"])
    #expect(apps.stop("7") { false }.problem == "pm2 has no instance 7 of shop, api")
  }

  @Test("A name that is given twice, and an app that is not there, are refused before any traffic")
  func preflight() throws {
    #expect(throws: PreflightError.usage("pm2: an app is named twice")) {
      try manager("shop,shop").preflight(for: [.reload]) { false }
    }
    #expect(throws: PreflightError.self) { try manager("shop,none").preflight(for: [.reload]) { false } }
    #expect(throws: Never.self) { try manager("shop,api").preflight(for: [.reload]) { false } }
    #expect(acting.isEmpty)
  }
}
