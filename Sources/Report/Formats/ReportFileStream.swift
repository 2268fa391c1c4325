internal import Glibc
internal import Platform
internal import Synchronization

/// A file of a report that grows while a run goes on, and appears in the folder once it is whole.
///
/// After the first error it takes nothing more; ``finish()`` throws it. What is not finished is removed.
public final class ReportFileStream: Sendable {
  private struct State {
    var descriptor: Int32
    /// The system's number of the first error, 0 for none.
    var failure: Int32 = 0
  }

  private let final: String
  private let temporary: String
  private let state: Mutex<State>

  /// - Throws: an error that names the path and the reason.
  init(_ name: String, in folder: String) throws(ReportFolderError) {
    final = "\(folder)/\(name)"
    temporary = ReportFolder.temporary(name, in: folder)
    Leftovers.add(file: temporary)
    let descriptor = ReportFolder.create(temporary)
    state = Mutex(State(descriptor: descriptor))
    guard descriptor >= 0 else { throw ReportFolderError(path: final, operation: "write", code: errno) }
  }

  deinit { discard() }

  public func append(_ bytes: [UInt8]) {
    state.withLock { state in
      guard state.descriptor >= 0, state.failure == 0 else { return }
      state.failure = ReportFolder.put(bytes, to: state.descriptor)
    }
  }

  /// Discards all that was appended.
  public func restart() {
    state.withLock { state in
      guard state.descriptor >= 0, state.failure == 0 else { return }
      if ftruncate(state.descriptor, 0) != 0 || lseek(state.descriptor, 0, SEEK_SET) != 0 { state.failure = errno }
    }
  }

  /// Renames the file into place.
  ///
  /// - Throws: an error that names the path and the reason; then there is no file, nor a part of it.
  public func finish() throws(ReportFolderError) {
    let failure = state.withLock { state -> Int32 in
      guard state.descriptor >= 0 else { return 0 }
      if state.failure == 0 { state.failure = ReportFolder.sync(state.descriptor) }
      if close(state.descriptor) != 0, state.failure == 0, errno != EINTR { state.failure = errno }
      state.descriptor = -1
      if state.failure == 0, rename(temporary, final) != 0 { state.failure = errno }
      // The rest of a file that has filled the disk would keep the report from being written.
      if state.failure != 0 { unlink(temporary) }
      Leftovers.drop(file: temporary)
      return state.failure
    }
    if failure != 0 { throw ReportFolderError(path: final, operation: "write", code: failure) }
  }

  /// Removes what was written, unless it is finished.
  public func discard() {
    state.withLock { state in
      guard state.descriptor >= 0 else { return }
      close(state.descriptor)
      unlink(temporary)
      Leftovers.drop(file: temporary)
      state.descriptor = -1
    }
  }
}
