internal import CLinux
internal import Glibc

/// Detached threads with small stacks, since a server here spends one on each connection.
enum SmallThread {
  private final class Body {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// Runs `body` on a new thread that `ps -L` shows as `name` (at most 15 bytes).
  ///
  /// - Returns: false when the kernel has no thread left; `body` is then never run.
  @discardableResult
  static func start(_ name: String, stackSize: Int = 128 << 10, _ body: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return false }
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, stackSize)

    let context = Unmanaged.passRetained(Body(name: name, run: body))
    var thread = pthread_t()
    let result = pthread_create(
      &thread, &attributes,
      { context in
        guard let context else { return nil }
        let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        _ = clinux_name_thread(body.name)
        body.run()
        return nil
      }, context.toOpaque())
    if result != 0 { context.release() }
    return result == 0
  }
}
