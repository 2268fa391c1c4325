import HTTP
import Load
import Testing

@testable import Checks

@Suite struct FailuresInWordsTests {
  @Test("The failures of several stages are listed once a kind and a status, added up")
  func sum() {
    var (first, second) = (Measurements(), Measurements())
    first.failures = [.status: 400, .reset: 2]
    first.statuses = [502: 400, 200: 5]
    second.failures = [.status: 3001, .reset: 1, .timeout: 7]
    second.statuses = [502: 3000, 503: 1]
    #expect(
      [first, second].failuresInWords(expecting: .usual)
        == "3 reset, 7 timeout, 3,400 status 502, 1 status 503")
    #expect([first].failuresInWords(expecting: .usual) == "2 reset, 400 status 502")
    #expect([Measurements(), Measurements()].failuresInWords(expecting: .usual).isEmpty)
  }
}
