import Foundation
import Support

/// `lbcheck backends up` while a test needs it.
final class RunningBackends {
  private let process = Process()
  let control: String
  let names: [String]
  let ports: [UInt16]

  init(_ names: [String], _ options: [String] = []) throws {
    process.executableURL = URL(fileURLWithPath: try LbcheckTool.path())
    process.arguments = ["backends", "up"] + names.flatMap { ["--backend", $0] } + options
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.launchUnblocked()
    var line = Data()
    while line.last != UInt8(ascii: "\n") {
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { throw TestFailure("lbcheck backends up ended without its line") }
      line += more
    }
    guard let said = LbcheckTool.Outcome.Report(json: String(decoding: line, as: UTF8.self)),
      let control = said["control"].text
    else { throw TestFailure("no JSON: \(String(decoding: line, as: UTF8.self))") }
    self.control = control
    self.names = said["backends"].list.compactMap { $0["name"].text }
    ports = said["backends"].list.compactMap { $0["url"].text.flatMap { URL(string: $0)?.port }.map { UInt16($0) } }
  }

  deinit { _ = end() }

  /// Interrupts it as Ctrl-C does.
  ///
  /// - Returns: its exit status.
  func end() -> Int32 {
    if process.isRunning { process.interrupt() }
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Asks the control port; an answer that is none of success is thrown.
  @discardableResult
  func ask(_ method: String, _ path: String) throws -> String {
    let curl = Process()
    let answer = Pipe()
    curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    curl.arguments = ["curl", "-sS", "--fail-with-body", "-X", method, control + path]
    curl.standardOutput = answer
    try curl.launchUnblocked()
    let text = String(decoding: answer.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    curl.waitUntilExit()
    guard curl.terminationStatus == 0 else { throw TestFailure("\(method) \(path): \(text)") }
    return text
  }

  func ledger(_ name: String) throws -> LbcheckTool.Outcome.Report {
    let text = try ask("GET", "\(name)/ledger")
    guard let ledger = LbcheckTool.Outcome.Report(json: text) else { throw TestFailure("no JSON: \(text)") }
    return ledger
  }

  /// `server` lines for nginx.
  var upstream: String { ports.map { "server 127.0.0.1:\($0);" }.joined(separator: " ") }
}
