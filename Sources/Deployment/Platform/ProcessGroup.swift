internal import CLinux
internal import Glibc

/// A child that leads a process group of its own, and all that it starts there.
///
/// Its number stays its own until it is reaped, so that a signal to the group cannot hit anybody else before.
struct ProcessGroup {
  let leader: Int32

  enum Ending: Equatable {
    case exited(Int32)
    case signalled(Int32)
    /// Somebody else has reaped it.
    case unknown
  }

  /// Starts the program that `PATH` leads to, with default signal handling and no descriptor but 0, 1 and 2.
  ///
  /// - Parameters:
  ///   - arguments: the program's name first; none of them has a NUL character.
  ///   - environment: all of it, each as `NAME=value`.
  ///   - output: what it gets as descriptor 1, 16 or greater.
  ///   - errors: what it gets as descriptor 2, 16 or greater.
  /// - Returns: the group, or the error number of what failed.
  static func start(
    _ arguments: [String], environment: [String], workingDirectory: String?, output: Int32, errors: Int32
  ) -> Result<ProcessGroup, Errno> {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    _ = clinux_spawn_close_from(&actions, 3)
    if let workingDirectory {
      let code = addChangeOfDirectory(to: workingDirectory, &actions)
      guard code == 0 else { return .failure(Errno(code: code)) }
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var blocked = sigset_t()
    var defaulted = sigset_t()
    sigemptyset(&blocked)
    sigfillset(&defaulted)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    posix_spawnattr_setsigdefault(&attributes, &defaulted)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    var pid: pid_t = 0
    let code = withCStrings(arguments) { argv in
      withCStrings(environment) { envp in
        posix_spawnp(&pid, arguments[0], &actions, &attributes, argv, envp)
      }
    }
    return code == 0 ? .success(ProcessGroup(leader: pid)) : .failure(Errno(code: code))
  }

  struct Errno: Error, Equatable {
    let code: Int32
  }

  /// Whether the leader has ended, which leaves it there to be reaped.
  var hasEnded: Bool {
    var information = siginfo_t()
    while waitid(P_PID, id_t(leader), &information, WEXITED | WNOHANG | WNOWAIT) != 0 {
      if errno != EINTR { return true }
    }
    return information.si_signo == SIGCHLD
  }

  /// Sends a signal to every process of the group; only before ``reap()``.
  func signal(_ number: Int32) {
    kill(-leader, number)
  }

  /// Waits for the leader's end.
  func reap() -> Ending {
    var status: Int32 = 0
    while waitpid(leader, &status, 0) < 0 {
      if errno != EINTR { return .unknown }
    }
    let signal = status & 0x7F
    return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
  }

  /// `posix_spawn_file_actions_addchdir_np`, which Swift's Glibc module does not show; 0 or an error number.
  private static func addChangeOfDirectory(to path: String, _ actions: inout posix_spawn_file_actions_t) -> Int32 {
    typealias Call = @convention(c) (UnsafeMutableRawPointer, UnsafePointer<CChar>) -> Int32
    guard let symbol = dlsym(nil, "posix_spawn_file_actions_addchdir_np") else { return ENOSYS }
    return unsafeBitCast(symbol, to: Call.self)(&actions, path)
  }

  private static func withCStrings<R>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R
  ) -> R {
    let copies = strings.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    return body(copies)
  }
}
