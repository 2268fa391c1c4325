internal import Report

/// Who changed to another backend once something was done: values in, counts out.
struct SessionMoves {
  private(set) var sections: [VisitorMoves] = []
  private(set) var stopped: StoppedVisitors?
  /// Whether the stopped backend still answered in the end of its stop; `nil` without a stop.
  private(set) var stillAnswered: Bool?
  /// Whether it answered anybody once it was started again; `nil` where it was not.
  private(set) var isBack: Bool?
  /// Visitors who in the last round after an action met no backend, and that action.
  private(set) var unserved: (visitors: Int, phase: String)?
  /// Visitors of backends that no answer named any more after the reload.
  private(set) var renamed = 0
  /// Requests that failed where that was to be expected: of a stopped backend's visitors, until others answered them.
  private(set) var excused = 0

  /// Those who moved and had no reason to.
  var unexplained: Int { sections.reduce(0) { $0 + ($1.because == .unexplained ? $1.visitors : 0) } }

  init(_ seen: SessionsFindings, _ staying: Staying) {
    if staying.moved > 0 {
      sections.append(VisitorMoves(at: SessionsPhase.baseline.name, visitors: staying.moved, because: .unexplained))
    }
    if staying.movedFromSilent > 0 {
      sections.append(
        VisitorMoves(at: SessionsPhase.baseline.name, visitors: staying.movedFromSilent, because: .silent))
    }
    let target = seen.stopped.flatMap { seen.backends.firstIndex(of: $0) }
    var walk = Walk(seen, staying.homes, stopped: target)
    for phase in seen.phases {
      let moves = walk.go(through: seen.rounds.filter { $0.phase == phase }, phase)
      for reason in VisitorMoves.Reason.allCases where moves[reason] ?? 0 > 0 {
        sections.append(VisitorMoves(at: phase.name, visitors: moves[reason]!, because: reason))
      }
      if case .reload = phase { renamed = walk.renamed }
      guard let last = seen.rounds.last(where: { $0.phase == phase }) else { continue }
      let missing = (0..<seen.visitors).count { visitor in
        !seen.answers(in: last, to: visitor).contains { $0.backend != nil }
      }
      if missing > unserved?.visitors ?? 0 { unserved = (missing, phase.name) }
    }
    guard let name = seen.stopped, let target else { return }
    let own = staying.homes.indices.filter { staying.homes[$0] == target }
    let others = staying.homes.indices.filter { staying.homes[$0] != nil && staying.homes[$0] != target }
    stopped = StoppedVisitors(
      backend: name, visitors: own.count, moved: own.count { walk.left.contains($0) },
      failed: own.count { walk.failed.contains($0) }, returned: own.count { walk.returned.contains($0) },
      others: others.count, othersMoved: others.count { walk.driven.contains($0) })
    let after = seen.rounds.filter { $0.phase == .start(name) }
    if !after.isEmpty {
      isBack = (after.flatMap(\.answers) + seen.newcomers).contains { $0.backend == target }
    }
    excused = walk.excused
    stillAnswered = seen.rounds.last { $0.phase == .stop(name) }?.answers.contains { $0.backend == target } ?? false
  }

  /// All visitors from one round to the next.
  private struct Walk {
    private let seen: SessionsFindings
    private let target: Int?
    private let first: [Int?]
    private var homes: [Int?]
    /// Visitors of the stopped backend who left it, had a failed request until then, and came back to it.
    private(set) var left: Set<Int> = []
    private(set) var failed: Set<Int> = []
    private(set) var returned: Set<Int> = []
    /// Visitors of others who moved while it was stopped.
    private(set) var driven: Set<Int> = []
    private(set) var renamed = 0
    private(set) var excused = 0

    init(_ seen: SessionsFindings, _ homes: [Int?], stopped target: Int?) {
      self.seen = seen
      self.target = target
      self.homes = homes
      first = homes
    }

    /// - Returns: how many visitors moved for which reason, each visitor once for each.
    mutating func go(
      through rounds: [SessionsFindings.Round], _ phase: SessionsPhase
    ) -> [VisitorMoves.Reason: Int] {
      var moved: [VisitorMoves.Reason: Set<Int>] = [:]
      let answering = Set(rounds.flatMap { $0.answers.compactMap(\.backend) })
      var lost: Set<Int> = []
      for (number, round) in rounds.enumerated() {
        let isLast = number == rounds.count - 1 && rounds.count > 1
        for visitor in homes.indices {
          var hasSettled = false
          for answer in seen.answers(in: round, to: visitor) {
            note(failureOf: answer, visitor, phase, isLast: isLast)
            guard let backend = answer.backend else { continue }
            defer {
              homes[visitor] = backend
              hasSettled = isLast
            }
            guard let home = homes[visitor], backend != home else { continue }
            switch reason(visitor, from: home, to: backend, phase, answering, hasSettled: hasSettled) {
            case .renamed: lost.insert(visitor)
            case .moved(let reason): moved[reason, default: []].insert(visitor)
            }
          }
        }
      }
      renamed = lost.count
      return moved.mapValues(\.count)
    }

    private enum Cause {
      case moved(VisitorMoves.Reason)
      case renamed
    }

    /// - Parameter hasSettled: whether the visitor has met a backend in the last round of the phase.
    private mutating func reason(
      _ visitor: Int, from home: Int, to backend: Int, _ phase: SessionsPhase, _ answering: Set<Int>, hasSettled: Bool
    ) -> Cause {
      switch phase {
      case .baseline: return .moved(.unexplained)
      case .stop:
        // Whose backend went may meet one after another until the balancer has noticed.
        if home == target || first[visitor] == target && !hasSettled {
          left.insert(visitor)
          return .moved(.stopped)
        }
        if first[visitor] != target { driven.insert(visitor) }
        return .moved(.unexplained)
      case .start:
        guard backend == target, first[visitor] == target else { return .moved(.unexplained) }
        returned.insert(visitor)
        return .moved(.cameBack)
      case .reload: return answering.contains(home) ? .moved(.unexplained) : .renamed
      }
    }

    private mutating func note(
      failureOf answer: SessionsFindings.Answer, _ visitor: Int, _ phase: SessionsPhase, isLast: Bool
    ) {
      guard case .stop = phase, answer.kind == .failed, let target, first[visitor] == target else { return }
      failed.insert(visitor)
      if !isLast { excused += 1 }
    }
  }
}

extension SessionsFindings {
  /// What was done after the baseline, in order.
  fileprivate var phases: [SessionsPhase] {
    rounds.reduce(into: []) { phases, round in
      if round.phase != .baseline, phases.last != round.phase { phases.append(round.phase) }
    }
  }
}
