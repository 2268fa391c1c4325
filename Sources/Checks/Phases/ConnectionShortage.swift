internal import Load
internal import Platform

/// Whether the longest time without an answer in a phase may be the generator's own, because all of its connections were
/// waiting for slow answers: values in, values out.
///
/// Where a site hangs, the requests in flight were sent after its last answer, until no connection was free. Where a few
/// answers are slow, they were sent before it, among others that were answered; the fate of those that waited is unknown.
struct ConnectionShortage {
  let isSeen: Bool

  /// The shortest wait for a connection that counts as a queue.
  private static let leastWait: Nanoseconds = 10_000_000

  /// - Parameter records: the whole run's, in any order.
  init(_ records: [RequestRecord], in span: PhaseSpan) {
    let answered = records.filter { $0.failure == nil && span.contains($0.done) }.map(\.done)
      .sorted()
    let edges = [span.start] + answered + [max(span.start, span.end)]
    guard let gap = zip(edges, edges.dropFirst()).max(by: { $0.1 - $0.0 < $1.1 - $1.0 }) else {
      isSeen = false
      return
    }
    let due = records.filter { $0.due >= gap.0 && $0.due < gap.1 }
    let waited = due.count { $0.sent > $0.due + Self.leastWait }
    let underWay = records.filter { $0.sent < gap.1 && $0.done >= gap.1 }
    let sentBefore = underWay.count { $0.sent <= gap.0 }
    isSeen = waited * 2 > due.count && sentBefore * 2 > underWay.count
  }
}
