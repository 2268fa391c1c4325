import Foundation
import Support
import Testbed
import Testing

@Suite struct LifelineTests {
  @Test("A backend ends with its lifeline, even while it is stopped", arguments: [false, true])
  func lifeline(isStopped: Bool) throws {
    let port = FreePort.reserve()
    let pipe = Pipe()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try LbcheckTool.path())
    process.arguments = ["testbed-backend", "--name", "a", "--port", "\(port)", "--lifeline-fd", "0"]
    process.standardInput = pipe
    try process.run()
    defer { kill(process.processIdentifier, SIGKILL) }
    #expect(eventually { FreePort.answers(port) })
    if isStopped { kill(process.processIdentifier, SIGSTOP) }
    #expect(process.isRunning)
    try pipe.fileHandleForWriting.close()
    #expect(eventually { !process.isRunning })
  }
}
