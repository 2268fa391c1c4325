import HTTP
import Load
import Testing

@testable import Checks

@Suite("What a report says beside its figures")
struct RemarksTests {
  @Test("What was seen where no request failed is no reason for failures")
  func besides() {
    var measured = Measurements()
    measured.succeeded = 10
    measured.faults = ["bytes behind the answer"]
    #expect(measured.remarks() == ["Also seen: bytes behind the answer"])
    measured.failures = [.closed: 1]
    #expect(measured.remarks() == ["Reasons for failures: bytes behind the answer"])
  }

  @Test("Of streams attempts are counted, of which a request may have several, and those that waited by themselves")
  func streams() {
    var measured = Measurements()
    measured.succeeded = 40
    measured.connectionsOfHTTP2 = 1
    (measured.streams, measured.retried, measured.refusedStreams, measured.waitedForStream) = (400, 360, 360, 1)
    let remarks = measured.remarks()
    #expect(remarks.count == 2 && remarks[0].hasPrefix("360 attempts refused before any part of an answer"))
    #expect(remarks[1].hasPrefix("1 attempt waited on a connection"), "\(remarks)")
  }
}
