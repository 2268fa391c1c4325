import Foundation
import Statistics
import Testing

@testable import Report

@Suite struct SeriesTableWriterTests {
  private func traffic(_ series: [SeriesPoint]?) -> TrafficSection {
    var traffic = TrafficSection(
      requests: RequestCounts(scheduled: 3, completed: 3, succeeded: 2, failed: 1), rate: RateSection(achieved: 3))
    traffic.series = series
    return traffic
  }

  @Test("An interval is a row; what there was not is empty, and a backend's name is no formula")
  func series() {
    let text = SeriesTableWriter().write(
      traffic([
        SeriesPoint(
          second: 0, requests: 2, failed: 0, p50: 1.5, p99: 1234.5678, max: 2000, shares: ["b": 1, "=a,": 1]),
        SeriesPoint(second: 1, requests: 1, failed: 1),
      ]))
    #expect(
      text.components(separatedBy: "\r\n") == [
        #"second,seconds,requests,failed,p50_ms,p99_ms,max_ms,"answers:=a,",answers:b"#,
        "0,1,2,0,1.500,1234.568,2000.000,1,1", "1,1,1,1,,,,0,0", "",
      ])
  }

  @Test("Every time that was met is in a row of its distribution, once")
  func histogram() throws {
    var histogram = Histogram()
    for time in [1_000_000, 1_000_000, 250_000_000] as [UInt64] { histogram.record(time) }
    var traffic = traffic(nil)
    traffic.latency = Example.summary(of: 1)
    traffic.latency?.histogram = histogram.base64V2()
    let rows = HistogramTableWriter().write(traffic).components(separatedBy: "\r\n")
    #expect(rows.first == "time,from_ms,to_ms,count" && rows.count == 4 && rows.last == "")
    for (row, (time, count)) in zip(rows.dropFirst(), [(1.0, 2), (250.0, 1)]) {
      let fields = row.split(separator: ",")
      #expect(fields[0] == "latency" && Int(fields[3]) == count)
      #expect(try #require(Double(fields[1])) <= time && #require(Double(fields[2])) >= time)
    }
  }
}
