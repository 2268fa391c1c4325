import Foundation
import Support
import Testing

/// An app under pm2, or under the stand-in that speaks and acts the same.
final class PM2App {
  let tool: LbcheckTool
  let port = FreePort.reserve()
  let program: String

  /// The stand-in.
  static let standIn = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("PM2/pm2.js")
    .path

  /// The stand-in and, where it is installed, pm2 itself.
  static let programs: [String] = {
    let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/pm2" }
    return [standIn] + places.filter(FileManager.default.isExecutableFile(atPath:)).prefix(1)
  }()

  init(program: String = PM2App.standIn) throws {
    tool = try LbcheckTool()
    self.program = program
  }

  deinit { try? shell("'\(program)' kill") }

  var environment: [String: String] { ["PM2_HOME": home, "PORT": String(port)] }
  var home: String { tool.folder.path + "/pm2" }
  var url: String { "http://127.0.0.1:\(port)/" }

  func shell(_ command: String) throws {
    // Foundation waits for a daemon that a command leaves behind; the status is had from a file instead.
    let status = tool.folder.path + "/status"
    try? FileManager.default.removeItem(atPath: status)
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    let log = tool.folder.path + "/pm2.log"
    shell.arguments = [
      "-c", "timeout 60 \(command) </dev/null >'\(log)' 2>&1; echo $? >'\(status)~'; mv '\(status)~' '\(status)'",
    ]
    shell.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    try shell.run()
    let deadline = Date(timeIntervalSinceNow: 70)
    while tool.folder.read("status") == nil, Date() < deadline { usleep(20_000) }
    #expect(tool.folder.read("status") == "0\n", "\(command): \(tool.folder.read("pm2.log") ?? "")")
  }

  /// Starts an app and waits until it answers.
  func start(_ code: String, _ options: String) throws {
    let app = try tool.folder.write(code, to: "app.js")
    try shell("'\(program)' start '\(app)' --name shop \(options)")
    let deadline = Date(timeIntervalSinceNow: 20)
    while !FreePort.answers(port), Date() < deadline { usleep(20_000) }
  }

  func lbcheck(
    _ check: String, _ options: [String], url: String? = nil, interruptAfter: Double? = nil
  ) throws -> LbcheckTool.Outcome {
    try tool.run(
      [check, url ?? self.url, "--pm2", "shop", "--pm2-program", program, "--json"] + options, environment: environment,
      interruptAfter: interruptAfter, deadline: 150)
  }

  /// A server that names itself and its process, and finishes its answers when it is asked to end.
  ///
  /// - Parameters:
  ///   - before: statements that run first.
  ///   - answer: statements that run for each request.
  static func draining(before: String = "", answer: String = "") -> String {
    """
    const http = require('http');
    \(before)
    const server = http.createServer((request, response) => {
      \(answer)
      response.setHeader('X-Backend', `app-${process.env.NODE_APP_INSTANCE || 0}`);
      response.setHeader('X-Generation', process.pid);
      response.end('hello');
    });
    server.listen(process.env.PORT, '127.0.0.1');
    process.on('SIGINT', () => server.close(() => setTimeout(() => process.exit(0), 100)));
    """
  }
}
