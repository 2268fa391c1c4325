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
}
