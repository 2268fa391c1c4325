import Foundation

/// Runs the built program as its user does.
package struct LbcheckTool {
  package struct Outcome {
    package let status: Int32
    package let output: String
    package let messages: String
    /// The report that was printed or written, as JSON.
    package let report: Report?

    package init(status: Int32, output: String, messages: String, report: Report?) {
      (self.status, self.output, self.messages, self.report) = (status, output, messages, report)
    }

    package struct Report: @unchecked Sendable {
      let value: Any?

      init(value: Any?) { self.value = value }

      /// Of a file's text; `nil` if that is no JSON.
      package init?(json: String) {
        guard let value = try? JSONSerialization.jsonObject(with: Data(json.utf8)) else { return nil }
        self.value = value
      }

      package subscript(_ key: String) -> Report { Report(value: (value as? [String: Any])?[key]) }
      package subscript(_ index: Int) -> Report {
        let list = value as? [Any] ?? []
        return Report(value: list.indices.contains(index) ? list[index] : nil)
      }
      package var text: String? { value as? String }
      package var number: Double? { (value as? NSNumber)?.doubleValue }
      package var integer: Int? { (value as? NSNumber)?.intValue }
      package var list: [Report] { (value as? [Any] ?? []).map(Report.init) }
      package var texts: [String] { list.compactMap(\.text) }
      package var keys: [String] { ((value as? [String: Any])?.keys.sorted()) ?? [] }

      /// The assertion of a name.
      package func assertion(_ name: String) -> Report? { self["assertions"].list.first { $0["name"].text == name } }
    }
  }

  package let folder: TemporaryFolder

  package init() throws { folder = try TemporaryFolder() }

  /// The program beside the test bundle, or the one that LBCHECK_TOOL names.
  package static func path() throws -> String {
    if let path = ProcessInfo.processInfo.environment["LBCHECK_TOOL"] { return path }
    let test = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    for start in [test, CommandLine.arguments[0], Bundle.main.bundlePath] {
      var parent = URL(fileURLWithPath: start).deletingLastPathComponent()
      for _ in 0..<4 {
        let candidate = parent.appendingPathComponent("lbcheck").path
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue,
          FileManager.default.isExecutableFile(atPath: candidate)
        {
          return candidate
        }
        parent.deleteLastPathComponent()
      }
    }
    throw TestFailure("the lbcheck program was not found; build it or set LBCHECK_TOOL")
  }

  /// What `Tests/run --sanitize` says to the program's own sanitizer.
  private static let passedOn = ProcessInfo.processInfo.environment.filter {
    ["ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "LD_PRELOAD"].contains($0.key)
  }

  /// Runs to the end.
  ///
  /// - Parameters:
  ///   - wrapper: a command that is given the program and its arguments to run in its own place.
  ///   - isTimed: on the ``SharedProcessor``.
  ///   - interruptAfter: sends SIGINT, or another signal, after so many seconds.
  ///   - pause: stops the process by SIGSTOP after so many seconds, for so many seconds.
  ///   - pauses: further ones, in the order of time.
  ///   - deadline: kills it after so many seconds, which fails the test.
  package func run(
    _ arguments: [String], within wrapper: [String] = [], environment: [String: String] = [:], isTimed: Bool = false,
    interruptAfter: Double? = nil, by signal: Int32 = SIGINT, pause: (after: Double, length: Double)? = nil,
    pauses: [(after: Double, length: Double)] = [], deadline: Double = 120
  ) throws -> Outcome {
    let process = Process()
    let command = wrapper + [try LbcheckTool.path()] + arguments
    let words = isTimed ? SharedProcessor.command(command) : command
    process.executableURL = URL(fileURLWithPath: words[0])
    process.arguments = Array(words.dropFirst())
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path]
      .merging(Self.passedOn) { $1 }.merging(environment) { $1 }
    let name = UUID().uuidString
    let files = ["out", "err"].map { folder.path + "/\(name).\($0)" }
    for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: files[0])
    process.standardError = FileHandle(forWritingAtPath: files[1])
    try process.launchUnblocked()
    let start = Date()
    var isInterrupted = false
    var pauses = [pause].compactMap(\.self) + pauses
    // When to go on.
    var pausedUntil: Double?
    while process.isRunning {
      let elapsed = Date().timeIntervalSince(start)
      if let interruptAfter, elapsed > interruptAfter, !isInterrupted {
        isInterrupted = true
        kill(process.processIdentifier, signal)
      }
      if let coming = pauses.first, elapsed > coming.after, pausedUntil == nil {
        kill(process.processIdentifier, SIGSTOP)
        pausedUntil = elapsed + coming.length
        pauses.removeFirst()
      }
      if let end = pausedUntil, elapsed > end {
        kill(process.processIdentifier, SIGCONT)
        pausedUntil = nil
      }
      if elapsed > deadline {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        throw TestFailure("lbcheck \(arguments.joined(separator: " ")) did not end within \(deadline) s")
      }
      usleep(5_000)
    }
    process.waitUntilExit()
    let texts = files.map { String(decoding: FileManager.default.contents(atPath: $0) ?? Data(), as: UTF8.self) }
    return Outcome(
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: texts[0], messages: texts[1], report: texts[0].hasPrefix("{") ? Outcome.Report(json: texts[0]) : nil)
  }
}
