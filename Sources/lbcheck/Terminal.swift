internal import Glibc

/// The two output streams: results go to standard output, everything else to standard error.
enum Terminal {
  static func result(_ text: String) { put(text, STDOUT_FILENO) }

  static func message(_ text: String) { put(text + "\n", STDERR_FILENO) }

  /// Text without a line end, for a line that is drawn over.
  static func draw(_ text: String) { put(text, STDERR_FILENO) }

  static var showsResult: Bool { isatty(STDOUT_FILENO) == 1 }
  static var showsMessages: Bool { isatty(STDERR_FILENO) == 1 }

  /// The width of the terminal behind standard error, 80 if there is none.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
    return Int(size.ws_col)
  }

  /// Whether colours are wanted: a terminal, and no `NO_COLOR` in the environment (no-color.org).
  static var wantsColour: Bool {
    guard showsResult else { return false }
    guard let value = getenv("NO_COLOR") else { return true }
    return value.pointee == 0
  }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The time of day.
  static var secondsSince1970: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func put(_ text: String, _ descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var offset = 0
      while offset < bytes.count {
        let written = write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
        if written < 0 {
          if errno == EINTR || errno == EAGAIN { continue }
          return
        }
        offset += written
      }
    }
  }
}
