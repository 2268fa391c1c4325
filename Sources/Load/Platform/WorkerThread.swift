internal import CLinux
internal import Glibc

/// A kernel thread of its own that runs one closure.
struct WorkerThread {
  private final class Body {
    let name: String
    let run: () -> Void

    init(name: String, run: @escaping () -> Void) {
      self.name = name
      self.run = run
    }
  }

  private let thread: pthread_t

  /// Starts at once; `name` (15 bytes at most) shows in `ps -L`.
  ///
  /// - Throws: ``LoadError/noThread(_:)``; `run` is then never called.
  init(named name: String, _ run: @escaping @Sendable () -> Void) throws(LoadError) {
    let body = Unmanaged.passRetained(Body(name: name, run: run))
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { argument in
        let body = Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
        clinux_name_thread(body.name)
        clinux_set_timer_slack_ns(1)
        body.run()
        return nil
      }, body.toOpaque())
    guard result == 0 else {
      body.release()
      throw .noThread(Errno.text(result))
    }
    self.thread = thread
  }

  func join() { pthread_join(thread, nil) }
}
