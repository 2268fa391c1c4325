internal import Report
internal import Statistics

/// Holds what visitors met against what they should: values in, assertions out.
struct SessionsJudgement {
  let section: SessionsSection
  private(set) var assertions: [Assertion] = []
  /// What was found, as a clause.
  let finding: String
  private(set) var notes: [String] = []
  /// Requests that failed where that was to be expected.
  let excused: Int

  private let seen: SessionsFindings
  private let staying: Staying
  private let affinity: Affinity

  /// So few visitors of other backends show nothing of what a stop does to them.
  private static let fewestOthers = 10

  /// - Parameter lasted: how long the whole check took, in seconds.
  init(_ seen: SessionsFindings, expecting backends: [ExpectedBackend], tolerance: Double, lasted: Double = 0) {
    self.seen = seen
    staying = Staying(seen)
    affinity = Affinity(seen, staying)
    let (staying, moves) = (staying, SessionMoves(seen, staying))
    func judged(_ seen: SessionsFindings, _ name: String?) -> TargetVisitors {
      TargetVisitors(seen, named: name, expecting: backends, tolerance: tolerance, lasted: lasted)
    }
    let whole = judged(seen, nil)
    let targets = seen.targets.count > 1 ? seen.targets.indices.map { judged(seen.at($0), seen.targets[$0]) } : []
    excused = moves.excused

    let by = Set(targets.map(\.affinity.name)).count > 1 ? "unknown" : targets.first?.affinity.name ?? affinity.name
    var section = SessionsSection(
      visitors: seen.visitors, addresses: seen.addresses, visits: seen.baseline.count,
      requestsPerVisit: seen.requestsPerVisit, kept: staying.kept, by: by, firstAnswers: whole.spread.sections,
      moves: moves.sections)
    section.controls = seen.controls.map { round in
      let agreement = round.agreement(staying)
      return VisitorControl(with: round.control.name, visitors: agreement.count, kept: agreement.same)
    }
    if staying.followed < seen.visitors { section.notFollowed = seen.visitors - staying.followed }
    section.keptShare = Proportion(staying.kept, of: staying.followed)?.share
    section.cookie = affinity.cookie.flatMap { name in seen.cookies.first { $0.name == name } }.map { cookie in
      SessionCookie(name: cookie.name, seconds: cookie.seconds.map { Int(clamping: $0) }, path: cookie.path)
    }
    section.stopped = moves.stopped
    if !seen.actions.isEmpty { section.actions = seen.actions }
    if !staying.rests.isEmpty {
      section.rests = staying.rests.map { SessionsRest(seconds: $0.seconds, visitors: $0.clear, kept: $0.kept) }
    }
    if !targets.isEmpty { section.rows = targets.compactMap(\.row) }
    self.section = section
    finding =
      "\(Formatting.count(seen.visitors)) visitors stay by \(by)\(staying.longestRest.map { " for rests up to \(RestedVisitors.inWords($0))" } ?? ""), and new ones are shared among "
      + "\(staying.backends.count) backends"

    let judgements = targets.isEmpty ? [whole] : targets
    assertions = judgements.map(\.stays) + judgements.map(\.spread.assertion)
    if let changed = OtherAddresses(seen, staying)?.assertion { assertions.append(changed) }
    if !backends.isEmpty {
      let strangers = whole.spread.strangers.prefix(16).joined(separator: ", ")
      assertions.append(
        Assertion(
          .sharing(.noOtherBackend), verdict: strangers.isEmpty ? .pass : .fail,
          expected: "no answer from any other",
          actual: strangers.isEmpty
            ? "none" : "answered: \(strangers)", finding: .labelled(strangers)))
    }
    if let moved = judge(moves) { assertions.append(moved) }
    if let back = Self.chosenAgain(moves) { assertions.append(back) }
    notes = remarks
  }

