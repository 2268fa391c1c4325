internal import Glibc
internal import Platform

extension System {
  /// Writes a file beside `path` and renames it, so that no reader sees half of it.
  static func replaceFile(_ path: String, with bytes: [UInt8]) throws(TestbedError) {
    let draft = path + ".new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .system(SystemError("writing \(path)", code: errno)) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        retrying { Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written) }
      }
      guard count > 0 else {
        close(descriptor)
        unlink(draft)
        throw .system(SystemError("writing \(path)", code: Int32(-count)))
      }
      written += count
    }
    close(descriptor)
    guard rename(draft, path) == 0 else { throw .system(SystemError("writing \(path)", code: errno)) }
  }

  /// Creates a folder with its parents, unless it exists, and checks that files can be created in it.
  static func makeFolder(_ path: String) throws(TestbedError) {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += prefix.isEmpty || prefix == "/" ? String(part) : "/\(part)"
      guard mkdir(prefix, 0o755) == 0 || errno == EEXIST else {
        throw .system(SystemError("writing \(path)", code: errno))
      }
    }
    guard access(path, W_OK | X_OK) == 0 else { throw .system(SystemError("writing \(path)", code: errno)) }
  }
}
