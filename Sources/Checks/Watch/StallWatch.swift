internal import Load
internal import Platform
internal import Report

/// Finds times in which no request was answered, though none failed: values in, values out.
///
/// Requests come in the order in which they were due. What was answered by a time is known once a request is due at that time.
struct StallWatch {
  /// Shorter ones are none, as ``PhaseVerdicts`` has it.
  private static let least: Nanoseconds = 1_000_000_000
  /// So many requests at least have to be due meanwhile, so that it is more than a slow answer at a low rate.
  private static let fewest = 3

  private struct Outcome {
    let due: Nanoseconds
    let done: Nanoseconds
    let hasFailed: Bool
  }

  /// Those that may end after requests that were not due yet, by their end.
  private var ending: [Outcome] = []
  private var lastAnswer: Nanoseconds?
  /// When a request last failed.
  private var lastFailure: Nanoseconds?

  /// How many outcomes it holds.
  var size: Int { ending.count }

  /// Takes a request.
  ///
  /// - Parameter excused: until when lbcheck itself may not have run.
  mutating func take(_ record: RequestRecord, excused: Nanoseconds) -> [Sighting] {
    var seen = look(until: record.due, excused)
    let outcome = Outcome(due: record.due, done: record.done, hasFailed: record.failure != nil)
    ending.insert(outcome, at: (ending.lastIndex { $0.done <= outcome.done } ?? -1) + 1)
    if ending.count > 100_000 { seen += look(until: ending[0].done, excused) }
    return seen
  }

  /// What the last outcomes showed, at the end of a watch.
  mutating func finish(excused: Nanoseconds) -> [Sighting] { look(until: .max, excused) }

  private mutating func look(until time: Nanoseconds, _ excused: Nanoseconds) -> [Sighting] {
    var seen: [Sighting] = []
    let count = ending.firstIndex { $0.done > time } ?? ending.count
    for (index, outcome) in ending[..<count].enumerated() {
      if outcome.hasFailed {
        lastFailure = outcome.done
        continue
      }
      if let last = lastAnswer, outcome.done - min(last, outcome.done) >= Self.least,
        lastFailure.map({ $0 < last }) ?? true
      {
        let waiting = ending[index...].map(\.due).filter { $0 <= outcome.done }
        let start = max(last, excused, waiting.min() ?? last)
        if outcome.done - min(start, outcome.done) >= Self.least, waiting.count >= Self.fewest {
          seen.append(Sighting(start, .stalled(seconds: outcome.done.seconds(since: start))))
        }
      }
      lastAnswer = outcome.done
    }
    ending.removeFirst(count)
    return seen
  }
}
