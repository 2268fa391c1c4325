internal import Platform
internal import Report
internal import Statistics

/// Holds what new visitors were answered against a split: values in, assertions out.
struct SplitJudgement {
  let section: SplitSection
  let assertions: [Assertion]
  /// What was found, as a clause.
  let finding: String
  let notes: [String]

  init(_ outcome: SplitDraws.Outcome, expecting split: SplitExpectation, header: String) {
    let own = split.shared(by: outcome.lanes.count)
    let sections = outcome.lanes.map { Self.section($0, outcome.followed, own, header) }
    let judged = zip(outcome.lanes, sections).map { lane, section in
      (split.wait.map { [Self.arrival(lane, outcome.followed, within: $0)] } ?? [])
        + Self.shares(section, lane, waits: split.wait != nil) + [Self.strangers(section, lane)]
    }
    assertions = judged.flatMap(\.self)
    var section = sections[0]
    if sections.count > 1 {
      section.rows = zip(zip(outcome.lanes, sections), judged).map { entry, assertions in
        SplitRow(
          address: entry.0.address, request: entry.0.request, parts: entry.1.parts, decidedAfter: entry.1.decidedAfter,
          verdict: Verdict.worst(of: assertions.map(\.verdict)))
      }
    }
    self.section = section
    let total = outcome.lanes.reduce(0) { $0 + $1.test.total }
    let shares = section.parts.map { "\($0.name) has \(Formatting.percent($0.share))" }.joined(separator: ", ")
    finding =
      sections.count == 1
      ? "the split holds: \(shares) of \(Formatting.count(total, "answer"))"
      : "the split holds for each of \(sections.count) addresses or kinds of requests, after \(Formatting.count(total, "answer"))"
    notes = [
      "Each answer is a new visitor's, over a connection of its own. A share is distinguished from one that is "
        + "\(Formatting.pointsSize(split.usedMargin)) off; one in between may be taken or not."
    ]
  }

  /// What there is to report of one lane.
  private static func section(
    _ lane: SplitLane, _ followed: SplitDraws.Flips, _ split: SplitExpectation, _ header: String
  ) -> SplitSection {
    let test = lane.test
    let expected = zip(split.parts, split.shares).enumerated().map { index, part in
      Self.part(part.0.name, part.1, test.counts[index], of: test.total, split)
    }
    let others = test.others.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    var section = SplitSection(
      header: header, parts: expected + others.map { Self.part($0.key, nil, $0.value, of: test.total, split) },
      margin: split.usedMargin, decidedAfter: test.decision == .undecided ? nil : test.total,
      expectedAfter: test.expectedCount, nameless: test.nameless > 0 ? test.nameless : nil)
    if split.wait != nil {
      section.arrival = SplitArrival(
        afterSeconds: lane.arrivedAfter.map { Double($0) / 1e9 }, visitors: followed.visitors,
        answers: followed.answers, flips: followed.flips)
    }
    return section
  }

  private static func part(
    _ name: String, _ expected: Double?, _ count: Int, of total: Int, _ split: SplitExpectation
  ) -> SplitPart {
    let interval = ConfidenceSequence.interval(
      hits: count, of: total, level: 1 - split.falseAlarm / Double(max(1, split.parts.count)))
    return SplitPart(
      name: name, expectedShare: expected, requests: count, share: total > 0 ? Double(count) / Double(total) : 0,
      low: interval.lowerBound, high: interval.upperBound)
  }

  /// Whether each part has its share.
  private static func shares(_ section: SplitSection, _ lane: SplitLane, waits: Bool) -> [Assertion] {
    let test = lane.test
    return zip(section.parts, test.tests).map { part, own in
      let verdict: Verdict =
        switch own.decision {
        case .larger, .smaller: .fail
        // What the others are shows in theirs; until all are decided none is.
        case .asExpected: test.decision == .undecided ? .inconclusive : .pass
        case .undecided: .inconclusive
        }
      return Assertion(
        .sharing(.split), of: lane.name.isEmpty ? part.name : "\(part.name), \(lane.name)",
        verdict: waits && verdict == .fail ? .inconclusive : verdict,
        expected: "\(Formatting.percent(part.expectedShare ?? 0)) of the answers",
        actual: "\(Formatting.percent(part.share)) of \(Formatting.count(test.total)) "
          + "(between \(Formatting.percent(part.low)) and \(Formatting.percent(part.high)))",
        detail: verdict == .inconclusive
          ? "\(Formatting.count(test.total, "answer")) decided nothing; about \(Formatting.count(test.expectedCount)) do where all is as expected."
          : nil)
    }
  }

  /// Whether nothing else answered.
  private static func strangers(_ section: SplitSection, _ lane: SplitLane) -> Assertion {
    let test = lane.test
    let others = section.parts.filter { $0.expectedShare == nil }
    var found = others.prefix(4).map { "\($0.name): \(Formatting.count($0.requests))" }
    if others.count > 4 { found.append("\(others.count - 4) others") }
    if test.nameless > 0 { found.append("without \(section.header): \(Formatting.count(test.nameless))") }
    return Assertion(
      .sharing(.noOtherPart), of: lane.subject,
      verdict: !found.isEmpty ? .fail : test.total > 0 ? .pass : .inconclusive,
      expected: "no answer of another part", actual: found.isEmpty ? "none" : found.joined(separator: ", "))
  }

  /// Whether a change that was waited for came.
  private static func arrival(
    _ lane: SplitLane, _ followed: SplitDraws.Flips, within wait: Nanoseconds
  ) -> Assertion {
    let limit = Formatting.seconds(Double(wait) / 1e9)
    let seen = lane.arrivedAfter.map { "after \(Formatting.seconds(Double($0) / 1e9))" }
    let isOpen = lane.test.total == 0 || lane.holdsSince != nil
    return Assertion(
      .sharing(.splitArrived), of: lane.subject, verdict: seen != nil ? .pass : isOpen ? .inconclusive : .fail,
      expected: "the split within \(limit)", actual: seen ?? "not within \(limit)",
      detail:
        "\(Formatting.count(followed.visitors, "visitor")) came again and again: \(Formatting.count(followed.flips)) of "
        + "\(Formatting.count(followed.answers, "time")) another part answered than the time before.")
  }
}

extension SplitLane {
  /// Whom an assertion is about; `nil` where there is one lane.
  fileprivate var subject: String? { name.isEmpty ? nil : name }
}
