internal import HTTP
internal import Load
internal import Platform

/// Which phase each request of a run belongs to: values in, values out.
///
/// A request belongs to the phase in which it was due; what was due before the first phase or after the last belongs to that one.
/// One alone is moved: it was sent before an action and was cut while the action ran. It belongs to the action's phase and is
/// dated at that phase's start.
struct PhaseAttribution {
  /// How long an action is taken to run on after its command has ended, at most to its phase's end, in nanoseconds: commands
  /// such as `kill -HUP` return before their work is done, and a close may be noticed only later.
  private static let aftermath: Nanoseconds = 1_000_000_000

  /// The requests of one phase.
  struct Share {
    /// Requests with an outcome that were due in the phase, as indices into the records, in their order.
    var due: [Int] = []
    /// Requests that the phase's action cut, due and sent before it.
    var cut: [Int] = []
    /// The due times of requests without an outcome.
    var open: [Nanoseconds] = []

    var all: [Int] { due + cut }
  }

  /// In the order of the spans.
  private(set) var shares: [Share]
  private let spans: [PhaseSpan]

  /// - Parameters:
  ///   - open: when the requests without an outcome were due.
  ///   - spans: in order of time, without gaps or overlaps.
  init(_ records: [RequestRecord], open: [Nanoseconds] = [], over spans: [PhaseSpan]) {
    self.spans = spans
    shares = spans.map { _ in Share() }
    guard !spans.isEmpty else { return }
    for (index, record) in records.enumerated() {
      if let cutting = phase(cutting: record) {
        shares[cutting].cut.append(index)
      } else {
        shares[phase(of: record.due)].due.append(index)
      }
    }
    for due in open { shares[phase(of: due)].open.append(due) }
  }

  /// The phase in which a time lies.
  private func phase(of time: Nanoseconds) -> Int {
    max(0, (spans.firstIndex { $0.start > time } ?? spans.count) - 1)
  }

  /// The phase whose action cut a request; `nil` for one that was not cut.
  private func phase(cutting record: RequestRecord) -> Int? {
    guard record.isBrokenOff else { return nil }
    return spans.firstIndex { span in
      guard let actionStart = span.actionStart, let actionEnd = span.actionEnd else { return false }
      return record.due < span.start && record.sent < actionStart && record.done >= span.start
        && record.done <= min(actionEnd + Self.aftermath, span.end)
    }
  }
}

extension RequestRecord {
  /// Whether it failed as if its connection was broken on the path: it ended, or a balancer reports that of its own connection.
  fileprivate var isBrokenOff: Bool {
    switch failure {
    case .reset, .closed, .truncated, .streamReset, .connectionError: true
    // Without a length an answer that was cut off may look complete, as behind a proxy that speaks HTTP/1.0.
    case .body: true
    case .status: status == 502 || status == 504
    case .call(.status(.unavailable)), .call(.noStatus), .call(.message): true
    case .call(.status), .call(.health): false
    case .resolve, .refused, .unreachable, .connectTimeout, .tls, .timeout, .malformed, .oversized, .noHTTP2, nil:
      false
    }
  }
}
