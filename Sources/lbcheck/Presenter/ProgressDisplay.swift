internal import Checks
internal import Load
internal import Platform
internal import Report
internal import Statistics
internal import Synchronization

/// Shows the progress of a check: one line redrawn in a terminal, a plain line every few seconds elsewhere.
///
/// A thread of its own draws it, so that it goes on while the check waits for a manager, and follows the terminal's width.
final class ProgressDisplay: Sendable {
  private struct State {
    var line = ProgressLine()
    var feed: LiveFeed?
    /// When the check and its stage began.
    var began: Nanoseconds?
    var stageBegan: Nanoseconds = 0
    var lastPlain: Nanoseconds = 0
    var isOver = false

    /// The line as it stands now.
    func line(at now: Nanoseconds) -> ProgressLine {
      var line = line
      line.elapsed = now - min(began ?? now, now)
      line.stageElapsed = now - min(stageBegan, now)
      (line.snapshot, line.requests) = (feed?.snapshot(), feed?.requests)
      return line
    }
  }

  private let isDrawn: Bool
  private let isSilent: Bool
  private let showsEvents: Bool
  /// How often a plain line is written.
  private let plainInterval: Nanoseconds
  private let state = Mutex(State())

  private static let interval: Nanoseconds = 100_000_000

  /// - Parameters:
  ///   - isSilent: whether no progress is shown.
  ///   - showsEvents: whether what a watch sees is shown all the same.
  ///   - interval: how often a plain line is written, in seconds.
  init(
    isSilent: Bool, showsEvents: Bool = false, isDrawn: Bool = Terminal.showsMessages, everySeconds interval: UInt64 = 5
  ) {
    plainInterval = interval * 1_000_000_000
    self.isSilent = isSilent
    self.showsEvents = showsEvents
    self.isDrawn = isDrawn
    guard !isSilent else { return }
    // Without a thread to spare there is no progress to see, and nothing else is missing.
    try? KernelThread(named: "lbcheck-progress") { [self] in
      while tick() { MonotonicClock.sleep(Self.interval) }
    }.detach()
  }

  func show(_ event: CheckEvent) {
    if case .seen(let event) = event, showsEvents || !isSilent {
      return Terminal.message("\(UTCTime.clock(event.at))  \(event.line)")
    }
    guard !isSilent else { return }
    let now = MonotonicClock.now()
    state.withLock { state in
      state.began = state.began ?? now
      switch event {
      case .takes(let time):
        state.line.expected = time
        Terminal.message(ProgressLine.text(time))
      case .stage(let stage):
        state.line.stage = stage
        (state.stageBegan, state.lastPlain) = (now, 0)
        if state.feed?.isOver == true { state.feed = nil }
        if isDrawn { draw(state.line(at: now)) } else { Terminal.message(ProgressLine.text(stage)) }
      case .traffic(let feed): state.feed = feed
      case .demands, .phase, .judged, .seen: break
      }
    }
  }

  /// Shows no more, and removes the line.
  func end() {
    state.withLock { state in
      state.isOver = true
      if isDrawn, !isSilent { Terminal.redraw("") }
    }
  }

  /// - Returns: whether to go on.
  private func tick() -> Bool {
    let now = MonotonicClock.now()
    return state.withLock { state in
      guard !state.isOver else { return false }
      if isDrawn {
        if state.line.stage != nil { draw(state.line(at: now)) }
      } else if let elapsed = state.feed?.snapshot().elapsed, elapsed >= state.lastPlain.addingSaturated(plainInterval)
      {
        state.lastPlain = elapsed
        Terminal.message(state.line(at: now).plain)
      }
      return true
    }
  }

  private func draw(_ line: ProgressLine) {
    // The last column stays free: a terminal may wrap a line that fills it.
    Terminal.redraw(line.drawn(width: Terminal.width - 1))
  }
}
