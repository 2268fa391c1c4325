internal import CLinux
internal import Glibc

/// The kernel's calls that the testbed needs, with interruptions retried and error numbers as values.
///
/// A call that can fail returns what the kernel returned, or the error number negated, so that a caller
/// decides without reading `errno` too late.
enum System {
  /// The monotonic clock, in nanoseconds.
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }

  /// Sleeps until the monotonic clock shows `deadline`, in nanoseconds.
  static func sleep(until deadline: UInt64) {
    var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
  }

  /// The words for an error number.
  static func message(for code: Int32) -> String {
    String(cString: strerror(code))
  }

  static func close(_ descriptor: Int32) {
    _ = Glibc.close(descriptor)
  }

  /// Both ends of a new pipe, neither of which a child inherits.
  static func pipe() throws(TestbedError) -> (reading: Int32, writing: Int32) {
    var ends: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutablePointer(to: &ends) { pointer in
      pointer.withMemoryRebound(to: Int32.self, capacity: 2) { clinux_pipe_close_on_exec($0) }
    }
    guard result == 0 else { throw .systemCall("pipe2", code: errno) }
    return (ends.0, ends.1)
  }

  /// Reads into `buffer`; 0 is the end.
  static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    retrying { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
  }

  /// Writes `text` as far as the kernel takes it at once.
  static func write(_ text: String, to descriptor: Int32) {
    var text = text
    _ = text.withUTF8 { bytes in retrying { Glibc.write(descriptor, bytes.baseAddress, bytes.count) } }
  }

  /// Waits until `descriptor` can be read, or has ended, or `deadline` has passed (then false).
  static func waitUntilReadable(_ descriptor: Int32, deadline: UInt64) -> Bool {
    wait(for: Int16(POLLIN), on: descriptor, deadline: deadline)
  }

  static func wait(for events: Int16, on descriptor: Int32, deadline: UInt64) -> Bool {
    while true {
      let now = now()
      let left = deadline > now ? (deadline - now + 999_999) / 1_000_000 : 0
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      let count = poll(&entry, 1, Int32(min(left, 3_600_000)))
      if count > 0 { return true }
      if count == 0, left == 0 || System.now() >= deadline { return false }
      if count < 0, errno != EINTR { return false }
    }
  }

  /// Repeats a call for as long as a signal interrupts it.
  @inline(__always)
  static func retrying(_ call: () -> Int) -> Int {
    while true {
      let result = call()
      if result >= 0 { return result }
      let code = errno
      if code != EINTR { return -Int(code) }
    }
  }
}

extension Duration {
  /// The duration in whole nanoseconds; a negative one is 0.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(min(seconds, 1_000_000_000)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
  }
}
