import Foundation

/// A terminal of a test's own, in which one program runs.
package final class PseudoTerminal {
  private let master: Int32
  private let process = Process()
  private var bytes: [UInt8] = []

  /// Runs a command in a terminal of so many columns; its result, too, goes there unless `output` takes it.
  package init(columns: Int, _ command: [String], in folder: TemporaryFolder) throws {
    var (master, slave): (Int32, Int32) = (-1, -1)
    var size = winsize(ws_row: 50, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    guard openpty(&master, &slave, nil, nil, &size) == 0 else { throw TestFailure("openpty: \(errno)") }
    self.master = master
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "TERM": "xterm"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = terminal
    process.standardError = terminal
    try process.launchUnblocked()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    close(master)
  }

  /// Makes it narrower or wider, as the user who draws its window does.
  package func resize(columns: Int) {
    var size = winsize(ws_row: 50, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    kill(process.processIdentifier, SIGWINCH)
  }

  package func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Reads until the text that came meets a condition.
  ///
  /// - Returns: all that came so far, control characters included.
  @discardableResult
  package func read(within seconds: Double = 60, until condition: (String) -> Bool) throws -> String {
    let end = Date(timeIntervalSinceNow: seconds * Double(Patience.factor))
    while true {
      take()
      let text = String(decoding: bytes, as: UTF8.self)
      if condition(text) { return text }
      guard Date() < end else { throw TestFailure("not seen in the terminal: \(text.suffix(2000))") }
      usleep(5_000)
    }
  }

  /// Reads until the program ends.
  package func finish(within seconds: Double = 60) throws -> (status: Int32, text: String) {
    try read(within: seconds) { _ in !process.isRunning }
    take()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
  }

  private func take() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Foundation.read(master, &buffer, buffer.count)
      guard count > 0 else { return }
      bytes += buffer[..<count]
    }
  }

  /// The lines of a text as a terminal shows them, each whole, also those that were drawn over.
  package static func lines(of text: String) -> [String] {
    let ends: Set<Character> = ["\n", "\r", "\r\n"]
    let lines: [String] = text.split(whereSeparator: ends.contains).map(String.init)
    return lines.map { (line: String) -> String in line.replacing(/\x1B\[[0-9;?]*[A-Za-z]/, with: "") }
  }
}
