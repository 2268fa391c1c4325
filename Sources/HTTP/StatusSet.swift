/// The statuses that count as success.
public struct StatusSet: Sendable, Equatable {
  @usableFromInline var allowed: [Bool]

  /// - Parameter ranges: statuses from 100 to 999; others are ignored.
  public init(_ ranges: [ClosedRange<Int>]) {
    allowed = Array(repeating: false, count: 1000)
    for range in ranges {
      for status in range.clamped(to: 100...999) where range.contains(status) { allowed[status] = true }
    }
  }

  /// 200 to 399: what a browser shows or follows.
  public static let usual = StatusSet([200...399])

  /// The statuses in rising order, those next to each other as one range.
  public var ranges: [ClosedRange<Int>] {
    (100...999).filter { allowed[$0] }.reduce(into: []) { ranges, status in
      if let last = ranges.last, last.upperBound + 1 == status {
        ranges[ranges.count - 1] = last.lowerBound...status
      } else {
        ranges.append(status...status)
      }
    }
  }

  @inlinable @inline(__always)
  public func contains(_ status: Int) -> Bool { status < 1000 && allowed[status] }
}
