internal import Load
internal import Platform
internal import Report
internal import Statistics

/// The assertions about the phases of a run, and the verdict of each phase: values in, values out.
///
/// An assertion about a phase that is not judged, or about any but the first where the target could not carry the traffic from
/// the beginning, is left open.
struct PhaseVerdicts {
  /// How an assertion counts where the generator was paused in its phase.
  enum Certainty {
    /// Its failure may be the generator's own.
    case usual
    /// It has separated the generator's own failures.
    case countsPauses
    /// It holds whatever the traffic was, such as that a manager could not act.
    case proven

    fileprivate var isProven: Bool {
      switch self {
      case .proven: true
      case .usual, .countsPauses: false
      }
    }
  }

  private(set) var assertions: [Assertion] = []
  /// The phases that each assertion is about, and its nature.
  private var subjects: [(indices: [Int], kind: Subject)] = []

  fileprivate enum Subject {
    /// The outcome of visitors' requests, whatever caused it.
    case visitors
    /// What an action did.
    case action
    /// Independent of the traffic.
    case proven
  }
  /// The phases, each with the verdict of the assertions about it.
  private(set) var phases: [PhaseSection]
  let analyses: [PhaseAnalysis]
  /// `nil` for a run that was not interrupted; what is left of its last phase is not known.
  let interruption: Interruption?

  /// - Parameter analyses: the first is the baseline's.
  init(_ analyses: [PhaseAnalysis], _ interruption: Interruption? = nil) {
    self.analyses = analyses
    self.interruption = interruption
    phases = analyses.map(\.section)
    for index in phases.indices where analyses[index].isPaused || phases[index].notJudged != nil {
      record(.inconclusive, about: index)
    }
  }

  func index(of kind: PhaseKind) -> Int? { phases.firstIndex { $0.kind == kind } }

  /// Adds an assertion about some phases, or about the whole.
  mutating func add(_ assertion: Assertion, about indices: [Int] = [], _ certainty: Certainty = .usual) {
    let assertion = doubted(assertion, about: indices, certainty)
    append(assertion, about: indices, certainty.isProven ? .proven : .action)
    for index in indices { record(assertion.verdict, about: index) }
  }

  private mutating func append(_ assertion: Assertion, about indices: [Int], _ kind: Subject) {
    assertions.append(assertion)
    subjects.append((indices, kind))
  }

  /// Which of the assertions about a phase are left open; those that are proven never are.
  enum Doubt {
    /// Those that hold: what failed has failed, whatever was carried out.
    case passes
    /// Those that hold, and what an action did not do; not what visitors met.
    case allButLosses
    /// All, as where the cause is unknown.
    case all

    fileprivate func opens(_ subject: Subject, _ verdict: Verdict) -> Bool {
      switch (subject, verdict) {
      case (.proven, _), (_, .inconclusive): false
      case (.visitors, .pass), (.action, .pass): true
      case (.visitors, .fail): self == .all
      case (.action, .fail): self != .passes
      }
    }
  }

  /// Leaves assertions about a phase open.
  mutating func leaveOpen(_ doubt: Doubt, about index: Int, because reason: String) {
    var wasOpened = false
    for (assertionIndex, subject) in subjects.enumerated() where subject.indices.contains(index) {
      guard doubt.opens(subject.kind, assertions[assertionIndex].verdict) else { continue }
      assertions[assertionIndex] = assertions[assertionIndex].leftOpen(reason)
      wasOpened = true
    }
    guard wasOpened, phases.indices.contains(index) else { return }
    let keepsFailure = subjects.indices.contains { assertionIndex in
      subjects[assertionIndex].indices.contains(index) && assertions[assertionIndex].verdict == .fail
    }
    if !keepsFailure { phases[index].verdict = .inconclusive }
  }

  /// Leaves assertions of some kinds open, whatever they say.
  mutating func leaveOpen(_ kinds: Set<AssertionKind>, because reason: String) {
    for assertionIndex in assertions.indices where assertions[assertionIndex].verdict != .inconclusive {
      guard let kind = assertions[assertionIndex].kind, kinds.contains(kind) else { continue }
      assertions[assertionIndex] = assertions[assertionIndex].leftOpen(reason)
    }
  }

