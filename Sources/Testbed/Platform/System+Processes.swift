internal import CLinux
internal import Glibc

/// Starting, signalling and reaping child processes.
extension System {
  /// The program that is running; falls back to the kernel's own name for it when its file is gone.
  static func executablePath() -> String {
    let kernelName = "/proc/self/exe"
    let path = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { buffer -> String? in
      let count = readlink(kernelName, buffer.baseAddress!, Int(PATH_MAX))
      guard count > 0 else { return nil }
      return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    guard let path, access(path, X_OK) == 0 else { return kernelName }
    return path
  }

  /// Starts a program in a process group of its own, with default signal handling.
  ///
  /// - Parameters:
  ///   - arguments: its arguments, the program's name first.
  ///   - descriptors: what it gets as descriptors 3, 4, … in this order; it gets no other but 0, 1 and 2.
  ///     They must be 16 or greater.
  /// - Returns: its process number, or the error number negated.
  static func spawn(_ executable: String, _ arguments: [String], descriptors: [Int32]) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    for (offset, descriptor) in descriptors.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(3 + offset))
    }
    _ = clinux_spawn_close_from(&actions, Int32(3 + descriptors.count))

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    argv.append(nil)
    defer { for argument in argv { free(argument) } }
    var pid: pid_t = 0
    let result = posix_spawn(&pid, executable, &actions, &attributes, &argv, environ)
    return result == 0 ? pid : -result
  }

  /// A copy of a descriptor that is at least 16 and that no child inherits, or the error number negated.
  static func duplicate(_ descriptor: Int32) -> Int32 {
    Int32(retrying { Int(fcntl(descriptor, F_DUPFD_CLOEXEC, 16)) })
  }

  /// Sends a signal to a process that has not been reaped.
  static func signal(_ number: Int32, to pid: Int32) {
    if pid > 0 { kill(pid, number) }
  }

  /// The exit status of a child that has ended, or 128 + the signal that ended it; nil while it runs.
  static func reap(_ pid: Int32) -> Int32? {
    var status: Int32 = 0
    let result = retrying { Int(waitpid(pid, &status, WNOHANG)) }
    if result == 0 { return nil }
    // Somebody else has reaped it: it has ended, whatever its status was.
    return result < 0 ? 255 : clinux_exit_status(status)
  }
}
