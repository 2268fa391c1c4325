import Statistics
import Testing

@testable import Load

@Suite struct TrafficSeriesTests {
  private let second: UInt64 = 1_000_000_000

  private func point(requests: Int = 1, failed: Int = 0, slowest: UInt64 = 0, answers: [Int] = [])
    -> TrafficSeries.Point
  {
    var point = TrafficSeries.Point()
    point.requests = requests
    point.failed = failed
    point.slowest = slowest
    point.answers = answers
    if requests > failed { point.latency.add(UInt64(requests - failed), toBucket: 5) }
    return point
  }

  @Test("After an hour sixty seconds are one, and nothing is lost")
  func thinning() {
    var series = TrafficSeries()
    for index in 0..<3_600 { series.add(point(slowest: UInt64(index), answers: [0, 1]), due: UInt64(index) * second) }
    #expect(series.interval == second && series.points.count == 3_600)
    series.add(point(failed: 1), due: 3_600 * second)
    #expect(series.interval == 60 * second && series.points.count == 61)
    #expect(series.points.map(\.requests) == Array(repeating: 60, count: 60) + [1])
    #expect(series.points[1].slowest == 119 && series.points[1].answers == [0, 60])
    #expect(series.points[59].latency.count == 60 && series.points[60].failed == 1)
    // A time that no run has makes the intervals longer, and no more of them.
    series.add(point(), due: 1_000_000_000_000_000_000)
    #expect(series.points.count <= TrafficSeries.mostPoints)
    #expect(series.points.reduce(0) { $0 + $1.requests } == 3_602)
  }

  @Test("Series of different intervals add up in the longer one, in either order")
  func adding() {
    var (long, short) = (TrafficSeries(), TrafficSeries())
    for due in [0, 3_599, 4_000] as [UInt64] { long.add(point(), due: due * second) }
    for due in [1, 61, 62] as [UInt64] { short.add(point(), due: due * second) }
    var (one, other) = (long, short)
    one.add(short)
    other.add(long)
    #expect(one == other)
    #expect(one.points.count == 67 && one.points[0].requests == 2 && one.points[1].requests == 2)
  }

  @Test("One that began later counts from the earlier start, to the nearest second")
  func delayed() {
    var series = TrafficSeries()
    series.add(point(), due: 0)
    series.add(point(failed: 1), due: 2 * second)
    #expect(series.delayed(by: 1_600_000_000).points.map(\.requests) == [0, 0, 1, 0, 1])
    #expect(series.delayed(by: 1_400_000_000).points.map(\.failed) == [0, 0, 0, 1])
    #expect(series.delayed(by: 0) == series)
  }

  @Test("Answers follow their backends to other numbers")
  func renumbering() {
    var series = TrafficSeries()
    series.add(point(requests: 9, answers: [2, 3, 4]), due: 0)
    series.renumber([2, nil, 0])
    #expect(series.points[0].answers == [4, 0, 2])
  }

  @Test("What a worker counts by the second is what it met, however late and out of order")
  func recorder() {
    var recorder = SeriesRecorder(backendLimit: 4)
    var latency = Histogram()
    func succeed(_ due: UInt64, _ took: UInt64, backend: Int) {
      recorder.success(due: due, latency: took, bucket: latency.record(took), backend: backend)
    }
    succeed(0, 7, backend: 1)
    recorder.failure(due: 999_999_999, backend: -1)
    succeed(second, 5, backend: -1)
    // Its row serves this second, too.
    succeed(33 * second, 6, backend: 3)
    // And these are later than any row.
    succeed(second + 1, 9, backend: 0)
    recorder.failure(due: 2, backend: 1)
    succeed(500 * second, 1, backend: 1)
    let series = recorder.take()
    #expect(series.points.count == 501)
    let busy = series.points.enumerated().filter { $0.element.requests > 0 }
    #expect(busy.map(\.offset) == [0, 1, 33, 500])
    #expect(busy.map(\.element.requests) == [3, 2, 1, 1] && busy.map(\.element.failed) == [2, 0, 0, 0])
    #expect(busy.map(\.element.slowest) == [7, 9, 6, 1])
    #expect(busy.map(\.element.answers) == [[0, 2], [1], [0, 0, 0, 1], [0, 1]])
    #expect(busy.map(\.element.latency.count) == [1, 2, 1, 1])
    var none = SeriesRecorder(backendLimit: 0)
    #expect(none.take() == TrafficSeries())
  }

  @Test("In minutes the shortest interval is one, alone and added to an empty series")
  func minutes() {
    var recorder = SeriesRecorder(backendLimit: 0, isInMinutes: true)
    for due in [0, 59, 61] as [UInt64] { recorder.failure(due: due * second, backend: -1) }
    var sum = TrafficSeries()
    sum.add(recorder.take())
    #expect(sum.interval == 60 * second && sum.points.map(\.failed) == [2, 1])
  }
}
