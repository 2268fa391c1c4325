/// What a watch saw; each deploy is among the phases, behind the quiet time before it.
public struct WatchSection: Codable, Sendable, Equatable {
  /// In the order in which they became known; the latest ones, where there were more than ``mostEvents``.
  public var events: [WatchEvent]
  public var eventsSeen: Int
  public var deploysSeen: Int

  /// The most events that a report has; a file beside it, `events.jsonl`, has all.
  public static let mostEvents = 1_000

  public init(events: [WatchEvent], eventsSeen: Int, deploysSeen: Int) {
    self.events = events
    self.eventsSeen = eventsSeen
    self.deploysSeen = deploysSeen
  }
}
