import Foundation
import Report
import Support

/// A `watch` that goes on beside a test, which reads its events meanwhile.
final class WatchRun {
  let folder: TemporaryFolder
  private let process = Process()
  private var reportFolder: String { folder.path + "/report" }

  init(_ url: String, _ options: [String] = [], in folder: TemporaryFolder) throws {
    self.folder = folder
    process.executableURL = URL(fileURLWithPath: try LbcheckTool.path())
    process.arguments = ["watch", url, "--out", folder.path + "/report", "--json", "--no-progress"] + options
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.standardInput = FileHandle.nullDevice
    for name in ["out", "err"] { _ = FileManager.default.createFile(atPath: folder.path + "/" + name, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: folder.path + "/out")
    process.standardError = FileHandle(forWritingAtPath: folder.path + "/err")
    try process.launchUnblocked()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  /// The events that are written so far.
  var events: [WatchEvent] {
    (folder.read("report/events.jsonl") ?? "").split(separator: "\n").compactMap {
      try? JSONDecoder().decode(WatchEvent.self, from: Data($0.utf8))
    }
  }

  var pid: Int32 { process.processIdentifier }

  /// Its memory in MiB; `nil` once it has ended.
  var residentMemory: Double? {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
      let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({ Double($0) })
    else { return nil }
    return kilobytes / 1024
  }

  /// Waits until an event meets a condition.
  @discardableResult
  func wait(for seconds: Double = 20, _ condition: (WatchEvent.Kind) -> Bool) throws -> WatchEvent {
    let end = Date(timeIntervalSinceNow: seconds)
    while Date() < end {
      if let event = events.first(where: { condition($0.kind) }) { return event }
      guard process.isRunning else { break }
      usleep(20_000)
    }
    throw TestFailure("no such event: \(events) \(messages)")
  }

  func signal(_ number: Int32) { kill(pid, number) }

  var messages: String { folder.read("err") ?? "" }

  /// A file of the report's folder.
  func file(_ name: String) -> String? { folder.read("report/" + name) }

  /// Ends it as Ctrl-C does.
  func stop() throws -> LbcheckTool.Outcome {
    signal(SIGINT)
    return try end()
  }

  /// Waits for its end.
  func end(within seconds: Double = 30) throws -> LbcheckTool.Outcome {
    let end = Date(timeIntervalSinceNow: seconds)
    while process.isRunning {
      guard Date() < end else { throw TestFailure("watch did not end: \(messages)") }
      usleep(20_000)
    }
    process.waitUntilExit()
    let output = folder.read("out") ?? ""
    return LbcheckTool.Outcome(
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: output, messages: messages, report: LbcheckTool.Outcome.Report(json: output))
  }
}

/// Backends with logs of their own, each of which a test ends and starts.
final class DeployedBackends {
  let folder: TemporaryFolder
  let ports: [UInt16]
  let link: String?
  private var processes: [Int: Process] = [:]

  /// - Parameter version: what the link to the version leads to at first; `nil` names no versions.
  init(_ count: Int, version: String? = nil, in folder: TemporaryFolder) throws {
    self.folder = folder
    ports = FreePort.reserve(count)
    link = version.map { _ in folder.path + "/current" }
    if let version { try point(to: version) }
    for index in 0..<count { try start(index) }
  }

  deinit { for process in processes.values where process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  static func name(_ index: Int) -> String { "app-\(index + 1)" }

  func log(_ index: Int) -> String { "\(Self.name(index)).log" }

  /// Waits until it listens, unless it is broken.
  func start(_ index: Int, waits: Bool = true) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Python/deployed.py").path
    process.arguments =
      [script, "\(ports[index])", Self.name(index), folder.path + "/" + log(index)] + (link.map { [$0] } ?? [])
    process.standardInput = FileHandle.nullDevice
    try process.launchUnblocked()
    processes[index] = process
    let end = Date(timeIntervalSinceNow: 10)
    while waits, !FreePort.answers(ports[index]), Date() < end { usleep(5_000) }
  }

  /// - Returns: when it was ended, in seconds since 1970.
  @discardableResult
  func stop(_ index: Int) -> Double {
    let time = Date().timeIntervalSince1970
    if let process = processes.removeValue(forKey: index) {
      kill(process.processIdentifier, SIGTERM)
      process.waitUntilExit()
    }
    return time
  }

  func breakBuild(_ index: Int, _ isBroken: Bool = true) throws {
    let file = folder.path + "/" + log(index) + ".broken"
    if isBroken {
      _ = FileManager.default.createFile(atPath: file, contents: nil)
    } else {
      try FileManager.default.removeItem(atPath: file)
    }
  }

  /// Replaces the link, as deploys do.
  func point(to version: String) throws {
    guard let link else { return }
    try FileManager.default.createSymbolicLink(atPath: link + ".new", withDestinationPath: "releases/\(version)")
    guard rename(link + ".new", link) == 0 else { throw TestFailure("the link cannot be replaced") }
  }

  /// When each answer was given, in seconds since 1970, and by which pid.
  func answers(_ index: Int) -> [(time: Double, pid: String)] {
    (folder.read(log(index)) ?? "").split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count == 2, let time = Double(fields[0]) else { return nil }
      return (time, String(fields[1]))
    }
  }
}

extension WatchEvent {
  /// When it happened, in seconds since 1970.
  var time: Double { Double(UTCTime.nanoseconds(rfc3339: at) ?? 0) / 1e9 }
}
