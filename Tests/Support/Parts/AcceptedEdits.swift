/// The numbers of a part that may be changed alone without contradicting any other, and why.
package enum AcceptedEdits {
  /// `nil` for a number that others tell of.
  package static func reason(of edit: PartEdits.Edit) -> String? {
    if edit.place.hasSuffix(".records") { return reason(ofRow: edit.change) }
    return all.first { edit.place.hasSuffix($0.key) }?.value
  }

  /// - Parameter change: such as `[8] 3 → 4`, in rows of eight numbers.
  private static func reason(ofRow change: String) -> String? {
    let numbers = change.split { !$0.isNumber && $0 != "-" }.compactMap { Int($0) }
    guard numbers.count == 3 else { return nil }
    switch numbers[0] % 8 {
    case 0: return "the series tells the time to its interval"
    case 1, 2: return change.hasSuffix("of a failure") ? "the times of failures are in no distribution" : nil
    case 3: return "connections are not listed"
    case 5: return "another generation of the same backend"
    case 7: return numbers[1] >> 2 == numbers[2] >> 2 ? "retries are counted, and which request they were is not" : nil
    default: return nil
    }
  }

  private static let all: [String: String] = [
    // A clock's reading, of which there is one.
    "findings.startedAt": "a time of day", "findings.durationSeconds": "the only duration of the whole check",
    ".started": "a time of day", ".processorTime": "the only reading of the processor's clock",
    ".startLateness": "the only reading of its beginning", ".waitedForSink": "the only time of its kind",
    ".start.time": "agreed with other parts", ".clock.offset": "measured once", ".clock.uncertainty": "measured once",
    "measured.duration": "the end of the schedule, which may be any time after the last answer",
    "pauses[].start": "within the pause's length", "pauses[].end": "the pause's length is the least",
    "pauses[].length": "at most from start to end", "pauses[].caughtUp": "any time after the end",
    // Counted once, for the reader; a failure is in none of them.
    ".unsent": "what was never begun leaves no trace", ".postponed": "counted nowhere else",
    ".bytesSent": "counted nowhere else", ".bytesReceived": "answers are at least twelve bytes",
    ".connectionsOfHTTP1": "at most the connections", ".streams": "at most the requests sent",
    ".connectionsOpened": "those that did not open are counted nowhere else",
    ".mixedConnections": "at most the connections", ".waitedForConnection": "at most those begun",
    ".waitedForStream": "at most the streams",
    ".untrackedGenerations": "at most the answers",
    ".failedAcrossPauses": "at most the failures due before a pause's end",
    ".retried": "a request that was reset may or may not have been sent", ".sent[]": "the other side of retried",
    ".upstreamRetried": "at most the answers, where not all requests are kept",
    ".openDues": "at any time, since what has no outcome is not in the series",
    ".nobody.*": "a response that breaks off is of a backend, or of nobody",
    ".leniencies.bareLineFeed": "at most the answers", ".locations.*": "at most the redirects",
    "backends[].connections": "at most its successes", "backends[].failedTries": "tries that this side does not see",
    // What HdrHistogram's counts do not hold: within its outer buckets.
    ".min": "within its bucket", ".max": "within its bucket", ".sum": "within the buckets",
    // Probes and actions.
    "preparation.answered.*": "the answers' heads are not kept", "preparation.failedTries.*": "the heads are not kept",
    "values.*": "at most half the probes sent", "samples": "one or two",
    "actions.phases[].end": "the last phase ends with the schedule", "action.exitStatus": "said by the manager alone",
    "action.startSeconds": "said by the manager alone", "action.durationSeconds": "said by the manager alone",
  ]
}
