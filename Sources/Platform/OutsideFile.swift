public import Glibc

/// Reads files that others may have made: only regular ones, and only so much of them.
public enum OutsideFile {
  /// Why a file is not read.
  public struct Refusal: Error, Equatable {
    public enum Kind: Sendable {
      /// It cannot be opened or read; there may be none.
      case unreadable
      case directory
      /// A pipe, a device or a socket, which might have no end or make the reader wait.
      case notRegular
      case symbolicLink
      case stranger
      case tooLarge
    }

    public let kind: Kind
    /// As it follows the file's name and a colon.
    public let reason: String
  }

  /// - Parameters:
  ///   - limit: the most bytes.
  ///   - followsLinks: whether a symbolic link at the path's end may lead elsewhere.
  ///   - isTrusted: takes the owner's user id; whether that user's files may be read.
  public static func read(
    _ path: String, limit: Int, followsLinks: Bool = true, isTrusted: (uid_t) -> Bool = { _ in true }
  ) throws(Refusal) -> [UInt8] {
    func failure() -> Refusal { Refusal(kind: .unreadable, reason: SystemError.message(for: errno)) }
    // Opening a pipe without O_NONBLOCK waits for whoever writes into it.
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (followsLinks ? 0 : O_NOFOLLOW)
    let descriptor = open(path, flags)
    guard descriptor >= 0 else {
      if errno == ELOOP, !followsLinks { throw Refusal(kind: .symbolicLink, reason: "a symbolic link is not followed") }
      throw failure()
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw Refusal(kind: .directory, reason: SystemError.message(for: EISDIR))
    default: throw Refusal(kind: .notRegular, reason: "not a regular file")
    }
    guard isTrusted(status.st_uid) else {
      throw Refusal(kind: .stranger, reason: "it belongs to another user (\(status.st_uid))")
    }
    guard status.st_size <= limit else { throw tooLarge(limit) }
    // It may grow meanwhile, and what the kernel itself makes has no size.
    return try all(of: descriptor, size: Int(status.st_size), limit: limit)
  }

  /// Reads standard input to its end, whatever it is.
  ///
  /// - Parameter limit: the most bytes.
  public static func readStandardInput(limit: Int) throws(Refusal) -> [UInt8] {
    try all(of: STDIN_FILENO, size: 0, limit: limit)
  }

  private static func all(of descriptor: Int32, size: Int, limit: Int) throws(Refusal) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0 {
        guard errno == EINTR else {
          throw Refusal(kind: .unreadable, reason: SystemError.message(for: errno))
        }
        continue
      }
      bytes += chunk[..<count]
      guard bytes.count <= limit else { throw tooLarge(limit) }
    }
  }

  private static func tooLarge(_ limit: Int) -> Refusal {
    Refusal(kind: .tooLarge, reason: "larger than " + (limit >= 1 << 20 ? "\(limit >> 20) MiB" : "\(limit >> 10) KiB"))
  }
}
