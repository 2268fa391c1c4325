internal import CLinux
internal import Glibc

/// A kernel thread of its own that runs one closure.
public struct KernelThread: Sendable {
  private final class Body {
    let name: String
    let isPrecise: Bool
    let run: @Sendable () -> Void

    init(name: String, isPrecise: Bool, run: @escaping @Sendable () -> Void) {
      self.name = name
      self.isPrecise = isPrecise
      self.run = run
    }
  }

  private let thread: pthread_t

  /// Starts at once. Either ``join()`` or ``detach()`` has to follow.
  ///
  /// - Parameters:
  ///   - name: shows in `ps -L`; 15 bytes at most.
  ///   - stackSize: bytes of its stack; `nil` for the system's usual.
  ///   - isPrecise: whether its timers come without the kernel's default slack of 50 µs.
  /// - Throws: an error if the machine has no thread left; `run` is then never called.
  public init(
    named name: String, stackSize: Int? = nil, isPrecise: Bool = false, _ run: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    if let stackSize { pthread_attr_setstacksize(&attributes, stackSize) }
    let body = Unmanaged.passRetained(Body(name: name, isPrecise: isPrecise, run: run))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, &attributes,
      { argument in
        let body = Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
        _ = clinux_name_thread(body.name)
        if body.isPrecise { _ = clinux_set_timer_slack_ns(1) }
        body.run()
        return nil
      }, body.toOpaque())
    guard code == 0 else {
      body.release()
      throw SystemError("pthread_create", code: code)
    }
    self.thread = thread
  }

  /// Waits until it ends.
  public func join() { pthread_join(thread, nil) }

  /// Lets it end by itself; nothing waits for it.
  public func detach() { pthread_detach(thread) }
}
