package import Platform

/// Why the embedded stack, or one of its parts, failed.
package enum TestbedError: Error, Equatable {
  /// The kernel refused a call.
  case system(SystemError)

  /// The child called `role` could not be started from `executable`.
  case cannotStart(role: String, executable: String, code: Int32)

  /// The child called `role` ended before it was ready; above 128 the status is 128 + the signal.
  case endedEarly(role: String, exitStatus: Int32)

  /// The child called `role` runs, but did not say within `timeout` that it is ready.
  case notReady(role: String, timeout: Duration)

  /// The stack has no backend of that name.
  case unknownBackend(String)

  /// The stack is not running, so that nothing can be done to its parts.
  case notRunning

  /// The configuration is invalid, for the reason given.
  case invalidConfiguration(String)
}

extension TestbedError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .system(let error): error.description
    case .cannotStart(let role, let executable, let code):
      "\(role) could not be started from \(executable): \(SystemError.message(for: code))"
    case .endedEarly(let role, let exitStatus): "\(role) ended with status \(exitStatus) before it was ready"
    case .notReady(let role, let timeout): "\(role) was not ready within \(timeout)"
    case .unknownBackend(let name): "there is no backend called \(name)"
    case .notRunning: "the embedded stack is not running"
    case .invalidConfiguration(let reason): reason
    }
  }
}
