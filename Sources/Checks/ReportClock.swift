internal import Load
package import Report

/// When a check began and how long it has taken.
struct ReportClock {
  private let wall = WallClock.seconds
  private let start = MonotonicClock.now()

  var startedAt: String { UTCTime.rfc3339(secondsSince1970: wall) }

  var seconds: Double { Double(MonotonicClock.now() - start) / 1e9 }
}

extension ToolSection {
  /// This program.
  package static let lbcheck = ToolSection(name: "lbcheck", version: "0.1.0")
}

extension Pacer {
  /// The pace in a few words.
  var inWords: String {
    switch self {
    case .closedLoop: "each sending as soon as it has its answer"
    case .constant(let rate): "\(rate) requests a second"
    case .ramp(let from, let to, let seconds): "from \(from) to \(to) requests a second within \(seconds) s"
    case .steps(let steps):
      "in steps of " + steps.map { "\($0.rate) a second for \($0.seconds) s" }.joined(separator: ", ")
    case .poisson(let rate, _): "\(rate) requests a second on average, at random times (Poisson)"
    }
  }
}
