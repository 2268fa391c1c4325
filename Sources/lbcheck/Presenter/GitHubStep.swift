internal import Glibc
internal import Platform
internal import Report

/// The step of a GitHub Actions workflow that the program runs in, if it does.
enum GitHubStep {
  /// Writes a report as annotations and into the step's summary.
  ///
  /// - Returns: whether all that was to be shown is.
  static func show(_ document: ReportDocument) -> Bool {
    guard Terminal.environment("GITHUB_ACTIONS") == "true" else { return true }
    let writer = GitHubWriter()
    for command in writer.annotations(document) { Terminal.message(command) }
    guard let path = Terminal.environment("GITHUB_STEP_SUMMARY"), !path.isEmpty else { return true }
    let code = append(Array(writer.summary(document).utf8), to: path)
    guard code != 0 else { return true }
    Terminal.message(
      "error: the step's summary cannot be written to \(Escaping.terminal(path)): \(SystemError.message(for: code))")
    return false
  }

  /// Appends to what earlier steps may have written.
  ///
  /// - Returns: the system's number of an error, 0 for none.
  private static func append(_ bytes: [UInt8], to path: String) -> Int32 {
    // A pipe without a reader is an error, not something to wait for.
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { return errno }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count == 0 || errno != EINTR {
        let reason = count == 0 ? EIO : errno
        close(descriptor)
        return reason
      }
    }
    return close(descriptor) == 0 || errno == EINTR ? 0 : errno
  }
}
