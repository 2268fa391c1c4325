internal import Report

/// What to do about a verdict: one line.
///
/// It follows from the most important assertion that does not hold: failures of the manager first, because the rest follows
/// from them, then in the order of the headline. Where everything held, the check suggests the next check.
enum NextStep {
  /// What the advice may depend on.
  struct Facts {
    let check: CheckKind
    /// The most frequent cause of failed requests; `nil` where none failed.
    let mainFailure: MainFailure?
    let assertion: Assertion
    /// Whether answers were cut off in flight.
    var wasCut = false
    /// Whether a backup answered once no primary did.
    var backupTookOver = false

    /// Whether all that was lost are requests that nobody repeats.
    var lostOnlyUnrepeated: Bool {
      guard case .lost(let loss)? = assertion.finding else { return false }
      let lossy = loss.methods.filter { $0.failed > 0 }
      return !lossy.isEmpty && lossy.allSatisfy(\.isRepeatedByNobody)
    }
  }

  /// The next step for a report.
  static func line(for document: ReportDocument) -> String? {
    // What an interruption left open needs nothing but the rest of the run.
    if document.interrupted == true, document.verdict == .inconclusive { return toItsEnd }
    for verdict in [Verdict.fail, .inconclusive] {
      for assertion in document.assertions.filter({ $0.verdict == verdict }).byPriority {
        if let step = line(for: assertion, in: document) { return step }
      }
    }
    return document.verdict == .pass ? after(passing: document.check, target(of: document)) : nil
  }

  /// What to do about one assertion of a report; `nil` where it holds, or nothing can be done.
  static func line(for assertion: Assertion, in document: ReportDocument) -> String? {
    guard assertion.verdict != .pass, let kind = assertion.kind else { return nil }
    let phase = document.phases?.first { $0.kind != nil && $0.kind == kind.phase }
    let failure = phase.flatMap { MainFailure($0.traffic) } ?? document.traffic.flatMap { MainFailure($0) }
    return step(
      kind,
      Facts(
        check: document.check, mainFailure: failure, assertion: assertion,
        wasCut: failure?.isCut == true || (phase?.cutInFlight ?? 0) > 0,
        backupTookOver: document.assertions.contains {
          $0.kind == .takeover(.backupTookOver) && $0.verdict == .pass
        }))
  }

  /// The words of a command line that name the report's target again: a URL alone would lose a profile's own target, and the
  /// addresses that replace name resolution.
  private static func target(of document: ReportDocument) -> String {
    let url = document.target.url
    var words = ArraySlice((document.command ?? []).dropFirst(2))
    var kept: [String] = []
    while let word = words.popFirst() {
      let name = word.prefix { $0 != "=" }
      if ["--profile", "--resolve", "--connect-to"].contains(name) {
        kept.append(word)
        if name.count == word.count { kept += words.popFirst().map { [$0] } ?? [] }
      } else if names(word, url) {
        kept.append(word)
      }
    }
    return (kept.isEmpty ? [url] : kept).map(Escaping.shell).joined(separator: " ")
  }

  /// Whether a word is a URL, or the beginning of one up to its host, port or path, and not just an option's value.
  private static func names(_ word: String, _ url: String) -> Bool {
    func bare(_ text: String) -> Substring { text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text[...] }
    let (whole, beginning) = (bare(url), bare(word))
    guard !beginning.isEmpty, whole.hasPrefix(beginning) else { return false }
    return beginning.last == "/" || [nil, ":", "/", "?"].contains(whole.dropFirst(beginning.count).first)
  }

  private static func after(passing check: CheckKind, _ target: String) -> String? {
    return switch check {
    case .inspect: "`lbcheck fairness \(target)` shows how the work is shared."
    case .fairness: "`lbcheck reload-test \(target)` shows what a deploy does to visitors."
    case .sessions: "`lbcheck failover \(target)` shows which requests are lost when a backend goes down."
    case .watch: "`lbcheck reload-test \(target)` repeats a deploy that a command can make, and judges it."
    case .reloadTest: "`lbcheck failover \(target)` shows what visitors notice when a backend goes down."
    case .failover: "`lbcheck capacity \(target)` finds the highest rate that the site carries."
    case .capacity, .load: "Keep this report, and compare a later one with it: `lbcheck compare`."
    case .gate, .compare: nil
    }
  }
}

extension [Assertion] {
  /// Failures of the manager first, then by how much a visitor notices.
  fileprivate var byPriority: [Assertion] {
    func key(_ assertion: Assertion) -> (Int, Int) {
      let isCause =
        switch assertion.kind {
        case .manager(.managerActed), .manager(.managerReloaded), .manager(.managerRestarted): true
        // Where another server answers, the rest follows from it.
        case .evidence(.noRedirects), .evidence(.noCacheAnswers): true
        case nil, .standing, .servedByBackends, .lostNoRequest, .traffic, .leftNoGap, .manager, .servedByPrimaries,
          .generations, .visitors, .sharing, .takeover, .figure, .evidence, .comparison:
          false
        }
      return (isCause ? 0 : 1, assertion.rank)
    }
    return enumerated().sorted { one, other in
      let (first, second) = (key(one.element), key(other.element))
      return first == second ? one.offset < other.offset : first < second
    }.map(\.element)
  }
}
