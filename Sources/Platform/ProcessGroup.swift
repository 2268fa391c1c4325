internal import CLinux
internal import Glibc

/// A child that leads a process group of its own, and all that it starts there.
///
/// Ctrl-C in a terminal does not reach it. Its pid is not reused until it is reaped, so a signal cannot hit another process
/// before.
public final class ProcessGroup: Sendable {
  /// The child's process number, and the group's.
  public let leader: Int32

  /// Readable once the leader has ended; -1 where the kernel has no such descriptor (before Linux 5.3).
  private let pidfd: Int32

  /// How the leader ended.
  public enum Ending: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
    /// Other code has reaped it.
    case unknown

    /// As in shells: the exit status, or 128 + the signal; 255 if unknown.
    public var status: Int32 {
      switch self {
      case .exited(let status): status
      case .signalled(let signal): 128 + signal
      case .unknown: 255
      }
    }
  }

  /// Starts a program with default signal handling.
  ///
  /// - Parameters:
  ///   - program: a path, or a name that is looked up in `PATH`.
  ///   - arguments: the program's name first; none of them has a NUL character.
  ///   - environment: all of it, each as `NAME=value`; `nil` for this process's own.
  ///   - descriptors: what it gets as 0, 1, 2 and so on, where `nil` is `/dev/null`; it gets no other.
  public init(
    _ program: String, _ arguments: [String], environment: [String]? = nil, workingDirectory: String? = nil,
    descriptors: [Int32?]
  ) throws(SystemError) {
    // High numbers, so that a dup2 in the child does not overwrite another.
    var sources: [Int32?] = []
    defer { for case let source? in sources { System.close(source) } }
    for descriptor in descriptors {
      let source = descriptor.map { fcntl($0, F_DUPFD_CLOEXEC, Int32(16 + descriptors.count)) }
      if let source, source < 0 { throw .last("fcntl") }
      sources.append(source)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (index, source) in sources.enumerated() {
      if let source {
        posix_spawn_file_actions_adddup2(&actions, source, Int32(index))
      } else {
        posix_spawn_file_actions_addopen(&actions, Int32(index), "/dev/null", O_RDWR, 0)
      }
    }
    _ = clinux_spawn_close_from(&actions, Int32(sources.count))
    if let workingDirectory {
      let code = clinux_spawn_change_directory(&actions, workingDirectory)
      guard code == 0 else { throw SystemError("chdir", code: code) }
    }
    var attributes = Self.attributes()
    defer { posix_spawnattr_destroy(&attributes) }
    var pid: pid_t = 0
    let code = Self.withCStrings(arguments) { argv in
      guard let environment else { return posix_spawnp(&pid, program, &actions, &attributes, argv, environ) }
      return Self.withCStrings(environment) { posix_spawnp(&pid, program, &actions, &attributes, argv, $0) }
    }
    guard code == 0 else { throw SystemError("posix_spawn", code: code) }
    leader = pid
    pidfd = clinux_open_pidfd(pid)
  }

  deinit { System.close(pidfd) }

  /// Whether the leader has ended, which leaves it there to be reaped.
  public var hasEnded: Bool {
    var information = siginfo_t()
    while waitid(P_PID, id_t(leader), &information, WEXITED | WNOHANG | WNOWAIT) != 0 {
      if errno != EINTR { return true }
    }
    return information.si_signo == SIGCHLD
  }

  /// Waits until the leader has ended, or one of the descriptors can be read, or `deadline` has passed.
  ///
  /// - Returns: ``hasEnded``.
  @discardableResult
  public func waitForEnd(orReading descriptors: [Int32] = [], until deadline: Nanoseconds) -> Bool {
    // Without the descriptor, only polling shows the end.
    let pause = pidfd < 0 ? min(deadline, MonotonicClock.now() + 1_000_000) : deadline
    System.wait(for: .reading, of: descriptors + (pidfd < 0 ? [] : [pidfd]), until: pause)
    return hasEnded
  }

  /// Sends a signal to every process of the group; only before ``reap()``.
  public func signal(_ number: Int32) { kill(-leader, number) }

  /// Sends a signal to the leader alone; only before ``reap()``.
  public func signalLeader(_ number: Int32) { kill(leader, number) }

  /// Waits for the leader's end; once, by one thread.
  public func reap() -> Ending {
    var status: Int32 = 0
    let result = System.retrying { Int(waitpid(leader, &status, 0)) }
    guard result >= 0 else { return .unknown }
    let signal = status & 0x7F
    return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
  }

  /// A group of its own, all signals handled as the system does and none blocked.
  private static func attributes() -> posix_spawnattr_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    return attributes
  }

  private static func withCStrings<R>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
    let copies = strings.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    return body(copies)
  }
}
