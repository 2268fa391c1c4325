import Foundation
import Support
import Testing

extension LbcheckTool {
  /// The package's folder.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// What other people's readers find wrong with the report in a folder; empty if nothing.
  func problems(_ report: String, formats: [String] = []) throws -> String {
    try judged(by: "judge_report.py", [Self.root + "/Reports/report.schema.json", report] + formats)
  }

  /// What other people's readers find wrong with the parts in a folder; empty if nothing.
  func problems(ofPartsIn parts: String) throws -> String {
    let path = folder.path + "/" + parts
    let files = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".json") }
    #expect(!files.isEmpty)
    return try judged(by: "judge_parts.py", [Self.root + "/Reports"] + files.map { path + "/" + $0 })
  }

  private func judged(by judge: String, _ arguments: [String]) throws -> String {
    let named = ProcessInfo.processInfo.environment["LBCHECK_PYTHON"]
    let python = named ?? Self.root + "/.build/venv/bin/python"
    guard FileManager.default.isExecutableFile(atPath: python) else {
      throw TestFailure("no Python with the readers of the formats at \(python): run Tests/run, which installs them")
    }
    let result = try output(of: [python, Self.root + "/Tests/IntegrationTests/Python/" + judge] + arguments)
    return result.status == 0 || !result.text.isEmpty ? result.text : "the judge ended with \(result.status)"
  }

  /// Runs a table of real servers, such as `Tests/Truth/run`, against a program.
  func table(_ script: String, _ arguments: [String], lbcheck: String) throws -> (status: Int32, text: String) {
    let python = ProcessInfo.processInfo.environment["LBCHECK_PYTHON"] ?? LbcheckTool.root + "/.build/venv/bin/python"
    return try output(
      of: [
        "/usr/bin/env", "LBCHECK_TOOL=\(lbcheck)", "LBCHECK_PYTHON=\(python)", python, "\(LbcheckTool.root)/\(script)",
      ]
        + arguments)
  }

  /// Runs a program with its messages beside its output.
  func output(of command: [String]) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    let file = folder.path + "/" + UUID().uuidString
    _ = FileManager.default.createFile(atPath: file, contents: nil)
    let handle = try #require(FileHandle(forWritingAtPath: file))
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    )
  }
}
