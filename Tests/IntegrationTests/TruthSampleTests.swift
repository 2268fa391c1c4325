import Foundation
import Support
import Testing

extension Integration {
  /// The rows of `Tests/Truth/rows.toml` and `sessions.toml` that are marked as the sample; `Tests/Truth/run` runs all of them.
  @Suite struct TruthSampleTests {
    private let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private func truth(_ arguments: [String], lbcheck: String) throws -> (status: Int32, text: String) {
      try tool.table("Tests/Truth/run", arguments, lbcheck: lbcheck)
    }

    private let visitors = "everyVisitorStays,newVisitorsSpread,movedOnlyIfTheirBackendWent"

    @Test("Real balancers are identified as what they are configured to be, and the wrong ones fail")
    func sample() throws {
      let outcome = try truth(
        ["--sample", "--fields", "policy,per,stickyBy,by,\(visitors),verdict,status"], lbcheck: LbcheckTool.path())
      #expect(outcome.status == 0, "\(outcome.text)")
      let rows = outcome.text.split(separator: "\n").filter { $0.hasPrefix("✓ ") }.count
      #expect(rows >= 44 && outcome.text.contains("\(rows) of \(rows) rows hold"))
    }

    @Test("A row that differs fails the table")
    func differing() throws {
      // It starts the backends as lbcheck does, and passes everything that it is asked.
      let liar = try tool.folder.write(
        """
        #!/bin/sh
        if [ "$1" = backends ]; then exec '\(try LbcheckTool.path())' "$@"; fi
        echo '{"verdict": "pass", "assertions": [], "fairness": {"policy": "random"}}'

        """, to: "liar")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: liar)
      let outcome = try truth(
        ["--fields", "policy,verdict,status", "nginx random", "nginx random, judged as rotation"], lbcheck: liar)
      #expect(outcome.status == 1)
      #expect(outcome.text.contains("✓ nginx random ") && outcome.text.contains("✗ nginx random, judged as rotation"))
      #expect(outcome.text.contains("differs in verdict, status") && outcome.text.contains("1 of 2 rows hold"))
    }
  }
}
