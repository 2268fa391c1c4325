package import Load
package import Platform
internal import Report
internal import Statistics
internal import Synchronization

/// Requests by the second in which they were due.
package struct Timeline: Sendable, Equatable, Codable {
  package struct Point: Sendable, Equatable, Codable {
    package var requests = 0
    package var failed = 0
    /// The slowest success, from its due time.
    package var slowest: Nanoseconds = 0
  }

  package static let interval: Nanoseconds = 1_000_000_000
  /// A day; what is due later counts with the last.
  static let mostPoints = 86_400

  package private(set) var points: [Point] = []

  package init(points: [Point] = []) { self.points = Array(points.prefix(Timeline.mostPoints)) }

  package mutating func add(_ record: RequestRecord) {
    let place = min(Int(record.due / Timeline.interval), Timeline.mostPoints - 1)
    grow(to: place + 1)
    points[place].requests += 1
    if record.failure != nil {
      points[place].failed += 1
    } else {
      points[place].slowest = max(points[place].slowest, record.done - min(record.due, record.done))
    }
  }

  /// Adds another's points, which began later by so much.
  package mutating func add(_ other: Timeline, delayedBy delay: Nanoseconds = 0) {
    let rounded = delay.addingSaturated(Timeline.interval / 2) / Timeline.interval
    let shift = Int(min(rounded, UInt64(Timeline.mostPoints)))
    for (index, point) in other.points.enumerated() {
      let place = min(index + shift, Timeline.mostPoints - 1)
      grow(to: place + 1)
      points[place].requests = points[place].requests.addingSaturated(point.requests)
      points[place].failed = points[place].failed.addingSaturated(point.failed)
      points[place].slowest = max(points[place].slowest, point.slowest)
    }
  }

  private mutating func grow(to count: Int) {
    while points.count < count { points.append(Point()) }
  }

  var section: TimelineSection {
    TimelineSection(
      intervalSeconds: Double(Timeline.interval) / 1e9, requests: points.map(\.requests), failed: points.map(\.failed),
      slowest: points.map { Double($0.slowest) / 1e6 })
  }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    points = try fields.decode([Point].self, forKey: .points)
    try fields.demand(points.count <= Timeline.mostPoints, .points)
    for point in points {
      try fields.demand(
        (0...FindingsLimits.count).contains(point.requests) && (0...FindingsLimits.count).contains(point.failed),
        .points)
    }
  }
}

/// Makes a timeline of a run while it goes on, beside another sink if there is one.
final class TimelineSink: RecordSink {
  private let other: (any RecordSink)?
  private let timeline = Mutex(Timeline())

  init(beside other: (any RecordSink)?) { self.other = other }

  /// What came in so far.
  var current: Timeline { timeline.withLock { $0 } }

  func begin() {
    timeline.withLock { $0 = Timeline() }
    other?.begin()
  }

  func take(_ chunk: RecordChunk) {
    timeline.withLock { timeline in
      for record in chunk.records { timeline.add(record) }
    }
    other?.take(chunk)
  }
}
