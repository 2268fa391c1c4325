internal import Glibc
internal import Load
internal import Platform

/// What each Ctrl-C means.
struct Interrupts {
  enum Meaning: Equatable {
    case stop, endAtOnce, same
  }

  /// Signals within this time are one: a key that bounces, or a terminal and a parent that both send it.
  static let together: Nanoseconds = 500_000_000
  private var first: Nanoseconds?

  mutating func meaning(at time: Nanoseconds) -> Meaning {
    guard let first else {
      first = time
      return .stop
    }
    return time < first + Self.together ? .same : .endAtOnce
  }
}

/// Turns Ctrl-C and SIGTERM into a stop signal, of which a second one ends the program at once, and SIGUSR1 into a request for a
/// report.
enum SignalWatch {
  /// Keeps SIGUSR1 pending until ``start(reports:hold:)`` says what it does, so that a watch that has just begun is not ended by it.
  static func holdBackReports() {
    var signals = set(of: SIGUSR1)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  private static func set(of numbers: Int32...) -> sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in numbers { sigaddset(&signals, number) }
    return signals
  }

  /// Must be called on the main thread before any other is started, since threads inherit the mask.
  ///
  /// - Parameters:
  ///   - reports: what SIGUSR1 asks; `nil` leaves the signal as it is.
  ///   - hold: what Ctrl-C ends, in place of the program, while it holds the program.
  /// - Throws: ``CommandError`` where this machine has no thread left: then nothing could be interrupted, and the traffic would
  ///   have no thread either.
  static func start(reports: ReportRequest? = nil, hold: LiveHold) throws(CommandError) -> StopSignal {
    let stop = StopSignal()
    var signals = set(of: SIGINT, SIGTERM, SIGHUP)
    var report = set(of: SIGUSR1)
    if reports != nil { sigaddset(&signals, SIGUSR1) } else { pthread_sigmask(SIG_UNBLOCK, &report, nil) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)

    do throws(SystemError) {
      try KernelThread(named: "lbcheck-signals") { [signals] in
        var signals = signals
        var received: Int32 = 0
        var interrupts = Interrupts()
        while true {
          guard sigwait(&signals, &received) == 0 else { continue }
          if received == SIGUSR1 {
            reports?.ask()
            continue
          }
          if hold.isHeld {
            hold.release()
            continue
          }
          switch interrupts.meaning(at: MonotonicClock.now()) {
          case .stop: stop.stop()
          case .same: break
          case .endAtOnce: Leftovers.endProcess(ExitStatus.interrupted.rawValue) { Terminal.message(lines: $0) }
          }
        }
      }.detach()
    } catch {
      throw .noThread(error.message)
    }
    return stop
  }
}
