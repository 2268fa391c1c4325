internal import Report

/// The headline of a report: what failed, in words that a visitor of the site would use; on a pass, what was not judged.
///
///     Headline(finding: "3 backends answered in rotation", assertions).text
struct Headline {
  /// What the check found, as a clause; used where everything held.
  let finding: String
  let assertions: [Assertion]
  /// What the check saw but was not asked to judge, one clause each.
  let notJudged: [String]

  /// The most clauses in a headline; the rest are only counted.
  private static let mostClauses = 3

  init(finding: String, _ assertions: [Assertion], notJudged: [String] = []) {
    self.finding = finding
    self.assertions = assertions
    self.notJudged = notJudged
  }

  var text: String {
    let failed = clauses(.fail)
    let open = clauses(.inconclusive)
    if !failed.isEmpty {
      let more =
        open.isEmpty
        ? "" : open.count == 1 ? " One more point was not decided." : " \(open.count) more points were not decided."
      return Self.sentence(Self.joined(failed)) + more
    }
    if !open.isEmpty { return Self.sentence("not decided: " + Self.joined(open)) }
    return Self.sentence(finding) + (Self.notJudged(notJudged).map { " \($0)" } ?? "")
  }

  /// The assertions with this verdict as clauses, the most important first, without duplicates.
  private func clauses(_ verdict: Verdict) -> [String] {
    var seen: Set<String> = []
    return assertions.filter { $0.verdict == verdict }
      .enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
      .map { PlainWords.clause($0.element) }
      .filter { seen.insert($0).inserted }
  }

  /// What was not judged, in a sentence; `nil` for nothing.
  static func notJudged(_ clauses: [String]) -> String? {
    clauses.isEmpty ? nil : sentence("not judged: " + joined(clauses))
  }

  private static func joined(_ clauses: [String]) -> String {
    let shown = clauses.prefix(mostClauses).joined(separator: "; ")
    let more = clauses.count - mostClauses
    return more > 0 ? "\(shown); and \(more) more below" : shown
  }

  /// A clause as a sentence: with a full stop and, unless it begins with a URL, a capital.
  static func sentence(_ clause: String) -> String {
    let isURL = clause.prefix { $0 != " " }.contains("://")
    let text = isURL ? clause : clause.prefix(1).uppercased() + clause.dropFirst()
    return text.hasSuffix(".") ? text : text + "."
  }
}

extension ReportDocument {
  /// Sets the headline, gives each assertion that does not hold a reason, and appends the next step.
  ///
  /// - Parameters:
  ///   - finding: what the check found, as a clause.
  ///   - notJudged: what it saw but was not asked to judge, one clause each.
  ///   - demand: how to have that judged, a sentence.
  ///   - down: says that the site is down, in place of everything that follows from it.
  mutating func conclude(
    finding: String, notJudged: [String] = [], demanding demand: String? = nil, down: String? = nil
  ) {
    self.notJudged = notJudged.isEmpty ? nil : notJudged
    summary =
      verdict == .pass || down == nil
      ? Headline(finding: finding, assertions, notJudged: notJudged).text : down.map(Headline.sentence)
    concludeAsSummarized()
    if verdict == .pass, let demand { advice?.append(demand) }
  }

  /// Sets the headline of a capacity search: `text`, unless an assertion other than its own does not hold.
  ///
  /// - Parameter down: says that the site is down, in place of everything that follows from it.
  mutating func conclude(capacity text: String, down: String? = nil) {
    let own: Set<AssertionKind?> = [
      .figure(.capacityFound), .figure(.demandedRate), .evidence(.rateConfirmed), .evidence(.measurement),
    ]
    summary = text
    if let down, verdict == .fail {
      conclude(finding: text, down: down)
    } else if assertions.contains(where: { $0.verdict != .pass && !own.contains($0.kind) }) {
      conclude(finding: text)
    } else {
      concludeAsSummarized()
    }
  }

  /// Gives each assertion that does not hold a reason, and appends the next step; keeps the headline.
  mutating func concludeAsSummarized() {
    for index in assertions.indices where assertions[index].verdict != .pass && assertions[index].detail == nil {
      assertions[index].detail = Headline.sentence(PlainWords.clause(assertions[index]))
    }
    for index in assertions.indices {
      assertions[index].advice = NextStep.line(for: assertions[index], in: self)
    }
    if let step = NextStep.line(for: self), advice?.contains(step) != true { advice = (advice ?? []) + [step] }
    for index in assertions.indices {
      if let rounds = assertions[index].rounds { assertions[index].actual += " \(rounds)" }
      (assertions[index].finding, assertions[index].reason, assertions[index].rounds) = (nil, nil, nil)
    }
  }
}
