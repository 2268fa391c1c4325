internal import Checks
internal import Load
internal import Platform
internal import Report
internal import Statistics

/// Shows the progress of a check: one line redrawn in a terminal, a plain line every few seconds elsewhere.
final class ProgressDisplay {
  private let isDrawn: Bool
  private let isSilent: Bool
  private let showsEvents: Bool
  private var stage = ""
  private var lastPlain: Nanoseconds = 0
  private var hasDrawn = false

  /// How often a plain line is written.
  private let plainInterval: Nanoseconds

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
  }

  func show(_ event: CheckEvent) {
    if case .seen(let event) = event, showsEvents || !isSilent {
      clear()
      return Terminal.message("\(UTCTime.clock(event.at))  \(event.line)")
    }
    guard !isSilent else { return }
    switch event {
    case .stage(let name):
      clear()
      stage = name
      lastPlain = 0
      if isDrawn { draw(name + " …") } else { Terminal.message(name) }
    case .seen: break
    case .live(let snapshot, let total):
      let width = isDrawn ? Terminal.width - 1 : 200
      let line = ProgressDisplay.line(stage, snapshot, total, width: width)
      if isDrawn {
        draw(line)
      } else if snapshot.elapsed >= lastPlain + plainInterval {
        lastPlain = snapshot.elapsed
        Terminal.message(line)
      }
    }
  }

  /// Removes the line before something else is written.
  func clear() {
    guard hasDrawn else { return }
    Terminal.redraw("")
    hasDrawn = false
  }

  private func draw(_ line: String) {
    Terminal.redraw(line)
    hasDrawn = true
  }

  /// Stage, count, rate, percentiles, failures and shares, cut to a width.
  static func line(_ stage: String, _ snapshot: LiveSnapshot, _ total: Int?, width: Int) -> String {
    let done = snapshot.succeeded + snapshot.failed
    let seconds = Double(snapshot.elapsed) / 1e9
    var parts = [stage, total.map { "\(done) of \($0)" } ?? "\(done)"]
    parts.append("\(seconds > 0 ? Int(Double(done) / seconds) : 0)/s")
    if let p50 = snapshot.p50, let p99 = snapshot.p99 {
      parts.append("p50 \(milliseconds(p50))")
      parts.append("p99 \(milliseconds(p99))")
    }
    if snapshot.failed > 0 { parts.append("\(snapshot.failed) failed") }
    let answers = snapshot.backends.reduce(0) { $0 + $1.requests }
    for backend in snapshot.backends.prefix(8) where answers > 0 {
      parts.append("\(Escaping.terminal(backend.name, width: 24)) \(backend.requests * 100 / answers)%")
    }
    if snapshot.backends.count > 8 { parts.append("and \(snapshot.backends.count - 8) more") }
    let line = parts.joined(separator: "  ")
    return line.count > width ? String(line.prefix(max(1, width - 1))) + "…" : line
  }

  private static func milliseconds(_ time: Nanoseconds) -> String {
    Formatting.milliseconds(nanoseconds: time, decimals: time < 10_000_000 ? 2 : 0)
  }
}
