internal import Glibc
internal import Platform
internal import Synchronization

/// A child process that says when it is ready and that cannot outlive its parent.
///
/// The child inherits three descriptors or four: 3 is a listening socket (or `/dev/null`), 4 a pipe on which it
/// writes a line once it is ready, 5 its *lifeline*, a pipe whose other end only the parent has, and 6 a second
/// listening socket, if there is one. However the
/// parent ends, even by SIGKILL, the kernel closes that end and the child sees the end of the lifeline.
/// (`PR_SET_PDEATHSIG` would not do: it is tied to the thread that started the child, not to the process.)
///
/// The child has a process group of its own, so that Ctrl-C in a terminal reaches the parent alone, which then
/// takes its children down in order.
///
///     let child = try ChildProcess.start(role: "backend a", executable: path, arguments: ["testbed-backend"],
///       listener: socket, readyTimeout: .seconds(5))
///     child.terminate(grace: .seconds(2))
package final class ChildProcess: Sendable {
  /// What the child is for, as errors name it.
  package let role: String

  private let group: ProcessGroup
  private let lifeline: Int32
  private let status = Mutex<Int32?>(nil)

  private init(role: String, group: ProcessGroup, lifeline: Int32) {
    self.role = role
    self.group = group
    self.lifeline = lifeline
  }

  /// Its process number; after it has been reaped the kernel may give that number to another process.
  package var pid: Int32 { group.leader }

  deinit {
    kill()
    System.close(lifeline)
  }

  /// Starts a child and waits until it is ready.
  ///
  /// - Parameters:
  ///   - arguments: without the program's own name.
  ///   - listener: the socket it gets as descriptor 3; close the parent's own copy to leave it to the child.
  ///   - control: the socket it gets as descriptor 6.
  /// - Throws: `cannotStart`, `endedEarly` or `notReady`; no child is left then.
  package static func start(
    role: String, executable: String, arguments: [String], listener: ListeningSocket? = nil,
    control: ListeningSocket? = nil, readyTimeout: Duration
  ) throws(TestbedError) -> ChildProcess {
    let child = try launch(
      role: role, executable: executable, arguments: arguments, listener: listener, control: control)
    try child.waitUntilReady(timeout: readyTimeout)
    return child.process
  }

  /// A child that has been started and may not be ready yet.
  struct Launched: ~Copyable {
    let process: ChildProcess
    private let ready: Int32

    fileprivate init(_ process: ChildProcess, ready: Int32) {
      self.process = process
      self.ready = ready
    }

    deinit {
      System.close(ready)
    }

    /// Waits for the line that says it is ready; else the child is killed.
    borrowing func waitUntilReady(timeout: Duration) throws(TestbedError) {
      let deadline = MonotonicClock.now() + timeout.nanoseconds
      while System.wait(for: .reading, of: [ready], until: deadline) {
        let (count, byte) = withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
          let count = System.read(ready, into: buffer)
          return (count, count > 0 ? buffer[count - 1] : 0)
        }
        if byte == UInt8(ascii: "\n") { return }
        if count <= 0 {
          // The end of the pipe comes just before that of the process, if it has not only closed it.
          let status = process.waitForExit(until: min(deadline, MonotonicClock.now() + 500_000_000))
          process.kill()
          guard let status else { break }
          throw .endedEarly(role: process.role, exitStatus: status)
        }
      }
      process.kill()
      throw .notReady(role: process.role, timeout: timeout)
    }
  }

  /// Starts a child without waiting, so that several can start at the same time.
  static func launch(
    role: String, executable: String, arguments: [String], listener: ListeningSocket?,
    control: ListeningSocket? = nil
  ) throws(TestbedError) -> Launched {
    var open: [Int32] = []
    defer { open.forEach(System.close) }
    do throws(SystemError) {
      let ready = try System.pipe()
      open += [ready.reading, ready.writing]
      let lifeline = try System.pipe()
      open += [lifeline.reading, lifeline.writing]
      let group = try ProcessGroup(
        executable, ["lbcheck"] + arguments,
        descriptors: [nil, nil, STDERR_FILENO, listener?.descriptor, ready.writing, lifeline.reading]
          + (control.map { [$0.descriptor] } ?? []))
      open = [ready.writing, lifeline.reading]
      return Launched(ChildProcess(role: role, group: group, lifeline: lifeline.writing), ready: ready.reading)
    } catch {
      throw .cannotStart(role: role, executable: executable, code: error.code)
    }
  }

  /// Its exit status once it has ended, or 128 + the signal that ended it.
  package var exitStatus: Int32? {
    status.withLock { status in
      if status == nil, group.hasEnded { status = group.reap().status }
      return status
    }
  }

  package var isRunning: Bool { exitStatus == nil }

  /// Sends a signal, unless the child has ended.
  package func signal(_ number: Int32) {
    status.withLock { status in
      // Under the lock, so that it is not reaped meanwhile and its pid is not reused.
      if status == nil, group.hasEnded { status = group.reap().status }
      if status == nil { group.signalLeader(number) }
    }
  }

  /// Asks the child to finish its work and to end; a stopped one is continued for it.
  package func requestTermination() {
    signal(SIGTERM)
    signal(SIGCONT)
  }

  /// Ends the child by SIGTERM, and after `grace` by SIGKILL.
  ///
  /// - Returns: its exit status; 137 when it had to be killed.
  @discardableResult
  package func terminate(grace: Duration) -> Int32 {
    requestTermination()
    if let status = waitForExit(until: MonotonicClock.now() + grace.nanoseconds) { return status }
    return kill()
  }

  /// Ends the child by SIGKILL and reaps it.
  @discardableResult
  package func kill() -> Int32 {
    signal(SIGKILL)
    // The kernel certainly ends it, but not at once.
    while true {
      if let status = waitForExit(until: MonotonicClock.now() + 1_000_000_000) { return status }
    }
  }

  /// Waits for its end until a time of the monotonic clock; nil when it still runs then.
  func waitForExit(until deadline: UInt64) -> Int32? {
    while true {
      if let status = exitStatus { return status }
      if MonotonicClock.now() >= deadline { return nil }
      group.waitForEnd(until: deadline)
    }
  }
}
