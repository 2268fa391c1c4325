internal import CLinux
internal import Glibc
internal import Platform

/// How a child process notices that its parent has ended: the end of a pipe that only the parent can write to.
enum Lifeline {
  /// Ends this process as soon as the other end of the pipe is closed.
  static func watch(_ descriptor: Int32) {
    _ = clinux_set_close_on_exec(descriptor, 1)
    try? SmallThread.start("lifeline") {
      withUnsafeTemporaryAllocation(byteCount: 16, alignment: 1) { buffer in
        while System.read(descriptor, into: buffer) > 0 {}
      }
      _exit(0)
    }
    // A process stopped by SIGSTOP runs no thread; the kernel itself kills it when the pipe reports its end.
    let setOwner = Int32(8)
    let setSignal = Int32(10)
    _ = fcntl(descriptor, setOwner, getpid())
    _ = fcntl(descriptor, setSignal, SIGKILL)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | Int32(O_ASYNC))
  }
}
