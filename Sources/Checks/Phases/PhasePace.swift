internal import Load
internal import Platform
internal import Statistics

/// Whether a target could do what was asked of it in one phase: values in, values out.
///
/// Where it could not, requests queue, and what a later phase loses says nothing of its action.
struct PhasePace {
  /// What shows that it could not, in words; `nil` if it kept up.
  let problem: String?

  /// A latency that rises by less, in seconds, is noise, however short the phase.
  private static let leastRise = 0.1
  /// By how many seconds the latency may grow each second: what a target is offered beyond what it can do, as a share.
  private static let mostGrowth = 0.05
  /// A wait for a connection that is shorter than this is no queue.
  private static let leastWait = 0.01

  /// - Parameters:
  ///   - records: the phase's requests.
  ///   - unsent: how many more were due in it and never sent.
  init(_ records: some Sequence<RequestRecord>, unsent: Int) {
    guard unsent == 0 else {
      problem = "\(unsent) requests were not sent, because all connections were busy"
      return
    }
    let answered = records.filter { $0.failure == nil }.sorted { $0.due < $1.due }
    func median(_ part: ArraySlice<RequestRecord>, _ time: (RequestRecord) -> Nanoseconds) -> Double {
      guard !part.isEmpty else { return 0 }
      return Double(part.map(time).sorted()[part.count / 2]) / 1e9
    }
    let wait = median(answered[...]) { $0.sent - min($0.due, $0.sent) }
    let service = median(answered[...]) { $0.done - min($0.sent, $0.done) }
    if wait > max(Self.leastWait, service) {
      problem = "half of the requests waited for \(Self.milliseconds(wait)) or longer until a connection was free"
      return
    }
    let third = answered.count / 3
    guard third >= 20 else {
      problem = nil
      return
    }
    let (first, last) = (answered[..<third], answered[(answered.count - third)...])
    let rise = median(last) { $0.done - min($0.due, $0.done) } - median(first) { $0.done - min($0.due, $0.done) }
    let between = median(last, \.due) - median(first, \.due)
    guard rise > Self.leastRise, rise > between * Self.mostGrowth else {
      problem = nil
      return
    }
    problem = "the latency rose by \(Self.milliseconds(rise)) within \(Formatting.seconds(between, decimals: 1))"
  }

  private static func milliseconds(_ seconds: Double) -> String {
    Formatting.number(seconds * 1000, decimals: 0) + " ms"
  }
}
