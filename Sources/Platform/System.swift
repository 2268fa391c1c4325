internal import CLinux
internal import Glibc

/// The kernel's calls on descriptors, with interruptions retried and error numbers as values.
///
/// A call that can fail returns what the kernel returned, or the error number negated, so that a caller
/// decides without reading `errno` too late.
public enum System {
  /// Closes a descriptor; a negative one is none.
  public static func close(_ descriptor: Int32) {
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
  }

  /// Both ends of a new pipe, neither of which a child inherits.
  ///
  /// - Parameter isNonBlocking: whether reading returns `-EAGAIN` where there is nothing yet.
  public static func pipe(isNonBlocking: Bool = false) throws(SystemError) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard clinux_pipe_close_on_exec(&ends) == 0 else { throw .last("pipe2") }
    if isNonBlocking, clinux_set_nonblocking(ends[0], 1) != 0 {
      let error = SystemError.last("fcntl")
      ends.forEach(close)
      throw error
    }
    return (ends[0], ends[1])
  }

  /// Reads what is there; 0 is the end.
  public static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    retrying { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
  }

  /// Writes `text` as far as the kernel takes it at once.
  public static func write(_ text: String, to descriptor: Int32) {
    var text = text
    _ = text.withUTF8 { bytes in retrying { Glibc.write(descriptor, bytes.baseAddress, bytes.count) } }
  }

  public enum Readiness {
    /// There is something to read, or the other side has ended.
    case reading
    /// There is room to write, or a connection is there or has failed.
    case writing
  }

  /// Waits until one of the descriptors is ready or has ended; exact to a millisecond, and never before `deadline`.
  ///
  /// - Parameter deadline: a reading of ``MonotonicClock``; `nil` waits for ever.
  /// - Returns: false once the deadline has passed.
  @discardableResult
  public static func wait(
    for readiness: Readiness, of descriptors: [Int32], until deadline: Nanoseconds?
  ) -> Bool {
    let events = Int16(readiness == .reading ? POLLIN : POLLOUT)
    var entries = descriptors.map { pollfd(fd: $0, events: events, revents: 0) }
    while true {
      var milliseconds: Int32 = -1
      if let deadline {
        let now = MonotonicClock.now()
        milliseconds = deadline > now ? Int32(min((deadline - now + 999_999) / 1_000_000, 3_600_000)) : 0
      }
      let count = poll(&entries, nfds_t(entries.count), milliseconds)
      if count > 0 { return true }
      if count < 0, errno != EINTR { return false }
      if let deadline, MonotonicClock.now() >= deadline { return false }
    }
  }

  /// The file of the program that is running; falls back to the kernel's own name for it when that is gone.
  public static func executablePath() -> String {
    let kernelName = "/proc/self/exe"
    var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink(kernelName, &path, Int(PATH_MAX))
    guard count > 0, access(path, X_OK) == 0 else { return kernelName }
    return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Repeats a call for as long as a signal interrupts it.
  @inline(__always)
  public static func retrying(_ call: () -> Int) -> Int {
    while true {
      let result = call()
      if result >= 0 { return result }
      let code = errno
      if code != EINTR { return -Int(code) }
    }
  }
}

extension Duration {
  /// The duration in whole nanoseconds; a negative one is 0, one of more than 30 years is 30 years.
  public var nanoseconds: Nanoseconds {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(min(seconds, 1_000_000_000)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
  }
}
