internal import Glibc
internal import Synchronization

/// What this process would leave behind if it ended at once: incomplete files, folders made for them, and the
/// process groups of running commands.
///
/// An orderly exit cleans up where each was created; this is for an exit that waits for nothing.
public enum Leftovers {
  private struct State {
    var files: Set<String> = []
    /// The outermost first.
    var folders: [String] = []
    var groups: Set<Int32> = []
    /// What will not be undone, keyed by its subject.
    var unfinished: [String: String] = [:]
  }

  private static let state = Mutex(State())

  /// Notes a file, before it is opened.
  public static func add(file path: String) { state.withLock { _ = $0.files.insert(path) } }

  /// A file is complete and renamed into place, or removed.
  public static func drop(file path: String) { state.withLock { _ = $0.files.remove(path) } }

  /// Notes a folder, which is removed only if it is empty.
  public static func add(folder path: String) { state.withLock { $0.folders.append(path) } }

  /// Starts a process group of its own, so that no end comes between its start and its note.
  ///
  /// - Parameter start: returns the group's number; `nil` if there is no group.
  public static func addGroup<Started>(_ start: () -> (Started, Int32?)) -> Started {
    state.withLock { state in
      let (started, group) = start()
      if let group { state.groups.insert(group) }
      return started
    }
  }

  /// A process group is about to be reaped, and its number with it.
  public static func drop(group: Int32) { state.withLock { _ = $0.groups.remove(group) } }

  /// Notes in one line what will not be undone; `nil` once it is undone.
  public static func set(unfinished line: String?, about subject: String) {
    state.withLock { $0.unfinished[subject] = line }
  }

  /// Ends this process at once, and cleans up all that it would leave.
  ///
  /// - Parameter tell: receives a line for everything that stays undone.
  public static func endProcess(_ status: Int32, tell: ([String]) -> Void) -> Never {
    state.withLock { state in
      for group in state.groups { kill(-group, SIGKILL) }
      tell(state.unfinished.sorted { $0.key < $1.key }.map(\.value))
      for file in state.files { unlink(file) }
      for folder in state.folders.reversed() { rmdir(folder) }
      // Under the lock, so that nothing is begun meanwhile.
      _exit(status)
    }
  }
}
