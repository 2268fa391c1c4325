import Foundation

extension Process {
  /// Starts it with no signal blocked.
  ///
  /// Dispatch blocks them in its threads, and a program started there would take that over and not hear a SIGTERM.
  package func launchUnblocked() throws {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try run()
  }
}
