internal import Load

/// Why a check gives no verdict at all.
package enum CheckError: Error, Equatable, CustomStringConvertible {
  /// The settings contradict themselves.
  case usage(String)
  /// The target could not be measured; `advice` are further lines that help.
  case unmeasurable(String, advice: [String])
  /// The site answers with nothing but server errors; the text says with which.
  case down(String)
  /// Stopped before anything was measured.
  case interrupted

  package var description: String {
    switch self {
    case .usage(let text), .unmeasurable(let text, _), .down(let text): text
    case .interrupted: "interrupted before anything was measured"
    }
  }

  init(_ error: LoadError) {
    switch error {
    case .plan(let text): self = .usage(text)
    default: self = .unmeasurable(error.description, advice: [])
    }
  }
}
