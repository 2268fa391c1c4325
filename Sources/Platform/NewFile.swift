internal import Glibc

/// Writes a small file that is there whole or not at all.
public enum NewFile {
  /// Whether something is at a path, a broken symbolic link included.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Makes a folder unless there is one.
  public static func makeFolder(_ path: String) throws(SystemError) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .last("mkdir") }
  }

  /// - Parameter replaces: whether a file that is there is replaced; otherwise it stays, and the error is `EEXIST`.
  public static func write(_ text: String, to path: String, replaces: Bool) throws(SystemError) {
    let draft = "\(path).\(getpid())~"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw .last("open") }
    defer { unlink(draft) }
    let isWritten = Array(text.utf8).withUnsafeBytes { bytes in
      var offset = 0
      while offset < bytes.count {
        let count = System.retrying { Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset) }
        if count <= 0 {
          if count < 0 { errno = Int32(-count) }
          return false
        }
        offset += count
      }
      return true
    }
    let failure = isWritten ? nil : SystemError.last("write")
    System.close(descriptor)
    if let failure { throw failure }
    let result = replaces ? rename(draft, path) : link(draft, path)
    guard result == 0 else { throw .last(replaces ? "rename" : "link") }
  }
}
