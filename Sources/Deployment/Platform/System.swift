internal import CLinux
internal import Glibc

/// The kernel's calls on time and pipes, with interruptions retried and error numbers as values.
enum System {
  /// CLOCK_MONOTONIC, in nanoseconds.
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }

  /// The words for an error number.
  static func message(for code: Int32) -> String {
    String(cString: strerror(code))
  }

  static func close(_ descriptor: Int32) {
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
  }

  /// A pipe that no child inherits, its reading end non-blocking and both of its numbers 16 or greater.
  ///
  /// High numbers, so that giving one its place in a child does not overwrite another one.
  ///
  /// - Returns: nil, with `errno` set, when the kernel has no more descriptors.
  static func pipe() -> (reading: Int32, writing: Int32)? {
    var low: [Int32] = [-1, -1]
    guard clinux_pipe_close_on_exec(&low) == 0 else { return nil }
    defer { low.forEach(close) }
    let reading = fcntl(low[0], F_DUPFD_CLOEXEC, 16)
    guard reading >= 0 else { return nil }
    let writing = fcntl(low[1], F_DUPFD_CLOEXEC, 16)
    guard writing >= 0, clinux_set_nonblocking(reading, 1) == 0 else {
      let code = errno
      close(reading)
      close(writing)
      errno = code
      return nil
    }
    return (reading, writing)
  }

  /// Reads what is there; 0 is the end, a negative result the error number negated.
  static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      let code = errno
      if code != EINTR { return -Int(code) }
    }
  }

  /// Waits until one of the descriptors can be read or has ended, or for so many milliseconds, or for a signal.
  static func waitUntilReadable(_ descriptors: [Int32], milliseconds: Int32) {
    var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    _ = poll(&entries, nfds_t(entries.count), milliseconds)
  }
}

extension Duration {
  /// The duration in whole nanoseconds; a negative one is 0, one of more than 30 years is 30 years.
  package var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(min(seconds, 1_000_000_000)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
  }
}
