internal import Load
internal import Platform
internal import Report

/// Finds outages and single failures among requests in the order in which they were due: values in, values out.
///
/// An outage is two or more requests in a row that failed. Right after other failures it has to last a second as well: while
/// one of two backends is down, chance makes two failures in a row at any time, and that is told as failures.
struct FailureWatch {
  private struct Run {
    let start: Nanoseconds
    var last: Nanoseconds
    var failed = 0
    var kinds: [String: Int] = [:]

    init(_ request: WatchedRequest) {
      (start, last) = (request.due, request.due)
      add(request)
    }

    mutating func add(_ request: WatchedRequest) {
      last = max(last, request.due)
      failed += 1
      kinds[request.record.failureName, default: 0] += 1
    }

    mutating func add(_ other: Run) {
      last = max(last, other.last)
      failed += other.failed
      kinds.merge(other.kinds, uniquingKeysWith: +)
    }
  }

  /// Failures this close to each other are told together.
  private static let joining: Nanoseconds = 1_000_000_000
  /// Failures are told at least this often.
  private static let longestBurst: Nanoseconds = 10_000_000_000

  /// The failures since the last success.
  private var run: Run?
  private var isTold = false
  /// Failures that are no outage and not told yet.
  private var burst: Run?
  private var lastTrouble: Nanoseconds?

  /// Whether an outage has been told that is not over.
  var isDown: Bool { isTold }

  /// Whether failures have not been told yet.
  var isPending: Bool { run != nil || burst != nil }

  mutating func take(_ request: WatchedRequest) -> [Sighting] {
    var seen = advance(to: request.due)
    guard request.hasFailed else { return seen + end(at: request.due) }
    if run == nil { run = Run(request) } else { run?.add(request) }
    guard let run, !isTold, run.failed >= 2 else { return seen }
    let isAmongOthers = lastTrouble.map { run.start - min(run.start, $0) < Self.joining } ?? false
    if !isAmongOthers || run.last - run.start >= Self.joining {
      isTold = true
      seen.append(Sighting(run.start, .outageBegan))
    }
    return seen
  }

  private mutating func end(at time: Nanoseconds) -> [Sighting] {
    guard let run else { return [] }
    self.run = nil
    lastTrouble = run.last
    guard isTold else {
      if burst == nil { burst = run } else { burst?.add(run) }
      return []
    }
    isTold = false
    return [
      Sighting(
        time, .outageOver(seconds: time.seconds(since: run.start), failed: run.failed, kinds: run.kinds))
    ]
  }

  /// Tells failures to which no further ones belong.
  mutating func advance(to time: Nanoseconds) -> [Sighting] {
    guard let burst, run == nil else { return [] }
    let isOver = time - min(time, burst.last) >= Self.joining || time - min(time, burst.start) >= Self.longestBurst
    return isOver ? tellBurst() : []
  }

  /// Tells what is left at the end of the watch; an outage that goes on stays open.
  mutating func finish() -> [Sighting] {
    if !isTold, let run {
      if burst == nil { burst = run } else { burst?.add(run) }
      self.run = nil
    }
    return tellBurst()
  }

  private mutating func tellBurst() -> [Sighting] {
    guard let burst else { return [] }
    self.burst = nil
    return [
      Sighting(
        burst.start,
        .failures(seconds: burst.last.seconds(since: burst.start), failed: burst.failed, kinds: burst.kinds))
    ]
  }
}
