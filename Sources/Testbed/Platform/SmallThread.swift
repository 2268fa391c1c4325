internal import Platform

/// Detached threads with small stacks, since a server here uses one for each connection.
enum SmallThread {
  /// Runs `body` on a new thread that `ps -L` shows as `name` (at most 15 bytes).
  ///
  /// - Throws: an error if the machine has no thread left; `body` is then never run.
  static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(TestbedError) {
    do throws(SystemError) {
      try KernelThread(named: name, stackSize: 128 << 10, body).detach()
    } catch {
      throw .system(error)
    }
  }
}
