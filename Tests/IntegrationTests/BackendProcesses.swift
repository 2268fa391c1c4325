import Foundation
import Support

/// Three backend processes on ports of their own, with a script that stops and starts them by address.
final class BackendProcesses {
  let ports = FreePort.reserve(3)
  let script: String
  let folder: TemporaryFolder

  init(in folder: TemporaryFolder) throws {
    self.folder = folder
    script = try folder.write(
      """
      port=${2##*:}
      case $1 in
      start) setsid '\(try LbcheckTool.path())' testbed-backend --name app-$port --port $port >/dev/null 2>&1 </dev/null &
        echo $! > '\(folder.path)'/$port.pid;;
      stop) kill -KILL $(cat '\(folder.path)'/$port.pid);;
      esac
      """, to: "backend.sh")
    for port in ports { try run("start", port) }
    let deadline = Date(timeIntervalSinceNow: 5)
    while !ports.allSatisfy(FreePort.answers), Date() < deadline { usleep(20_000) }
  }

  deinit {
    for port in ports {
      if let pid = folder.read("\(port).pid").flatMap({ Int32($0.dropLast()) }), pid > 1 { kill(pid, SIGKILL) }
    }
  }

  private func run(_ action: String, _ port: UInt16) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [script, action, ":\(port)"]
    process.standardError = FileHandle.nullDevice
    // Not waited for: Foundation waits until the backend, too, has closed what it inherited.
    try process.launchUnblocked()
  }
}
