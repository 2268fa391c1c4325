internal import Load

/// Why a check gives no verdict at all.
package enum CheckError: Error, Equatable, CustomStringConvertible {
  /// The settings contradict themselves.
  case usage(String)
  /// The target could not be measured; `advice` holds further lines that help.
  case unmeasurable(String, advice: [String])
  /// No answer of the target had the header that was given; `other` is one that would serve, if there is one.
  case headerMissing(String, target: String, other: String?)
  /// The site answers with nothing but server errors; the text says with which.
  case down(String)
  /// Stopped before anything was measured.
  case interrupted

  package var description: String {
    switch self {
    case .usage(let text), .unmeasurable(let text, _), .down(let text): text
    case .headerMissing(let header, let target, _): "no answer of \(target) has the header '\(header)'"
    case .interrupted: "interrupted before anything was measured"
    }
  }

  /// Further lines that help.
  package var advice: [String] {
    switch self {
    case .unmeasurable(_, let advice): advice
    case .headerMissing(let header, _, let other):
      [other.map(Advice.instead)].compactMap(\.self) + Advice.lines(for: header)
    case .usage, .down, .interrupted: []
    }
  }

  init(_ error: LoadError) {
    switch error {
    case .plan(let text): self = .usage(text)
    default: self = .unmeasurable(error.description, advice: [])
    }
  }
}
