internal import Glibc
internal import Platform
internal import Report
internal import Synchronization

/// The two output streams: results go to standard output, everything else to standard error.
///
/// Nothing else writes to either. All text for standard error is escaped here.
enum Terminal {
  /// The number of the first error in writing a result; 0 for none.
  private static let resultFailure = Atomic<Int32>(0)

  /// Writes a result, which is already escaped.
  static func result(_ text: String) {
    let failure = put(text, STDOUT_FILENO)
    if failure != 0 { _ = resultFailure.compareExchange(expected: 0, desired: failure, ordering: .relaxed) }
  }

  /// Writes one line: control characters and workflow commands are escaped, credentials masked.
  static func message(_ line: String) { message(lines: [line]) }

  /// Makes messages show credentials, for `--show-secrets`.
  static func showSecrets() { showsSecrets.store(true, ordering: .relaxed) }

  private static let showsSecrets = Atomic(false)

  /// Writes lines, each as ``message(_:)`` does.
  static func message(lines: [String]) {
    let shown = (showsSecrets.load(ordering: .relaxed) ? lines : lines.map { Secrets.text($0) })
      .map { Escaping.terminal($0) }
    let fitting = showsMessages ? shown.flatMap { TextWriter.lines($0, fitting: width) } : shown
    write(fitting.map { $0 + "\n" }.joined())
  }

  /// Writes an address whose token is meant to be shown.
  static func address(_ name: String, _ url: String) { write("\(name): \(url)\n") }

  /// Writes workflow commands for GitHub's runner.
  static func message(_ command: WorkflowCommand) { write(command.line + "\n") }

  /// How many columns the progress line takes that stands in the terminal, 0 for none.
  private static let drawn = Mutex(0)

  /// Redraws the progress line; an empty text removes it.
  ///
  /// - Parameter line: has no control characters.
  static func redraw(_ line: String) {
    drawn.withLock { drawn in
      _ = put(erasing(drawn) + line, STDERR_FILENO)
      drawn = Escaping.columns(line)
    }
  }

  /// Writes to standard error, above no progress line.
  private static func write(_ text: String) {
    drawn.withLock { drawn in
      _ = put((drawn > 0 ? erasing(drawn) : "") + text, STDERR_FILENO)
      drawn = 0
    }
  }

  /// Removes a line of this many columns; a terminal that has become narrower since shows it in several rows.
  private static func erasing(_ columns: Int) -> String {
    let above = max(0, columns - 1) / width
    return "\r" + (above > 0 ? "\u{1B}[\(above)A" : "") + "\u{1B}[J"
  }

  /// The final exit status: a result that could not be written is no success, and the reason is reported.
  static func final(_ status: ExitStatus) -> ExitStatus {
    let failure = resultFailure.load(ordering: .relaxed)
    guard failure != 0 else { return status }
    message("error: standard output: \(SystemError.message(for: failure))")
    return status == .passed ? .inconclusive : status
  }

  static var showsResult: Bool { isatty(STDOUT_FILENO) == 1 }
  static var isTyped: Bool { isatty(STDIN_FILENO) == 1 }
  static var showsMessages: Bool { isatty(STDERR_FILENO) == 1 }

  /// The width of the terminal behind standard error, 80 if there is none.
  static var width: Int { width(of: STDERR_FILENO) ?? 80 }

  /// The width of the terminal that shows the result; `nil` if there is none.
  static var resultWidth: Int? { width(of: STDOUT_FILENO) }

  private static func width(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return max(20, Int(size.ws_col))
  }

  /// Whether to use colours: on a terminal, without `NO_COLOR` in the environment (no-color.org).
  static var wantsColour: Bool {
    guard showsResult else { return false }
    guard let value = getenv("NO_COLOR") else { return true }
    return value.pointee == 0
  }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Writes all of a text; the result is the system's number of an error, 0 for none.
  private static func put(_ text: String, _ descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var offset = 0
      while offset < bytes.count {
        let written = Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
        if written >= 0 {
          offset += written
        } else if errno == EAGAIN {
          // Another process has made the stream non-blocking.
          System.wait(for: .writing, of: [descriptor], until: nil)
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }
}
