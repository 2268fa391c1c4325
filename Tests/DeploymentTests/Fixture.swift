import Support
import Testing

@testable import Deployment

/// What pm2 printed when it was recorded: see the files in `Fixtures`.
enum Fixture {
  static let app = "dumbflix-frontend"

  static func text(_ name: String) throws -> String {
    let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let outcome = CommandRunner.run(
      ManagerCommand(["cat", "\(folder)/Fixtures/\(name)"]), timeout: .seconds(20), stop: { false })
    try #require(outcome.exitStatus == 0)
    return outcome.output.text
  }

  static func processes(_ name: String) throws -> [PM2Process] {
    try PM2Manager.processes(in: text(name))
  }
}