  /// Whether only those moved whose backend went; `nil` where nothing was done.
  private func judge(_ moves: SessionMoves) -> Assertion? {
    guard !seen.actions.isEmpty else { return nil }
    let moved = moves.sections.reduce(0) { $0 + ($1.at == SessionsPhase.baseline.name ? 0 : $1.visitors) }
    let wrong = moves.sections.filter { $0.because == .unexplained && $0.at != SessionsPhase.baseline.name }
    let open = reasonToLeaveOpen(moves)
    return Assertion(
      .visitors(.movedOnlyIfTheirBackendWent),
      verdict: !staying.stays ? .inconclusive : !wrong.isEmpty ? .fail : open != nil ? .inconclusive : .pass,
      expected: "nobody moves whose backend is there",
      actual: wrong.isEmpty
        ? "\(Formatting.count(moved)) moved, each with a reason"
        : wrong.map { "\($0.at): \(Formatting.count($0.visitors)) moved without a reason" }.joined(separator: "; "),
      detail: open != nil && (wrong.isEmpty || !staying.stays)
        ? open
        : ([moves.stopped.map(Self.keysMoved)] + [wrong.isEmpty ? power(moves) : nil]).compactMap(\.self)
          .joined(separator: " "))
  }

  /// The rarest wrong move that would have been found.
  private func power(_ moves: SessionMoves) -> String {
    let others = moves.stopped?.others ?? staying.followed
    let found = Formatting.count(Draws.move(foundIn: others))
    return "\(Formatting.count(others, "visitor")) had no reason to move; one in \(found) would have been found."
  }

  /// Whether a backend that was started again answers anybody; `nil` where none was.
  private static func chosenAgain(_ moves: SessionMoves) -> Assertion? {
    guard let stopped = moves.stopped, let isBack = moves.isBack else { return nil }
    return Assertion(
      .takeover(.chosenAgain), verdict: isBack ? .pass : .fail, expected: "\(stopped.backend) answers again",
      actual: isBack ? "it does" : "it answered nobody, old or new",
      detail: isBack ? nil : "nginx tries a server again only after its fail_timeout; see --settle.")
  }

  /// Why nothing is known of whom an action moves; `nil` where something is.
  private func reasonToLeaveOpen(_ moves: SessionMoves) -> String? {
    if !staying.stays { return "Visitors did not stay before anything was done." }
    if moves.stillAnswered == true {
      return "The stop had no effect: \(seen.stopped ?? "") still answered at the end."
    }
    if let stopped = moves.stopped {
      if stopped.visitors == 0 { return "The stopped backend had no visitors." }
      if stopped.others < Self.fewestOthers {
        return "The other backends had too few visitors to see whether they stay."
      }
    }
    if moves.renamed > 0 {
      return
        "After the reload no answer named the backends of \(Formatting.count(moves.renamed, "visitor")): a header that stays the same tells."
    }
    if let unserved = moves.unserved {
      return "After \(unserved.phase) no backend answered \(Formatting.count(unserved.visitors, "visitor"))."
    }
    return seen.actions.contains { $0.problem != nil } ? "Not all that the manager was asked to do was done." : nil
  }

  private static func keysMoved(_ stopped: StoppedVisitors) -> String {
    let all = max(1, stopped.visitors + stopped.others)
    let share = Double(stopped.moved + stopped.othersMoved) / Double(all)
    return "When \(stopped.backend) went, \(Formatting.percent(share)) of all visitors moved; it had "
      + "\(Formatting.percent(Double(stopped.visitors) / Double(all))) of them."
  }

  private var remarks: [String] {
    var notes: [String] = []
    switch affinity {
    case .address, .cookieOrAddress:
      notes.append(
        "Visitors are distinguished by their addresses: those behind one address share a backend, and one whose address changes moves."
      )
    case .request(let key):
      notes.append(
        "The \(key) of a request decides which backend answers it, whoever asks: visitors who ask for the same meet the same backend."
      )
    case .cookie, .cookieAndAddress, .connection, .nothing, .unknown: break
    }
    for cookie in seen.cookies where cookie.refused > 0 {
      notes.append(
        "\(Formatting.count(cookie.refused, "answer")) set the cookie \(cookie.name) in a way that clients do not keep it."
      )
    }
    if let name = affinity.cookie, let seconds = seen.cookies.first(where: { $0.name == name })?.seconds {
      notes.append(
        "The cookie \(name) ends after \(Formatting.count(Int(seconds))) s: who comes back later is a new visitor.")
    }
    return notes
  }
}

extension Staying {
  /// For how long visitors rested at most and met their backend again, in seconds; `nil` where none did.
  var longestRest: Double? { rests.last { $0.kept > 0 }?.seconds }

  /// Whether there is anything that could be lost.
  var stays: Bool {
    backends.count > 1 && moved == 0 && followed > 0 && chanceOfAll < Draws.risk && rests.allSatisfy { $0.moved == 0 }
  }
}
