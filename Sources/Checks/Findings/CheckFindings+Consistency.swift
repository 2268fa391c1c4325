internal import Load
internal import Platform
internal import Report
internal import Statistics

/// What holds between the findings of every genuine check, beside what holds of each stage by itself.
extension CheckFindings {
  var consistency: [(field: CodingKeys, rule: Consistency)] {
    var rules = stages.flatMap(answerers)
    for (stage, purpose) in [(StageName.serialStage, PreparationPurpose.serialStage), (.freshStage, .freshStage)] {
      // What these stages send is not in the report's traffic, so it is counted here, too; more of it where one was too short
      // to show chance and was made again.
      rules.append(
        (
          .preparation,
          .atMost(
            Figure("the sum of sent of stage \(stage)", sumOf: measured(stage).sent),
            Figure("sent.purposes.\(purpose.rawValue)", preparation.sent.purposes[purpose] ?? 0))
        ))
    }
    rules += [
      (
        .isInterrupted,
        .holds(
          isInterrupted || !stages.contains { $0.measured.wasStopped && $0.cutShort == nil },
          "contradicts itself: it is false, although a stage was stopped")
      ),
      (.samples, .atMost(Figure("1", 1), Figure("samples", samples))),
      (
        .samples,
        .holds(
          samples > 1 || preparation.sent.purposes[.discardedSample] == nil,
          "contradicts itself: it is \(samples), although one was discarded")
      ),
    ]
    if let choice {
      // Each set of values is asked for twice.
      rules.append(
        (
          .choice,
          .atMost(
            Figure("twice the sum of values", sumOf: choice.values.values.flatMap { [$0, $0] }),
            Figure(
              "sent.purposes.\(PreparationPurpose.stickyProbe.rawValue)", preparation.sent.purposes[.stickyProbe] ?? 0))
        ))
      rules.append(
        (
          .choice,
          .holds(
            Set(choice.values.keys).isSubset(of: choice.backends), "contradicts itself: values name other backends")
        ))
    }
    return rules
  }

  /// Whether a stage's answers are credited depends on whether a header names backends.
  private func answerers(_ stage: Stage) -> [(field: CodingKeys, rule: Consistency)] {
    let measured = stage.measured
    guard backendHeader != nil else {
      return [
        (
          .stages,
          .holds(
            measured.backends.isEmpty && measured.unattributed == 0,
            "contradict themselves: \(stage.name) has backends, although no header names them")
        )
      ]
    }
    let attributed = Figure(
      "the sum of its backends' succeeded and unattributed",
      sumOf: measured.backends.map(\.succeeded) + [measured.unattributed])
    let counted = Figure(
      "the sum of its backends' requests and nobody", sumOf: measured.backends.map(\.requests) + measured.nobody.values)
    return [
      (.stages, .equal(attributed, Figure("succeeded in \(stage.name)", measured.succeeded))),
      (.stages, .atMost(Figure("the sum of statuses in \(stage.name)", sumOf: measured.statuses.values), counted)),
    ]
  }
}

extension ManagerActions {
  /// A phase begins where the one before it ends, and all but the baseline with an action, in the order of the plan.
  var consistency: [(field: CodingKeys, rule: Consistency)] {
    zip(phases, phases.dropFirst()).map {
      (.phases, .equal(Figure("the end of \($0.name)", $0.end), Figure("the start of \($1.name)", $1.start)))
    }
      + order
      + phases.prefix(1).filter { $0.action == nil }.map {
        (.phases, .equal(Figure("the start of \($0.name)", $0.start), Figure("the run's", 0)))
      }
  }
}

extension ManagerActions {
  /// The order in which the phases of a reload test follow one another.
  private static let course: [PhaseKind] = [
    .baseline, .reload, .restart, .brokenReload, .repairAfterReload, .brokenRestart, .repairAfterRestart,
  ]

  /// Whether phases of these names follow one another in a reload test, from its beginning on.
  private static func isInOrder(_ names: [String]) -> Bool {
    let places = names.map { name in course.firstIndex { $0.rawValue == name } ?? -1 }
    return places.starts(with: [0, 1].prefix(names.count)) && zip(places, places.dropFirst()).allSatisfy { $0 < $1 }
  }

  private var order: [(field: CodingKeys, rule: Consistency)] {
    let names = phases.map(\.name)
    let all = planned ?? names
    var rules: [(field: CodingKeys, rule: Consistency)] = [
      (
        .planned, .holds(all.count >= 2 && Self.isInOrder(all), "has to be a baseline, a reload, and what follows them")
      ),
      (.phases, .holds(all.starts(with: names), "are not the planned ones: \(all.joined(separator: ", "))")),
    ]
    for phase in phases {
      let isAction = phase.name != PhaseKind.baseline.rawValue
      rules.append(
        (
          .phases,
          .holds((phase.action != nil) == isAction, "\(phase.name) has \(isAction ? "no action" : "an action")")
        ))
      guard let action = phase.action else { continue }
      // Seconds as a fraction are rounded.
      let begins = Nanoseconds((action.startSeconds * 1e9).rounded()).addingSaturated(1_000)
      rules += [
        (.phases, .atMost(Figure("the start of \(phase.name)", phase.start), Figure("its action's", begins))),
        (.phases, .holds(phase.actionStart ?? 0 <= phase.end, "\(phase.name) ends before its action begins")),
      ]
    }
    return rules
  }
}

extension CookieAffinity {
  /// Each visitor comes back equally often.
  var consistency: [(field: CodingKeys, rule: Consistency)] {
    [
      (
        .returns,
        .equal(
          Figure("returns", returns), Figure("\(CookieSearch.returns) × visitors", CookieSearch.returns * visitors))
      ),
      (.backends, .atMost(Figure("the number of backends", backends.count), Figure("visitors", visitors))),
    ]
  }
}
