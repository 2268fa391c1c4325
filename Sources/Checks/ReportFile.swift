internal import Glibc
package import Report

extension ReportDocument {
  /// Reads a report from its file or the folder that holds it.
  ///
  /// - Throws: an error with the path that was read, and what was expected there.
  package init(path: String) throws(ReportFormatError) {
    var status = stat()
    let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    let file = isFolder ? path + (path.hasSuffix("/") ? "" : "/") + "report.json" : path
    self = try ReportFile.read(
      file, expecting: "a report.json or a folder that holds one", schema: Self.currentSchema
    ) { bytes throws(ReportFormatError) in
      try Self(json: bytes)
    }
  }
}

extension PartDocument {
  /// Reads a part from its file.
  ///
  /// - Throws: an error with the path that was read, and what was expected there.
  package init(path: String) throws(ReportFormatError) {
    self = try ReportFile.read(path, expecting: "a part-I-of-N.json", schema: Self.currentSchema) {
      bytes throws(ReportFormatError) in
      try Self(json: bytes)
    }
  }
}

private enum ReportFile {
  /// Reads a document; an error says where, and what was expected there.
  static func read<Document>(
    _ file: String, expecting expectation: String, schema: String,
    as decode: ([UInt8]) throws(ReportFormatError) -> Document
  ) throws(ReportFormatError) -> Document {
    let shown = Escaping.terminal(file)
    guard let bytes = bytes(of: file) else {
      let reason = String(cString: strerror(errno))
      throw ReportFormatError(description: "\(shown): \(reason) (expected \(expectation))")
    }
    do throws(ReportFormatError) {
      return try decode(bytes)
    } catch {
      let isTold = error.description.contains("expected")
      throw ReportFormatError(description: "\(shown): \(error.description)" + (isTold ? "" : " (expected \(schema))"))
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
      let count = Glibc.read(descriptor, &chunk, chunk.count)
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