  private func doubted(_ assertion: Assertion, about indices: [Int], _ certainty: Certainty) -> Assertion {
    let present = indices.filter(phases.indices.contains)
    switch certainty {
    case .proven: return assertion
    case .usual, .countsPauses: break
    }
    if let reason = present.lazy.compactMap({ phases[$0].notJudged }).first {
      return assertion.leftOpen("Not judged: \(reason).", reason: reason)
    }
    if present != [0], let problem = analyses.first?.pace.problem {
      return assertion.leftOpen("Not judged: before any action \(problem).", reason: "before any action \(problem)")
    }
    let isDoubtful = certainty == .usual && present.contains { analyses[$0].isPaused }
    let open = present.contains(phases.count - 1) ? assertion.leftOpen(by: interruption) : assertion
    return isDoubtful ? open.excusedByPause : open
  }

  private mutating func record(_ verdict: Verdict, about index: Int) {
    guard phases.indices.contains(index) else { return }
    phases[index].verdict = Verdict.worst(of: [phases[index].verdict, verdict].compactMap(\.self))
  }

  // MARK: Assertions of every check with actions

  /// Demands that no request of some phases failed, each of them judged by its own.
  ///
  /// - Parameter subject: the backend that it is about, where there are several.
  mutating func demandNoLoss(by disturbance: Disturbance, of subject: String? = nil, in indices: [Int]) {
    let present = indices.filter(phases.indices.contains)
    guard !present.isEmpty else { return }
    let requests = present.map { phases[$0].traffic.requests }
    let failed = requests.reduce(0) { $0 + $1.failed }
    let excused = present.reduce(0) { $0 + analyses[$1].failedAcrossPauses }
    let late = present.reduce(0) { $0 + analyses[$1].failedSentLate }
    let longest = present.flatMap { phases[$0].outages.map(\.durationSeconds) }.max()
    let methods = present.flatMap { phases[$0].traffic.methods ?? [] }.added
    let assertion = Assertion(
      .lostNoRequest(disturbance), of: subject, verdict: Verdict(onFailures: failed, acrossPauses: excused + late),
      expected: "0 of \(Formatting.count(requests.reduce(0) { $0 + $1.scheduled })) failed",
      actual: Formatting.count(failed) + (methods.lossInWords.map { " (\($0))" } ?? "")
        + Measurements.acrossPausesInWords(excused),
      detail: Self.losses(longestOutage: longest, sentLate: late),
      finding: .lost(
        Assertion.RequestLoss(failed, of: requests.reduce(0) { $0 + $1.scheduled }, methods: methods)))
    append(proved(doubted(assertion, about: present, .countsPauses), by: present), about: present, .visitors)
    for index in present {
      var own = assertion
      own.verdict = Verdict(
        onFailures: phases[index].traffic.requests.failed,
        acrossPauses: analyses[index].failedAcrossPauses + analyses[index].failedSentLate)
      record(proved(doubted(own, about: [index], .countsPauses), by: [index]).verdict, about: index)
    }
    demandBackends(.servedByBackends(disturbance), of: subject, in: present)
  }

