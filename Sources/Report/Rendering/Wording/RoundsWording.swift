internal import Statistics

/// The words and figures of several rounds that every writer shares; nothing in here is escaped.
enum RoundsWording {
  static let heads = ["round", "verdict", "began", "requests", "lost", "longest gap"]

  static func row(_ round: RoundSection) -> [String] {
    [
      Formatting.count(round.round), "\(Wording.sign(round.verdict)) \(Wording.word(round.verdict))",
      UTCTime.clock(round.startedAt), Formatting.count(round.requests), Formatting.count(round.lost),
      Formatting.duration(seconds: round.longestGapSeconds),
    ]
  }

  /// What the rounds show, a sentence each.
  static func lines(_ rounds: RoundsSection) -> [String] {
    let all = Formatting.count(rounds.rows.count, "round")
    let losses = "\(Formatting.count(rounds.lost)) of \(Formatting.count(rounds.requests, "request"))"
    let first =
      switch rounds.outcome {
      case .noneSeen: "Lost nothing in \(all): \(losses)."
      case .varies, .loses: "Lost something in \(Formatting.count(rounds.lossy)) of \(all): \(losses)."
      case .undecided: "Not decided in each of \(all): \(losses) lost."
      }
    var lines = [first]
    let level = Formatting.shortPercent(rounds.confidence)
    if let bound = rounds.lossyRounds {
      lines.append("At \(level) confidence \(words(bound)) of such rounds lose something.")
    }
    if let bound = rounds.lostRequests {
      lines.append("At \(level) confidence \(words(bound)) of requests are lost, if losses come singly.")
    }
    if rounds.made < rounds.asked {
      lines.append(
        "\(Formatting.count(rounds.made)) of \(Formatting.count(rounds.asked, "round")) were made to their end."
          + (rounds.problem.map { " \($0)." } ?? ""))
    }
    return lines
  }

  private static func words(_ bound: RoundsSection.Bound) -> String {
    bound.low == 0
      ? "at most \(Formatting.percent(bound.high))"
      : "\(Formatting.percent(bound.low)) to \(Formatting.percent(bound.high))"
  }

  /// By method, the rounds that lost something, at most eight of them, and all rounds; empty where all requests have the same.
  static func byMethod(_ rounds: RoundsSection) -> [[String]] {
    let lossy = rounds.rows.filter { $0.lost > 0 }.prefix(8).map { ("round \($0.round)", $0.methods) }
    return MethodsWording.rows(lossy + [("all rounds", rounds.methods)])
  }

  /// The most rounds that a terminal lists.
  private static let mostListed = 16

  /// The rounds to list on a terminal: where there are many, those that lost something or did not pass before the others.
  static func listed(_ rounds: RoundsSection) -> [RoundSection] {
    let telling = rounds.rows.filter { $0.lost > 0 || $0.verdict != .pass }
    let others = rounds.rows.filter { $0.lost == 0 && $0.verdict == .pass }
    return (telling + others).prefix(mostListed).sorted { $0.round < $1.round }
  }
}

extension Page {
  /// A row for each round, the phases of all of them added up, and the phases of the most telling one.
  static func rounds(_ rounds: RoundsSection, of document: ReportDocument) -> [Block] {
    let phases = document.phases ?? []
    var table = PageTable("Rounds", RoundsWording.heads.prefix(3).map(Wording.capitalised))
    for head in RoundsWording.heads.dropFirst(3) { table.addColumn(Wording.capitalised(head), right: true) }
    for round in rounds.rows {
      let row = RoundsWording.row(round).map(cell)
      table.add([row[0], .verdict(round.verdict)] + row.dropFirst(2))
    }
    var blocks = [section("Rounds"), .list(RoundsWording.lines(rounds).map { Item(body: [.text($0, width: 500)]) })]
    blocks += [.table(table)] + methods(RoundsWording.byMethod(rounds))
    blocks += [section("Phases"), .table(compared(phases, caption: "Phases of all rounds, added up"))]
    blocks += methods(MethodsWording.rows(phases))
    guard let telling = rounds.telling else { return blocks }
    return blocks + Self.phases(telling.phases, of: document, title: "Round \(telling.round)")
  }
}

extension TextWriter {
  func rounds(_ rounds: RoundsSection, phases: [PhaseSection]) -> [[String]] {
    var columns = Columns()
    columns.align(right: Array(3..<RoundsWording.heads.count))
    columns.add(RoundsWording.heads)
    let listed = RoundsWording.listed(rounds)
    for round in listed { columns.add(RoundsWording.row(round).map { Escaping.terminal($0, width: 40) }) }
    let more = rounds.rows.count - listed.count
    var blocks = [RoundsWording.lines(rounds).map { "  " + Escaping.terminal($0, width: 400) }, table(columns)]
    if more > 0 { blocks[1].append("  … and \(Formatting.count(more)) more") }
    blocks += [methods(RoundsWording.byMethod(rounds)), compared(phases), methods(MethodsWording.rows(phases))]
    if let telling = rounds.telling {
      blocks.append(["  round \(telling.round):"])
      blocks += self.phases(telling.phases)
    }
    return blocks
  }
}
