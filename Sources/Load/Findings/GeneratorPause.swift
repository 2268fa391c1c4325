public import Platform
internal import Statistics

/// A stretch in which the generator itself was paused: what it measured then says nothing of the target.
///
/// Times are from the run's start.
public struct GeneratorPause: Sendable, Equatable, Codable {
  private enum CodingKeys: String, CodingKey { case cause, start, end, length, caughtUp }

  public enum Cause: String, Sendable, Codable {
    /// The process did not run: it was stopped by a signal, or the machine gave it no time.
    case stopped
    /// The whole machine was suspended.
    case suspended
  }

  public let cause: Cause
  /// When the generator was last seen running, and when it was seen again. For a suspension both are close together, since the
  /// clock stops, too.
  public let start: Nanoseconds
  public var end: Nanoseconds
  /// How long it was paused, in real time; exact to a tenth of a second.
  public var length: Nanoseconds
  /// When all requests that had become due meanwhile were begun, in one burst; ``end`` or later.
  public var caughtUp: Nanoseconds

  public init(_ cause: Cause, start: Nanoseconds, end: Nanoseconds, length: Nanoseconds, caughtUp: Nanoseconds? = nil) {
    self.cause = cause
    self.start = start
    self.end = end
    self.length = length
    self.caughtUp = caughtUp ?? end
  }

  /// Whether a request that was due and ended at these times was under way in the pause, or in the burst after it.
  public func covers(due: Nanoseconds, done: Nanoseconds) -> Bool { due < caughtUp && done >= start }

  /// The pauses that several workers saw: those that overlap are one.
  static func merged(_ pauses: [GeneratorPause]) -> [GeneratorPause] {
    var merged: [GeneratorPause] = []
    for pause in pauses.sorted(by: { $0.start < $1.start }) {
      if let last = merged.last, last.cause == pause.cause, pause.start <= last.end {
        merged[merged.count - 1].end = max(last.end, pause.end)
        merged[merged.count - 1].length = max(last.length, pause.length)
        merged[merged.count - 1].caughtUp = max(last.caughtUp, pause.caughtUp)
      } else {
        merged.append(pause)
      }
    }
    return merged
  }
}

extension GeneratorPause {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try fields.decode(Cause.self, forKey: .cause), start: try fields.decodeTime(forKey: .start),
      end: try fields.decodeTime(forKey: .end), length: try fields.decodeTime(forKey: .length),
      caughtUp: try fields.decodeTime(forKey: .caughtUp))
    try fields.demand(start <= end, .end)
    try fields.demand([
      (.caughtUp, .atMost(Figure("end", end), Figure("caughtUp", caughtUp)))
    ])
    if cause == .stopped {
      try fields.demand([(.length, .atMost(Figure("its length", length), Figure("end - start", end - start)))])
    }
  }
}
