internal import Load
internal import Platform
internal import Statistics

/// Whether a target kept up with the traffic in one phase: values in, values out.
///
/// Where it did not, requests queue, and the losses of a later phase say nothing about its action.
struct PhasePace {
  /// Why it did not keep up, in words; `nil` if it did.
  let problem: String?

  /// The smallest rise of latency that is more than noise, in seconds, however short the phase.
  private static let leastRise = 0.1
  /// By how many seconds the latency may grow each second: the excess over what a target can do, as a share.
  private static let mostGrowth = 0.05
  /// The shortest wait for a connection that counts as a queue.
  private static let leastWait = 0.01

  /// - Parameters:
  ///   - records: the phase's requests.
  ///   - unsent: how many more were due in it and never sent.
  init(_ records: some Sequence<RequestRecord>, unsent: Int) {
    guard unsent == 0 else {
      problem = "\(Formatting.count(unsent, "request")) went unsent, because all connections were busy"
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
