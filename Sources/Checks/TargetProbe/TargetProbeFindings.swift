internal import Load
package import Report
internal import Statistics

/// What a check sent beside its traffic, and what the answers to it said.
package struct TargetProbeFindings: Codable, Sendable, Equatable {
  /// Everything that was sent.
  package var sent = PreparationSection()
  /// Methods in whose place GET was sent, such as `POST`; in order of appearance.
  package var replaced: [String] = []
  /// The requests that had to be answered as the traffic's have to.
  package var judged = 0
  /// Those of them that were.
  package var succeeded = 0
  /// Those of them that were not, by what came instead, such as `status 502` or `closed`.
  package var failures: [String: Int] = [:]
  /// How often the balancer's tries of a backend failed, whether another one then answered or none.
  package var failedTries: [String: Int] = [:]
  /// How often which backend answered; `nil` where it is not known.
  package var answered: [String: Int]?

  package init() {}

  /// Adds what another part of the same check sent and saw.
  package mutating func add(_ other: TargetProbeFindings) {
    sent.add(other.sent)
    for method in other.replaced where !replaced.contains(method) { replaced.append(method) }
    judged = judged.addingSaturated(other.judged)
    succeeded = succeeded.addingSaturated(other.succeeded)
    failures.merge(other.failures, uniquingKeysWith: { $0.addingSaturated($1) })
    failedTries.merge(other.failedTries, uniquingKeysWith: { $0.addingSaturated($1) })
    if let more = other.answered {
      answered = (answered ?? [:]).merging(more, uniquingKeysWith: { $0.addingSaturated($1) })
    }
  }

  /// The requests that were not answered as they should have been.
  package var failed: Int { failures.values.reduce(0) { $0.addingSaturated($1) } }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    sent = try fields.decode(PreparationSection.self, forKey: .sent)
    try fields.demand(sent.addsUp && sent.requests <= FindingsLimits.count, .sent)
    replaced = try fields.decodeLines(forKey: .replaced)
    judged = try fields.decodeCount(forKey: .judged)
    failures = try fields.decodeCounts(forKey: .failures, atMost: FindingsLimits.lines) { $0 }
    succeeded = try fields.decodeCount(forKey: .succeeded)
    try fields.demand([
      (
        .judged,
        .equal(
          Figure("judged", judged),
          Figure("succeeded", succeeded) + Figure("the sum of failures", sumOf: failures.values))
      )
    ])
    failedTries = try fields.decodeCounts(forKey: .failedTries, atMost: FindingsLimits.backends) { $0 }
    answered =
      try fields.contains(.answered)
      ? fields.decodeCounts(forKey: .answered, atMost: FindingsLimits.backends) { $0 } : nil
  }
}
