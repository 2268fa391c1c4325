import Load
import Testing

@testable import Checks

@Suite struct MinuteSeriesTests {
  private func minutes(_ answers: [(second: Double, backend: String?, status: Int)]) -> [MinuteSeries.Minute] {
    var series = MinuteSeries()
    var minutes: [MinuteSeries.Minute] = []
    for answer in answers {
      let due = UInt64(answer.second * 1e9)
      let record = RequestRecord(
        due: due, sent: due, done: due + 1_000_000, connection: 0, status: answer.status,
        failure: answer.status < 400 ? nil : .status)
      minutes += series.take(WatchedRequest(record, backend: answer.backend))
    }
    return minutes + [series.finish()].compactMap(\.self)
  }

  @Test("A minute is given once it is over, and one without a request is not left out")
  func minutes() {
    let seen = minutes([(1, "a", 200), (59, "b", 200), (130, "a", 500)])
    #expect(seen.map(\.requests) == [2, 0, 1] && seen.map(\.failed) == [0, 0, 1])
    #expect(seen.map(\.answers) == [["a": 1, "b": 1], [:], ["a": 1]])
  }

  @Test("nginx's name of a group without a server is no backend of a minute")
  func nobody() {
    let address = "127.0.0.1:3001"
    let seen = minutes([(1, address, 200), (2, "app", 502), (61, "app", 502), (62, nil, 502)])
    #expect(seen.map(\.answers) == [[address: 1], [:]])
    // Without an address among them names are those of backends, as long as one of them serves.
    #expect(minutes([(1, "a", 200), (2, "b", 502)]).map(\.answers) == [["a": 1, "b": 1]])
  }
}
