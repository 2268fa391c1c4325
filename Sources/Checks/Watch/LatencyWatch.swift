internal import Platform
internal import Report
internal import Statistics

/// Finds times in which answers are slower than usual: values in, values out.
///
/// An answer is slow beyond twice the usual p95, and at least 20 ms beyond it. Of a hundred usual answers no more than five are,
/// so that thirty of the last hundred are chance in fewer than one of 10¹⁴ hundreds (binomial).
struct LatencyWatch {
  private static let span = 100
  private static let mostUsual = 30
  private static let fewAgain = 5
  /// The fewest answers that show what is usual.
  private static let enough: UInt64 = 200
  /// How long answers count as usual; half of it at least.
  private static let memory: Nanoseconds = 600_000_000_000
  private static let leastRise: Nanoseconds = 20_000_000

  private var usual = Histogram()
  private var before = Histogram()
  private var began: Nanoseconds = 0
  /// The last answers, in the order of a ring.
  private var recent: [(due: Nanoseconds, latency: Nanoseconds, isSlow: Bool)] = []
  private var next = 0
  private var slow = 0
  private var limit: Nanoseconds?
  private var upSince: Nanoseconds?

  var isUp: Bool { upSince != nil }

  /// Takes an answer without failure.
  mutating func take(due: Nanoseconds, latency: Nanoseconds) -> [Sighting] {
    let isSlow = limit.map { latency > $0 } ?? false
    if recent.count < Self.span {
      recent.append((due, latency, isSlow))
    } else {
      // Learnt late, so that the first slow ones of many do not count as usual.
      if upSince == nil { learn(recent[next].latency, due: recent[next].due) }
      slow -= recent[next].isSlow ? 1 : 0
      recent[next] = (due, latency, isSlow)
    }
    slow += isSlow ? 1 : 0
    next = (next + 1) % Self.span
    if upSince == nil, slow >= Self.mostUsual, let first = recent.filter(\.isSlow).map(\.due).min() {
      upSince = first
      return [Sighting(first, .latencyUp(from: milliseconds(reference.value(atPercentile: 99)), to: milliseconds(p99)))]
    }
    if let since = upSince {
      guard slow <= Self.fewAgain, recent.count == Self.span else { return [] }
      let over = recent.filter { !$0.isSlow }.map(\.due).min() ?? due
      upSince = nil
      return [Sighting(max(over, since), .latencyOver(afterSeconds: over.seconds(since: since)))]
    }
    return []
  }

  /// The histogram of what is usual.
  private var reference: Histogram { before.count >= Self.enough ? before : usual }

  private var p99: Nanoseconds? {
    let sorted = recent.map(\.latency).sorted()
    return sorted.isEmpty ? nil : sorted[(sorted.count * 99 - 1) / 100]
  }

  private mutating func learn(_ latency: Nanoseconds, due: Nanoseconds) {
    usual.record(latency)
    if due - min(due, began) >= Self.memory, usual.count >= Self.enough {
      before = usual
      usual = Histogram()
      began = due
    }
    guard next == 0 || limit == nil, reference.count >= Self.enough,
      let p95 = reference.value(atPercentile: 95)
    else { return }
    let isFirst = limit == nil
    let most = max(2 * p95, p95 + Self.leastRise)
    limit = most
    guard isFirst else { return }
    // Slow answers may have come before it was known which are.
    for index in recent.indices { recent[index].isSlow = recent[index].latency > most }
    slow = recent.count(where: \.isSlow)
  }

  private func milliseconds(_ time: Nanoseconds?) -> Double { Double(time ?? 0) / 1e6 }
}
