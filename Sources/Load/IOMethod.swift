public import HTTP

/// How a worker waits for its sockets.
public enum IOMethod: String, Sendable, CaseIterable {
  /// io_uring for `http://` where the kernel allows it, else epoll.
  case auto
  case epoll
  /// The same as `auto`, by name.
  case uring

  /// Why targets of a scheme are not asked through io_uring here; `nil` if they can be.
  public static func obstacleToRing(for scheme: Target.Scheme) -> String? {
    do throws(CompletionRing.Unavailable) {
      // OpenSSL reads and writes by itself.
      guard scheme == .http else { return "it is not used for https" }
      _ = try CompletionRing(connections: 1)
      return nil
    } catch {
      return error.reason
    }
  }
}
