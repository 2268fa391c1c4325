internal import Glibc
package import Report

/// Why two reports cannot be compared.
package struct ComparisonError: Error, Equatable {
  package enum Side: Equatable, Sendable {
    case base
    case candidate
  }

  /// Whose fault it is; of two that do not fit, the candidate's.
  package let side: Side
  /// What is wrong with it and what was expected, without a full stop.
  package let reason: String

  package init(_ side: Side, _ reason: String) {
    self.side = side
    self.reason = reason
  }
}

extension ReportDocument {
  /// Reads a report from its file or the folder that holds it.
  ///
  /// - Throws: an error with the path that was read, and what was expected there.
  package init(path: String) throws(ReportFormatError) {
    var status = stat()
    let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    let file = isFolder ? path + (path.hasSuffix("/") ? "" : "/") + "report.json" : path
    let shown = Escaping.terminal(file)
    guard let bytes = Self.bytes(of: file) else {
      let reason = String(cString: strerror(errno))
      throw ReportFormatError(description: "\(shown): \(reason) (expected a report.json or a folder that holds one)")
    }
    do throws(ReportFormatError) {
      try self.init(json: bytes)
    } catch {
      let isTold = error.description.contains("expected")
      throw ReportFormatError(
        description: "\(shown): \(error.description)" + (isTold ? "" : " (expected \(Self.currentSchema))"))
    }
  }

  /// The bytes of a file, at most 256 MiB; nil, with the reason in `errno`, if it cannot be read.
  private static func bytes(of path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var reason: Int32 = 0
    while reason == 0 {
      let count = read(descriptor, &chunk, chunk.count)
      if count == 0 { break }
      if count < 0 {
        if errno != EINTR { reason = errno }
      } else {
        bytes += chunk[..<count]
        if bytes.count > 256 << 20 { reason = EFBIG }
      }
    }
    close(descriptor)
    errno = reason
    return reason == 0 ? bytes : nil
  }
}
