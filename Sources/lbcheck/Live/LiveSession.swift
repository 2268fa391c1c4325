internal import Checks
internal import Platform
internal import Report
internal import Synchronization

/// The live page of one program, from its first check to its final report.
struct LiveSession: Sendable {
  private let board: LiveBoard
  private let server: LiveServer
  private let hold: LiveHold

  /// Serves the page from now on, and says where it is.
  ///
  /// - Parameter port: 0 for a free one.
  init(port: UInt16, hold: LiveHold, _ options: ReportOptions) throws(CommandError) {
    let showsSecrets = options.showsSecrets
    board = LiveBoard { showsSecrets ? $0 : Secrets.text($0) }
    server = try LiveServer(board, port: port)
    self.hold = hold
    Terminal.address("Live", server.url)
  }

  func begin(_ check: CheckKind, _ target: String) { board.begin(check.rawValue, target: target) }

  func take(_ event: CheckEvent) { board.take(event) }

  /// Shows what came of it, with the final report as `report.html` has it.
  func show(_ outcome: Outcome) {
    switch outcome {
    case .report(let report):
      let ending = LiveFrame.Ending(
        summary: report.document.summary ?? "", verdict: report.document.verdict.rawValue, hasReport: true)
      server.show(ending, report: HTMLWriter(tolerance: report.tolerance).write(report.document))
    case .part(let part, _, _):
      server.show(LiveFrame.Ending(summary: PartWording.line(part), hasReport: false), report: nil)
    case .text, .summary, .ended: server.show(LiveFrame.Ending(summary: "Ended.", hasReport: false), report: nil)
    }
  }

  func show(_ error: CommandError) {
    server.show(LiveFrame.Ending(summary: error.reason, hasReport: false), report: nil)
  }

  /// Ends: where somebody sits at the terminal, once they press Ctrl-C.
  func end() {
    if Terminal.showsMessages {
      hold.begin()
      Terminal.message("The live page stays until Ctrl-C.")
      while hold.isHeld { MonotonicClock.sleep(50_000_000) }
    }
    server.close()
  }
}

/// Whether the program stays only for its live page, which Ctrl-C then ends.
final class LiveHold: Sendable {
  private let held = Atomic(false)

  var isHeld: Bool { held.load(ordering: .relaxed) }

  func begin() { held.store(true, ordering: .relaxed) }

  func release() { held.store(false, ordering: .relaxed) }
}
