internal import Glibc
internal import Synchronization

/// A file to which lines are added while the process runs, and which is whole up to the last of them if that is killed.
///
/// After the first error it takes nothing more.
public final class AppendedFile: Sendable {
  public let path: String
  private let state: Mutex<(descriptor: Int32, failure: Int32)>

  /// Opens the file, which is made if it is not there.
  ///
  /// - Parameter isNew: whether what it holds is discarded.
  /// - Throws: the reason why it cannot be opened.
  public init(_ path: String, isNew: Bool = false) throws(SystemError) {
    self.path = path
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (isNew ? O_TRUNC : 0), 0o644)
    guard descriptor >= 0 else { throw .last("open") }
    state = Mutex((descriptor, 0))
  }

  deinit { state.withLock { System.close($0.descriptor) } }

  /// The first error in words; `nil` where there was none.
  public var failure: String? {
    state.withLock { $0.failure == 0 ? nil : SystemError.message(for: $0.failure) }
  }

  /// Adds a text at once, with nothing held back.
  public func append(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      state.withLock { state in
        guard state.failure == 0 else { return }
        var offset = 0
        while offset < bytes.count {
          let written = System.retrying { write(state.descriptor, bytes.baseAddress! + offset, bytes.count - offset) }
          guard written > 0 else {
            state.failure = written == 0 ? EIO : Int32(-written)
            return
          }
          offset += written
        }
      }
    }
  }
}
