/// A program with its arguments, started without a shell.
package struct ManagerCommand: Sendable, Equatable {
  /// The program, looked up in `PATH` unless it has a slash, and its arguments.
  package var arguments: [String]

  /// Variables added to the inherited environment, or replaced in it.
  package var environment: [String: String]

  /// The working directory; nil is this process's own.
  package var workingDirectory: String?

  package init(_ arguments: [String], environment: [String: String] = [:], workingDirectory: String? = nil) {
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
  }
}

/// How a command ended.
package struct CommandOutcome: Sendable {
  package enum Ending: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
    /// Nothing ran, for the reason given in one line.
    case couldNotStart(String)
  }

  package let ending: Ending

  /// It took longer than it may and was ended.
  package let timedOut: Bool

  /// It was ended because the caller wanted to stop.
  package let stopped: Bool

  /// It ended by itself and left background processes that keep its output open; they go on running.
  package let leftBehind: Bool

  package let output: CapturedOutput
  package let errors: CapturedOutput

  /// When it was started: CLOCK_MONOTONIC, in nanoseconds.
  package let startedAt: UInt64

  /// From its start to its end, in nanoseconds.
  package let duration: UInt64

  /// Its exit status; nil when it did not end by itself.
  package var exitStatus: Int32? {
    if case .exited(let status) = ending { status } else { nil }
  }

  /// Why the command has failed, in one line; nil when it ended by itself with status 0.
  package var problem: String? {
    let seconds = duration / 1_000_000_000
    let tenths = duration / 100_000_000 % 10
    return switch ending {
    case .couldNotStart(let reason): "could not be started: \(reason)"
    case _ where timedOut: "was ended after \(seconds).\(tenths) s, which is longer than it may take"
    case _ where stopped: "was ended after \(seconds).\(tenths) s because lbcheck was asked to stop"
    case .signalled(let signal): "was ended by signal \(signal)"
    case .exited(0): nil
    case .exited(let status): "ended with exit status \(status)"
    }
  }
}