  private static func losses(longestOutage: Double?, sentLate: Int) -> String? {
    let parts = [
      longestOutage.map { "Longest outage: \(Formatting.duration(seconds: $0))." },
      sentLate == 0
        ? nil
        : "Of those lost, lbcheck itself sent \(Formatting.count(sentLate)) late, after the next action had begun.",
    ].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  /// The fewest requests that show of a phase that it loses none.
  private static let fewestRequests = 30

  /// The assertion, left open if it holds of phases that cannot show it.
  private func proved(_ assertion: Assertion, by indices: [Int]) -> Assertion {
    guard assertion.verdict == .pass else { return assertion }
    for index in indices {
      let (name, count) = (phases[index].name, phases[index].traffic.requests.scheduled)
      guard count >= Self.fewestRequests else {
        return assertion.leftOpen(
          "Too few requests (\(Formatting.count(count)) in \(name)): raise --rate or --settle.")
      }
      // What a balancer does not repeat is few of the requests, and all that shows the losses.
      if let few = phases[index].traffic.methods?.first(where: {
        $0.isRepeatedByNobody && $0.requests < Self.fewestRequests
      }) {
        return assertion.leftOpen(
          "Too few \(few.method) requests (\(Formatting.count(few.requests)) in \(name)): raise --rate, --settle or --post-share."
        )
      }
      if let doubt = analyses[index].origins.doubt(against: analyses[0].origins) ?? unknownStatus(index) {
        return assertion.leftOpen("Not judged: \(name): \(doubt).", reason: "\(name): \(doubt)")
      }
    }
    return assertion
  }

  /// A status that many of a phase's answers had and none before any action; `nil` if there is none.
  ///
  /// If none of n answers had a status, at most 3/n of all answers have it, at a confidence of 95 % (the rule of three; Hanley
  /// and Lippman-Hand 1983).
  private func unknownStatus(_ index: Int) -> String? {
    let (before, during) = (phases[0].traffic, phases[index].traffic)
    guard index > 0, before.requests.completed > 0 else { return nil }
    let share = 3 / Double(before.requests.completed)
    let strange = during.statuses.filter { status, count in
      before.statuses[status] == nil && count >= Self.fewestAnswers
        && Double(count) > share * Double(during.requests.completed)
    }
    return strange.min { $0.key < $1.key }.map {
      "\(Formatting.count($0.value)) of \(Formatting.count(during.requests.completed, "answer")) had status \($0.key), none before any action"
    }
  }

  /// The fewest answers of a status that may be more than chance.
  private static let fewestAnswers = 10

  /// Fails phases in which for a while no backend gave the answers that backends gave before any action.
  private mutating func demandBackends(_ kind: AssertionKind, of subject: String?, in indices: [Int]) {
    let away = indices.compactMap { index in
      secondsServedByNobody(index).map { (index: index, seconds: $0) }
    }
    guard !away.isEmpty else { return }
    let assertion = Assertion(
      kind, of: subject, verdict: .fail, expected: "backends give the answers, as before any action",
      actual:
        "visitors saw answers that no backend gave for \(Formatting.duration(seconds: away.reduce(0) { $0 + $1.seconds }))",
      detail:
        "It may be a maintenance page, a cache, or a build that does not name itself; none of them shows that the site serves."
    )
    let about = away.map(\.index)
    let doubted = doubted(assertion, about: about, .countsPauses)
    append(doubted, about: about, .visitors)
    for index in about { record(doubted.verdict, about: index) }
  }

  /// For how long nobody gave a phase's answers that backends gave before; `nil` if that was never so.
  func secondsServedByNobody(_ index: Int) -> Double? {
    analyses[index].origins.secondsServedByNobody(against: analyses[0].origins)
  }

  /// Whether a phase ended with answers of nobody although backends answered before any action.
  func isLeftToNobody(_ index: Int) -> Bool {
    analyses.indices.contains(index) && analyses[index].origins.isLeftToNobody(against: analyses[0].origins)
  }

  /// Demands that some phases have no long time without any answer.
  ///
  /// - Parameters:
  ///   - subject: the backend that it is about, where there are several.
  ///   - most: the longest acceptable time; `nil` for a second or three times the baseline's longest beyond the time between
  ///     its requests.
  mutating func demandNoGap(
    by disturbance: Disturbance, of subject: String? = nil, in indices: [Int], most: Nanoseconds?
  ) {
    let present = indices.filter(phases.indices.contains)
    guard let baseline = phases.first, let worst = present.max(by: { gap($0) < gap($1) }) else { return }
    let limit = most.map { Double($0) / 1e9 } ?? max(1, 3 * (baseline.longestGapSeconds - analyses[0].longestSpacing))
    func verdict(_ index: Int) -> Verdict {
      gap(index) <= limit ? .pass : analyses[index].isShortOfConnections ? .inconclusive : .fail
    }
    let isShort = present.contains { gap($0) > limit && analyses[$0].isShortOfConnections }
    let usual =
      most != nil
      ? ""
      : "The longest of the baseline was \(Formatting.duration(seconds: baseline.longestGapSeconds)); --max-gap sets the limit."
    let detail =
      isShort
      ? "All of the generator's own connections were waiting for slow answers: use more --connections."
      : usual
    let assertion = Assertion(
      .leftNoGap(disturbance), of: subject, verdict: Verdict.worst(of: present.map(verdict)),
      expected: "at most \(Formatting.seconds(limit)) without an answer",
      actual:
        "\(Formatting.duration(seconds: gap(worst), beside: limit))\(present.count > 1 ? " in \(phases[worst].name)" : "")",
      detail: gap(worst) <= limit || detail.isEmpty ? nil : detail)
    append(dense(doubted(assertion, about: present, .usual), in: present, limit), about: present, .visitors)
    for index in present {
      var own = assertion
      own.verdict = verdict(index)
      record(dense(doubted(own, about: [index], .usual), in: [index], limit).verdict, about: index)
    }
  }

  /// The assertion, left open if it holds of phases whose requests are too far apart to show a gap.
  private func dense(_ assertion: Assertion, in indices: [Int], _ limit: Double) -> Assertion {
    guard assertion.verdict == .pass else { return assertion }
    let sparse = indices.first { index in
      phases[index].durationSeconds > limit / 3 * Double(phases[index].traffic.requests.scheduled)
    }
    guard let sparse else { return assertion }
    return assertion.leftOpen(
      "Too few requests (\(Formatting.count(phases[sparse].traffic.requests.scheduled)) in \(phases[sparse].name)): raise --rate."
    )
  }

  private func gap(_ index: Int) -> Double { phases[index].longestGapSeconds }

  /// Judges whether everything due was sent, every planned phase was reached and judged, and how the site was left.
  ///
  /// - Parameters:
  ///   - planned: the names of all phases that were to be.
  mutating func judgeEnd(_ measured: Measurements, planned: [String]?, site: SiteState?) {
    if interruption == nil {
      add(measured.everyRequestSent)
      let kept = measured.records.count
      if kept < measured.completed {
        add(
          Assertion(
            .evidence(.everyRequestKept), verdict: .inconclusive,
            expected: "\(Formatting.count(measured.completed, "request")) looked at",
            actual: Formatting.count(kept),
            detail: "No more are kept in memory: use a lower --rate or a shorter --settle."),
          .proven)
      }
      let reached = Set(phases.map(\.name))
      let missing = (planned ?? []).filter { !reached.contains($0) }
      if !missing.isEmpty {
        add(
          Assertion(
            .evidence(.everyPhaseReached), verdict: .inconclusive, expected: "\((planned ?? []).count) phases",
            actual: "not reached: \(missing.prefix(8).joined(separator: ", "))"), .proven)
      }
    }
    let open = phases.filter { $0.notJudged != nil }
    if !open.isEmpty {
      add(
        Assertion(
          .evidence(.everyPhaseJudged), verdict: .inconclusive, expected: "each phase begins with the site up",
          actual: open.map { "\($0.name): \($0.notJudged ?? "")" }.joined(separator: "; "),
          detail: "See --recovery for how long the site is given to come back."), .proven)
    }
    judge(site)
  }

  private mutating func judge(_ site: SiteState?) {
    guard let site else { return }
    let (verdict, actual, finding): (Verdict, String, Assertion.Finding?) =
      switch site {
      case .answers where isLeftToNobody(analyses.count - 1):
        (.fail, "it answers, but no backend does", .servedByNobody)
      case .answers: (.pass, "it does", nil)
      case .losesRequests where refusedMethod != nil:
        (.inconclusive, "it answers, but loses requests as before any action", .losesRequests)
      case .losesRequests: (.fail, "it answers, but loses requests", .losesRequests)
      case .down: (.fail, "IT DOES NOT ANSWER; repair it by hand", nil)
      case .unknown: (.inconclusive, "this machine has no resources left to check", nil)
      }
    add(
      Assertion(
        .standing(.siteUpAtTheEnd), verdict: verdict, expected: "the site answers when the check ends", actual: actual,
        finding: finding),
      .proven)
  }
}

extension PhaseVerdicts {
  fileprivate mutating func add(_ assertion: Assertion, _ certainty: Certainty) {
    add(assertion, about: [], certainty)
  }
}

extension Assertion {
  /// The assertion, left open.
  ///
  /// - Parameters:
  ///   - sentence: is added to its detail.
  ///   - reason: why, where that is less than the sentence.
  func leftOpen(_ sentence: String, reason: String? = nil) -> Assertion {
    var open = self
    open.verdict = .inconclusive
    open.detail = detail.map { "\($0) \(sentence)" } ?? sentence
    open.reason = reason ?? sentence
    return open
  }
}
