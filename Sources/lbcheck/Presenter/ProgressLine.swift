internal import Checks
internal import Load
internal import Platform
internal import Report
internal import Statistics

/// The progress of a check at one moment, and how it is written.
struct ProgressLine {
  var stage: CheckStage?
  var expected: ExpectedTime?
  /// Since the check began, and since the stage did.
  var elapsed: Nanoseconds = 0
  var stageElapsed: Nanoseconds = 0
  /// The run that is under way, and how many requests it makes; `nil` where there is none, or another bound.
  var snapshot: LiveSnapshot?
  var requests: Int?

  private static let barColumns = 10

  /// How long it presumably goes on; `nil` where that is not known.
  var remaining: Nanoseconds? {
    guard let own = remainingInStage, let followed = stage?.followed else { return nil }
    return own.addingSaturated(followed)
  }

  private var remainingInStage: Nanoseconds? {
    if let lasts = stage?.lasts { return lasts - min(lasts, stageElapsed) }
    guard let snapshot, let requests, done > 0 else { return nil }
    return Nanoseconds(Double(snapshot.elapsed) * Double(requests - min(done, requests)) / Double(done))
  }

  /// The part of it that is over, 0…1: of the time, or of the present run's requests where the time is not known.
  var share: Double? {
    if let remaining { return Double(elapsed) / max(Double(elapsed) + Double(remaining), 1) }
    if let most = expected?.most { return min(1, Double(elapsed) / Double(max(most, 1))) }
    return requests.map { min(1, Double(done) / Double(max($0, 1))) }
  }

  private var done: Int { snapshot.map { $0.succeeded + $0.failed } ?? 0 }

  // MARK: Writing

  /// With a bar, in at most so many columns: where that is too narrow, the least important is left out.
  func drawn(width: Int) -> String {
    var pieces: [Piece] = []
    if let share { pieces.append(Piece(bar(share), 3)) }
    pieces.append(Piece(stage.map(Self.brief) ?? "…", 0))
    pieces.append(Piece(times, 1))
    pieces += figures
    var text = Self.joined(pieces)
    while Escaping.columns(text) > width, let worst = pieces.map(\.rank).max(), worst > 0 {
      pieces.remove(at: pieces.lastIndex { $0.rank == worst }!)
      text = Self.joined(pieces)
    }
    return Escaping.terminal(text, width: width)
  }

  /// As a line of a log.
  var plain: String { Escaping.terminal(Self.joined([Piece(stage.map(Self.text) ?? "", 0)] + figures), width: 200) }

  /// One of the things that a line shows.
  private struct Piece {
    let text: String
    /// The higher, the sooner it is left out; 0 for never.
    let rank: Int

    init(_ text: String, _ rank: Int) { (self.text, self.rank) = (text, rank) }
  }

  private static func joined(_ pieces: [Piece]) -> String { pieces.map(\.text).joined(separator: "  ") }

  private var figures: [Piece] {
    guard let snapshot else { return [] }
    let seconds = Double(snapshot.elapsed) / 1e9
    var pieces = [
      Piece(requests.map { "\(done) of \($0)" } ?? "\(done)", 5),
      Piece("\(seconds > 0 ? Int(Double(done) / seconds) : 0)/s", 4),
    ]
    if let p50 = snapshot.p50, let p99 = snapshot.p99 {
      pieces.append(Piece("p50 \(Self.milliseconds(p50))", 7))
      pieces.append(Piece("p99 \(Self.milliseconds(p99))", 6))
    }
    if snapshot.failed > 0 { pieces.append(Piece("\(snapshot.failed) failed", 2)) }
    let answers = snapshot.backends.reduce(0) { $0 + $1.requests }
    for backend in snapshot.backends.prefix(8) where answers > 0 {
      pieces.append(Piece("\(Escaping.terminal(backend.name, width: 24)) \(backend.requests * 100 / answers)%", 8))
    }
    if snapshot.backends.count > 8 { pieces.append(Piece("and \(snapshot.backends.count - 8) more", 8)) }
    return pieces
  }

  private var times: String {
    let rest =
      if let remaining {
        ", \(Self.clock(remaining)) left"
      } else if let most = expected?.most {
        ", at most \(Self.clock(most - min(most, elapsed))) left"
      } else {
        ""
      }
    return Self.clock(elapsed) + rest
  }

  private func bar(_ share: Double) -> String {
    let full = Int(share * Double(Self.barColumns))
    return String(repeating: "█", count: full) + String(repeating: "░", count: Self.barColumns - full)
  }

  /// `0:07`, `12:30`, `1:02:03`.
  static func clock(_ time: Nanoseconds) -> String {
    let seconds = time / 1_000_000_000
    func padded(_ number: Nanoseconds) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    return (hours > 0 ? "\(hours):\(padded(minutes))" : "\(minutes)") + ":\(padded(seconds % 60))"
  }

  private static func milliseconds(_ time: Nanoseconds) -> String {
    Formatting.milliseconds(nanoseconds: time, decimals: time < 10_000_000 ? 2 : 0)
  }

  // MARK: Stages and times in words

  /// `round 1/3  2/4 reload`.
  private static func brief(_ stage: CheckStage) -> String {
    func brief(_ place: CheckStage.Place) -> String { "\(place.number)/\(place.count)" }
    let part = stage.part.map { "\($0.name.map { Escaping.terminal($0, width: 40) } ?? $0.word) \(brief($0.place))  " }
    let place = stage.place.map { brief($0) + " " }
    return (part ?? "") + (place ?? "") + Escaping.terminal(stage.name, width: 60)
  }

  /// `round 1 of 3: reload (2 of 4)`.
  static func text(_ stage: CheckStage) -> String {
    func text(_ place: CheckStage.Place) -> String { "\(place.number) of \(place.count)" }
    let part = stage.part.map { part in
      part.name.map { "\($0) (\(text(part.place))): " } ?? "\(part.word) \(text(part.place)): "
    }
    return (part ?? "") + stage.name + (stage.place.map { " (\(text($0)))" } ?? "")
  }

  /// How long a check takes, as a sentence.
  static func text(_ time: ExpectedTime) -> String {
    func words(_ time: Nanoseconds?) -> String? {
      time.flatMap { time in
        let seconds = Double(time) / 1e9
        guard time > 0, seconds < 3e9 else { return nil }
        return seconds < 120
          ? Formatting.number(seconds, decimals: 1) + " s" : Formatting.duration(seconds: seconds.rounded())
      }
    }
    let most = words(time.most).map { "at most \($0)" }
    let requests = time.requests.map { "as long as \(Formatting.count($0, "request")) take" + ($0 == 1 ? "s" : "") }
    let least = words(time.least).map { most == nil && requests == nil ? $0 : "at least \($0)" }
    let parts = [least, requests, most].compactMap(\.self)
    return parts.isEmpty ? "Goes on until Ctrl-C." : "Takes \(parts.joined(separator: ", and "))."
  }
}
