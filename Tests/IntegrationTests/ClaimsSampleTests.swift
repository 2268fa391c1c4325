import Foundation
import Support
import Testing

extension Integration {
  /// The rows of `Tests/Claims/rows.toml` that are marked as the sample; `Tests/Claims/run` runs all of them.
  @Suite struct ClaimsSampleTests {
    private let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private func claims(_ arguments: [String], lbcheck: String) throws -> (status: Int32, text: String) {
      try tool.table("Tests/Claims/run", ["--out", tool.folder.path + "/page"] + arguments, lbcheck: lbcheck)
    }

    @Test("A reload that loses nothing and one that always does are told apart, and the page says so")
    func sample() throws {
      let outcome = try claims(["--sample", "--rounds", "3"], lbcheck: LbcheckTool.path())
      #expect(outcome.status == 0, "\(outcome.text)")
      let page = try #require(tool.folder.read("page/README.md"))
      let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") }
      func row(_ product: String) -> Substring { rows.first { $0.hasPrefix("| \(product)") } ?? "" }
      // It closes each connection after its answer.
      let none = row("unicorn: HUP")
      #expect(none.contains("**none seen in 3 rounds**") && none.contains("https://yhbt.net/"), "\(page)")
      #expect(none.split(separator: "|").filter { $0.contains(" 0 of ") && $0.contains("≤") }.count == 3, "\(none)")
      #expect(row("php-fpm behind nginx: USR2, as it comes").contains("**loses, in 3 of 3 rounds**"), "\(page)")
      // A command that can be repeated, without this machine's places and ports.
      #expect(page.contains("`lbcheck reload-test http://127.0.0.1:8000/ --manager unicorn:unicorn.pid "), "\(page)")
      #expect(!page.contains(tool.folder.path) && !page.contains(NSTemporaryDirectory()))
    }

    @Test("A row of which nothing was reloaded is no row of the page")
    func notReloaded() throws {
      // It starts the backend as lbcheck does, and then says that no request was lost, and that no process was replaced.
      let liar = try tool.folder.write(
        """
        #!/bin/sh
        if [ "$1" = backends ]; then exec '\(try LbcheckTool.path())' "$@"; fi
        cat <<EOF
        {"summary": "", "startedAt": "2026-01-01T00:00:00Z",
         "assertions": [{"name": "everyGenerationReplaced", "verdict": "fail", "expected": "", "actual": "none was"}],
         "rounds": {"outcome": "noneSeen", "made": 3, "lossy": 0, "longestGapSeconds": 0, "methods": [
           {"method": "GET", "requests": 9, "failed": 0, "failures": {}, "fresh": {"requests": 1, "failed": 0}}]}}
        EOF

        """, to: "liar")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: liar)
      let outcome = try claims(["nginx-reload"], lbcheck: liar)
      #expect(outcome.status == 1 && outcome.text.contains("everyGenerationReplaced: none was"), "\(outcome.text)")
      #expect(tool.folder.read("page/README.md") == nil)
    }
  }
}
