internal import Glibc
internal import Load
internal import Platform

/// Turns Ctrl-C and SIGTERM into a stop signal; a second one ends the program at once.
enum SignalWatch {
  /// Must be called on the main thread before any other is started, since threads inherit the mask.
  ///
  /// - Throws: ``CommandError`` where this machine has no thread left: then nothing could be interrupted, and there would be none
  ///   for the traffic either.
  static func start() throws(CommandError) -> StopSignal {
    let stop = StopSignal()
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)

    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { argument in
        let stop = Unmanaged<StopSignal>.fromOpaque(argument!).takeRetainedValue()
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
        var received: Int32 = 0
        while true {
          guard sigwait(&signals, &received) == 0 else { continue }
          if stop.isStopped { Leftovers.endProcess(ExitStatus.interrupted.rawValue) { Terminal.message(lines: $0) } }
          stop.stop()
        }
      }, Unmanaged.passRetained(stop).toOpaque())
    guard result == 0 else { throw .noThread(String(cString: strerror(result))) }
    pthread_detach(thread)
    return stop
  }
}
