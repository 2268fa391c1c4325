internal import Statistics

extension Wording {
  /// What is known of visitors, a name and a text each.
  static func particulars(_ sessions: SessionsSection) -> [(name: String, value: String)] {
    let followed = sessions.visitors - (sessions.notFollowed ?? 0)
    var rows = [
      (name: "stayed", value: "\(Formatting.count(sessions.kept)) of \(Formatting.count(followed, "visitor"))"),
      (name: "by", value: sessions.by),
    ]
    if let share = sessions.keptShare { rows[0].value += ", \(Formatting.percent(share))" }
    if let cookie = sessions.cookie {
      let end = cookie.seconds.map { "for \(Formatting.count($0)) s" } ?? "until the client ends"
      rows.append((name: "cookie", value: "\(cookie.name), kept \(end), for \(cookie.path)"))
    }
    for rest in sessions.rests ?? [] {
      rows.append(
        (
          name: "rested",
          value:
            "\(Formatting.seconds(rest.seconds, decimals: rest.seconds < 1 ? 3 : 1)): \(Formatting.count(rest.kept)) of \(Formatting.count(rest.visitors)) met their backend again"
        ))
    }
    for row in sessions.rows ?? [] {
      rows.append(
        (
          name: "at \(row.address)",
          value: "\(Formatting.count(row.kept)) of \(Formatting.count(row.visitors, "visitor")) stayed, by \(row.by)"
        ))
    }
    if let stopped = sessions.stopped {
      let all = max(1, stopped.visitors + stopped.others)
      rows.append(
        (
          name: "stopped",
          value:
            "\(stopped.backend) with \(Formatting.count(stopped.visitors)) of \(Formatting.count(all, "visitor")): "
            + "\(Formatting.count(stopped.moved)) moved, \(Formatting.count(stopped.failed)) had a failed request, "
            + "\(Formatting.count(stopped.returned)) returned; of all others \(Formatting.count(stopped.othersMoved)) moved"
        ))
    }
    return rows
  }

  /// Why visitors moved.
  static func because(_ reason: VisitorMoves.Reason) -> String {
    switch reason {
    case .stopped: "their backend was stopped"
    case .cameBack: "their backend came back"
    case .silent: "their backend answered nobody any more"
    case .unexplained: "no reason: their backend was there"
    }
  }
}
