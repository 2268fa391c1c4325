internal import Report
internal import Statistics

extension TargetProbeFindings {
  /// That what was sent beside the traffic failed, where it did: a visitor would have met the same.
  var assertions: [Assertion] {
    guard failed > 0 else { return [] }
    let kinds = failures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
      "\(Formatting.count($0.value)) \($0.key)"
    }
    return [
      Assertion(
        .traffic(.noProbeFailed), verdict: .fail,
        expected: "0 of \(Formatting.count(judged)) failed before the traffic",
        actual: "\(Formatting.count(failed)) failed: \(kinds.joined(separator: ", "))")
    ]
  }

  /// What a reader should know of it beyond its counts.
  var notes: [String] {
    var notes: [String] = []
    if !replaced.isEmpty {
      // A method of HTTP has no slash.
      let isCall = replaced.contains { $0.contains("/") }
      notes.append(
        "Beside the traffic \(isCall ? "gRPC's health check" : "GET") was sent, since \(replaced.joined(separator: " and ")) "
          + (replaced.count == 1 ? "is not safe" : "are not safe")
          + "\(isCall ? "" : " (RFC 9110 9.2.1)"); --probe-as-is sends the request as it is, --no-probe sends none.")
    }
    if let tried = triedInWords {
      notes.append("Beside the traffic, tries of the balancer failed: \(tried).")
    }
    return notes
  }

  /// The backends with failed tries, with how many; `nil` if none was.
  var triedInWords: String? {
    guard !failedTries.isEmpty else { return nil }
    let tried = failedTries.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value)×)" }
    return tried.prefix(8).joined(separator: ", ") + (tried.count > 8 ? " and \(tried.count - 8) more" : "")
  }
}
