internal import Statistics

extension Page {
  /// What a watch saw, in the order in which it became known.
  static func watch(_ watch: WatchSection?) -> [Block] {
    guard let watch, !watch.events.isEmpty else { return [] }
    var table = PageTable("What was seen", ["UTC"])
    table.addColumn("Seconds", right: true)
    table.addColumn("Event")
    let shown = watch.events.suffix(WatchWording.mostEvents)
    for event in shown {
      table.add([
        cell(event.at), .words(Formatting.fixed(event.seconds, decimals: 2)), .text(event.line, width: 300),
      ])
    }
    let earlier = WatchWording.earlier(watch, shown: shown.count).map { [Block.paragraph([.words($0)])] } ?? []
    return [section("Events")] + earlier + [.table(table)]
  }
}

extension TextWriter {
  /// What a watch saw.
  func watch(_ watch: WatchSection?) -> [String] {
    guard let watch else { return [] }
    let shown = watch.events.suffix(32)
    var columns = Columns()
    for event in shown { columns.add([UTCTime.clock(event.at), Escaping.terminal(event.line, width: 200)]) }
    return (WatchWording.earlier(watch, shown: shown.count).map { [$0] } ?? []).map { "  " + $0 }
      + columns.lines.map { "  " + $0 }
  }
}

/// The words about a watch that every writer shares.
enum WatchWording {
  /// The most events that a page shows.
  static let mostEvents = 200

  /// `nil` where all events are shown.
  static func earlier(_ watch: WatchSection, shown: Int) -> String? {
    let more = watch.eventsSeen - shown
    return more > 0 ? "\(Formatting.count(more)) earlier events are in events.jsonl." : nil
  }

  /// When backends were silent, as far as the events tell both ends.
  static func silences(_ watch: WatchSection) -> [TimelineLane.Silence] {
    var began: [String: Double] = [:]
    return watch.events.compactMap { event in
      if case .backendSilent(let name) = event.kind { began[name] = event.seconds }
      if case .backendBack(let name, _) = event.kind, let start = began.removeValue(forKey: name), start < event.seconds
      {
        return TimelineLane.Silence(backend: name, from: start, to: event.seconds)
      }
      return nil
    }
  }

  /// The phases that a timeline can show side by side: those of one deploy, the first that did not pass or else the latest.
  static func charted(_ phases: [PhaseSection]) -> [PhaseSection] {
    guard let last = phases.firstIndex(where: { ($0.verdict ?? .pass) != .pass }) ?? phases.indices.last else {
      return []
    }
    let before =
      last > 0 && phases[last - 1].startSeconds + phases[last - 1].durationSeconds == phases[last].startSeconds
    return Array(phases[(before ? last - 1 : last)...last])
  }
}
