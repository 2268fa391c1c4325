import HTTP
import Testing

@testable import Load

@Suite("Names taken out of the backends")
struct MeasurementsNobodyTests {
  /// Two addresses and between them a group's name, with answers by status.
  private func measured(group: [Int: Int], succeeded: Int) -> Measurements {
    var measured = Measurements()
    measured.unattributed = 3
    measured.nobody = [.noHeader: 3, .status(502): 1]
    measured.backends = ["10.0.0.1:80", "app", "10.0.0.2:80"].map { Measurements.Backend(name: $0) }
    for index in [0, 2] { (measured.backends[index].requests, measured.backends[index].succeeded) = (10, 9) }
    measured.backends[1].requests = group.values.reduce(0, +)
    measured.backends[1].succeeded = succeeded
    for (status, count) in group { measured.backends[1].gatewayErrors[status] = count }
    measured.generations = [(2, "x"), (1, "y"), (0, "z"), (1, "v"), (2, "w")].map {
      Generation(backend: $0.0, name: $0.1)
    }
    measured.records = [(0, 2), (1, 1), (2, 4), (2, 0), (1, 3), (nil, nil), (2, nil)].map { backend, generation in
      RequestRecord(
        due: 0, sent: 0, done: 0, connection: 0, backend: backend, generation: generation, status: 200, failure: nil,
        isRetry: false, isUpstreamRetried: false)
    }
    return measured
  }

  @Test("Their answers are nobody's, by status and the rest without a header; those in order are unattributed")
  func counts() {
    var measured = measured(group: [200: 4, 502: 20, 503: 5, 504: 6], succeeded: 4)
    measured.setNobodiesApart()
    #expect(measured.nobody == [.noHeader: 7, .status(502): 21, .status(503): 5, .status(504): 6])
    #expect(measured.unattributed == 7)
    #expect(measured.backends.map(\.name) == ["10.0.0.1:80", "10.0.0.2:80"])
    #expect(measured.backends.map(\.requests) == [10, 10])

    // Errors alone leave none without a header.
    var errors = self.measured(group: [502: 20], succeeded: 0)
    errors.setNobodiesApart()
    #expect(errors.nobody == [.noHeader: 3, .status(502): 21] && errors.unattributed == 3)
  }

  @Test("Backends and generations that stay are numbered anew, in the records, too")
  func numbers() {
    var measured = measured(group: [502: 20], succeeded: 0)
    measured.setNobodiesApart()
    #expect(measured.generations.map(\.name) == ["x", "z", "w"])
    #expect(measured.generations.map(\.backend) == [1, 0, 1])
    #expect(measured.records.map(\.backend) == [0, nil, 1, 1, nil, nil, 1])
    #expect(measured.records.map(\.generation) == [1, nil, 2, 0, nil, nil, nil])
  }

  @Test("Where every name is a backend's, all stays as it is")
  func untouched() {
    var measured = measured(group: [502: 20], succeeded: 0)
    measured.backends[1] = Measurements.Backend(name: "10.0.0.3:80")
    let records = measured.records.map(\.backend)
    measured.setNobodiesApart()
    #expect(measured.backends.count == 3 && measured.records.map(\.backend) == records)
    #expect(measured.nobody == [.noHeader: 3, .status(502): 1] && measured.unattributed == 3)
  }
}
