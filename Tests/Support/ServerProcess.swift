import Foundation

/// Why a test cannot go on, in words.
package struct TestFailure: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// A real server, started for a test and ended with it, also if the test process dies.
///
/// A shell stands between: it ends the server when the pipe that this process holds is closed, for whatever reason.
package final class ServerProcess: @unchecked Sendable {
  private let process = Process()
  private let lifeline = Pipe()
  private let log: String
  private var isStopped = false

  /// - Parameters:
  ///   - program: its name, looked for in PATH and the system's folders.
  ///   - package: the Debian package that brings it.
  ///   - ports: accept connections when it is ready.
  package init(
    _ program: String, _ arguments: [String], debianPackage package: String, in folder: TemporaryFolder, ports: [UInt16]
  ) throws {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    guard
      let path = (folders + ["/usr/sbin", "/usr/local/sbin", "/sbin"]).map({ $0 + "/" + program })
        .first(where: FileManager.default.isExecutableFile)
    else { throw TestFailure("\(program) is missing: apt-get install \(package)") }
    log = folder.path + "/\(program)-\(ports.first ?? 0).log"
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    let script = """
      "$@" </dev/null & child=$!
      read -r line
      kill -CONT $child; kill -TERM $child
      for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 $child 2>/dev/null || break; sleep 0.1; done
      kill -KILL $child 2>/dev/null
      wait $child
      """
    process.arguments = ["-c", script, "sh", path] + arguments
    process.standardInput = lifeline
    let output = FileHandle(forWritingAtPath: log)
    process.standardOutput = output
    process.standardError = output
    // No other server may keep this pipe open.
    _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    try process.launchUnblocked()
    let deadline = Date(timeIntervalSinceNow: 10)
    for port in ports {
      while !FreePort.answers(port) {
        guard Date() < deadline, process.isRunning else {
          let text = FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? ""
          stop()
          throw TestFailure("\(program) does not listen on port \(port): \(text)")
        }
        usleep(10_000)
      }
    }
  }

  deinit { stop() }

  package func stop() {
    guard !isStopped else { return }
    isStopped = true
    resume()
    try? lifeline.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Stops the server and its children in the middle of what they do.
  package func freeze() { signal(SIGSTOP) }

  package func resume() { signal(SIGCONT) }

  /// The server and all of its children.
  package var processes: [Int32] {
    var parents: [Int32: Int32] = [:]
    for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let pid = Int32(entry),
        let data = FileManager.default.contents(atPath: "/proc/\(entry)/stat"),
        let fields = String(decoding: data, as: UTF8.self).split(separator: ")").last?.split(separator: " "),
        fields.count > 1
      else { continue }
      parents[pid] = Int32(fields[1])
    }
    var found: [Int32] = []
    var latest = [process.processIdentifier]
    while !latest.isEmpty {
      latest = parents.filter { latest.contains($0.value) }.map(\.key)
      found += latest
    }
    return found
  }

  private func signal(_ number: Int32) {
    for pid in processes { kill(pid, number) }
  }
}
