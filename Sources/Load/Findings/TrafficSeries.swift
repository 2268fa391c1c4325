public import Platform
public import Statistics

/// How requests went over time, by when they were due.
///
/// It begins with an interval of a second, or of a minute (``inMinutes``). Of more than ``mostPoints`` intervals sixty become one: after an hour an interval is a
/// minute, after sixty hours an hour.
public struct TrafficSeries: Sendable, Equatable {
  /// The requests that were due in one interval and have an outcome.
  public struct Point: Sendable, Equatable {
    public var requests = 0
    public var failed = 0
    /// The slowest success, from its due time.
    public var slowest: Nanoseconds = 0
    /// Of the successes.
    public var latency = CoarseHistogram()
    /// Answers by the number of the backend that they name; it may be shorter than the list of backends.
    public var answers: [Int] = []

    public init() {}

    mutating func add(_ other: Point) {
      requests = requests.addingSaturated(other.requests)
      failed = failed.addingSaturated(other.failed)
      slowest = max(slowest, other.slowest)
      latency.add(other.latency)
      answers += Array(repeating: 0, count: max(0, other.answers.count - answers.count))
      for (backend, count) in other.answers.enumerated() { answers[backend] = answers[backend].addingSaturated(count) }
    }
  }

  public static let shortest: Nanoseconds = 1_000_000_000
  public static let mostPoints = 3_600
  private static let thinning = 60

  /// The length of an interval.
  public private(set) var interval = TrafficSeries.shortest
  /// From the run's start, without a gap.
  public private(set) var points: [Point] = []

  public init() {}

  /// One that begins with an interval of a minute, for a run without an end.
  static var inMinutes: TrafficSeries {
    var series = TrafficSeries()
    series.thin()
    return series
  }

  /// Adds requests that were due in the interval of a time.
  public mutating func add(_ point: Point, due: Nanoseconds) {
    while due / interval >= Nanoseconds(Self.mostPoints) { thin() }
    let position = Int(due / interval)
    while points.count <= position { points.append(Point()) }
    points[position].add(point)
  }

  /// Adds another part's.
  mutating func add(_ other: TrafficSeries) {
    var other = other
    while other.interval < interval { other.thin() }
    while interval < other.interval { thin() }
    for (position, point) in other.points.enumerated() where point != Point() {
      add(point, due: Nanoseconds(position) * other.interval)
    }
  }

  /// The same series counted from an earlier start, to the nearest interval.
  func delayed(by delay: Nanoseconds) -> TrafficSeries {
    var delayed = TrafficSeries()
    let shift = delay.addingSaturated(interval / 2) / interval
    while delayed.interval < interval { delayed.thin() }
    for (position, point) in points.enumerated() where point != Point() {
      delayed.add(point, due: (shift + Nanoseconds(position)) * interval)
    }
    return delayed
  }

  /// Renumbers the backends; answers of those with `nil` become nobody's.
  mutating func renumber(_ numbers: [Int?]) {
    for position in points.indices {
      var renumbered: [Int] = []
      for (backend, count) in points[position].answers.enumerated() where count > 0 {
        guard let number = numbers[backend] else { continue }
        renumbered += Array(repeating: 0, count: max(0, number + 1 - renumbered.count))
        renumbered[number] = renumbered[number].addingSaturated(count)
      }
      points[position].answers = renumbered
    }
  }

  /// Merges sixty intervals into one.
  private mutating func thin() {
    interval *= Nanoseconds(Self.thinning)
    points = stride(from: 0, to: points.count, by: Self.thinning).map { first in
      var sum = Point()
      for point in points[first..<min(first + Self.thinning, points.count)] { sum.add(point) }
      return sum
    }
  }
}

/// In part files: the interval and, packed, for each point requests, failed, slowest, buckets with index after the one before and
/// count, and answers by backend.
extension TrafficSeries: Codable {
  private enum Field: String, CodingKey { case interval, points }

  public func encode(to encoder: any Encoder) throws {
    var numbers = PackedNumbers()
    for point in points {
      numbers.append(UInt64(point.requests))
      numbers.append(UInt64(point.failed))
      numbers.append(point.slowest)
      numbers.append(UInt64(point.latency.buckets.count))
      var before = 0
      for bucket in point.latency.buckets {
        numbers.append(UInt64(bucket.index - before))
        numbers.append(bucket.count)
        before = bucket.index
      }
      numbers.append(UInt64(point.answers.count))
      for count in point.answers { numbers.append(UInt64(count)) }
    }
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(interval, forKey: .interval)
    try fields.encode(numbers.text, forKey: .points)
  }

  /// - Throws: `DecodingError` for points that contradict themselves or are too many.
  public init(from decoder: any Decoder) throws {
    self.init()
    let fields = try decoder.container(keyedBy: Field.self)
    let interval = try fields.decode(Nanoseconds.self, forKey: .interval)
    while self.interval < interval, self.interval < FindingsLimits.time { thin() }
    try fields.demand(self.interval == interval, .interval)
    guard var numbers = NumberReader(try fields.decode(String.self, forKey: .points)) else {
      throw fields.impossible(.points)
    }
    while !numbers.isAtEnd {
      guard points.count < Self.mostPoints, let point = Point(&numbers) else { throw fields.impossible(.points) }
      points.append(point)
    }
  }

  /// The most numbers of backends that any point's answers have.
  var backendCount: Int { points.map(\.answers.count).max() ?? 0 }
}

extension TrafficSeries.Point {
  /// `nil` for numbers that contradict each other.
  fileprivate init?(_ numbers: inout NumberReader) {
    let most = FindingsLimits.count
    guard let requests = numbers.next(atMost: most), let failed = numbers.next(atMost: requests),
      let slowest = numbers.next(atMost: 1_000_000_000_000_000_000),
      let buckets = numbers.next(atMost: CoarseHistogram.bucketLimit)
    else { return nil }
    self.requests = requests
    self.failed = failed
    self.slowest = Nanoseconds(slowest)
    var index = 0
    for position in 0..<buckets {
      guard let step = numbers.next(atMost: CoarseHistogram.bucketLimit), let count = numbers.next(atMost: most),
        count > 0,
        position == 0 || step > 0, index + step < CoarseHistogram.bucketLimit
      else { return nil }
      index += step
      latency.add(UInt64(count), toBucket: index)
    }
    guard latency.count == UInt64(requests - failed), let answers = numbers.next(atMost: FindingsLimits.backends) else {
      return nil
    }
    for _ in 0..<answers {
      guard let count = numbers.next(atMost: requests) else { return nil }
      self.answers.append(count)
    }
  }
}
