extension SessionsFindings {
  /// What visitors met at one of the target's addresses.
  func at(_ target: Int) -> SessionsFindings {
    let count = targets.count
    func isOwn(_ visitor: Int) -> Bool { visitor % count == target }
    func part(_ visitors: [Int], _ answers: [Answer]) -> (visitors: [Int], answers: [Answer]) {
      let pairs = zip(visitors, answers).filter { isOwn($0.0) }
      return (pairs.map { $0.0 / count }, pairs.map(\.1))
    }
    var own = self
    let all = (0..<visitors).filter(isOwn)
    own.visitors = all.count
    own.addresses = min(addresses, max(all.count, 1))
    own.targets = [targets[target]]
    own.rounds = rounds.map { round in
      Round(phase: round.phase, answers: all.flatMap { answers(in: round, to: $0) })
    }
    own.controls = controls.filter { $0.control != .otherAddress }.map { round in
      let (visitors, answers) = part(round.visitors, round.answers)
      return ControlRound(control: round.control, visitors: visitors, answers: answers)
    }
    own.rests = rests.map { rest in
      let (visitors, answers) = part(rest.visitors, rest.answers)
      return Rest(seconds: rest.seconds, visitors: visitors, answers: answers)
    }
    own.draws = draws.indices.contains(target) ? [draws[target]] : []
    return own
  }
}
