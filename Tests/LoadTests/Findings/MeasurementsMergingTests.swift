import HTTP
import Testing

@testable import Load

@Suite struct MeasurementsMergingTests {
  @Test("Counts from outside that have no sum become the largest number that there is, wherever they stand")
  func saturated() {
    var huge = Measurements()
    huge.succeeded = .max
    huge.unsent = .max
    huge.abandoned = .max
    huge.retried = .max
    huge.sent = [.max, 1]
    huge.upstreamRetried = .max
    huge.unattributed = .max
    huge.nobody = [.noHeader: .max]
    huge.locations = ["x": .max]
    huge.untrackedGenerations = .max
    huge.leniencies = [.bareLineFeed: .max]
    huge.failures = [.reset: .max]
    huge.statuses = [200: .max]
    huge.failedAcrossPauses = .max
    huge.postponed = .max
    huge.connectionsOpened = .max
    huge.waitedForConnection = .max
    huge.waitedForSink = .max
    var backend = Measurements.Backend(name: "a")
    backend.requests = .max
    backend.succeeded = .max
    backend.failedTries = .max
    huge.backends = [backend]
    huge.tls = TLSHandshakes(full: .max, resumed: .max, kinds: [])
    huge.duration = .max
    var sum = huge
    sum.add(huge)
    #expect(sum.succeeded == .max && sum.retried == .max && sum.unattributed == .max)
    #expect(sum.sent == [.max, 2])
    #expect(sum.nobody == [.noHeader: .max])
    #expect(sum.locations == ["x": .max])
    #expect(sum.leniencies == [.bareLineFeed: .max])
    #expect(sum.failures == [.reset: .max] && sum.statuses == [200: .max])
    #expect(sum.backends[0].requests == .max && sum.backends[0].failedTries == .max)
    #expect(sum.tls.full == .max && sum.tls.resumed == .max)
    #expect(sum.delayed(by: 5).duration == .max)
  }
}
