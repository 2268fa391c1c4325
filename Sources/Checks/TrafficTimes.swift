internal import Report

/// A distribution of times that a report's traffic has, by its name there.
enum TrafficTimes: String, CaseIterable, Sendable {
  case latency
  case firstByte
  case connect
  case tls

  var summary: KeyPath<TrafficSection, LatencySummary?> {
    switch self {
    case .latency: \.latency
    case .firstByte: \.firstByte
    case .connect: \.connect
    case .tls: \.tls
    }
  }

  /// The name of one of its figures, such as `p99` or `firstByte.p99`; the latency needs no name.
  func name(of figure: String) -> String { self == .latency ? figure : "\(rawValue).\(figure)" }
}
