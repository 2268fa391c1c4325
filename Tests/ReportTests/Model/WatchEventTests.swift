import FoundationEssentials
import Testing

@testable import Report

@Suite("Events of a watch as text")
struct WatchEventTests {
  static let kinds: [(WatchEvent.Kind, String)] = [
    (.outageBegan, "outage: no request succeeds"),
    (
      .outageOver(seconds: 1.5, failed: 30, kinds: ["refused": 28, "reset": 2]),
      "outage over after 1.50 s: 30 requests failed (28 refused, 2 reset)"
    ),
    (.failures(seconds: 0, failed: 1, kinds: ["reset": 1]), "1 request failed (1 reset)"),
    (.failures(seconds: 2, failed: 3, kinds: ["reset": 3]), "3 requests failed within 2.00 s (3 reset)"),
    (.backendSilent("a"), "backend a is silent"),
    (.backendBack("a", afterSeconds: 12), "backend a is back after 12.0 s"),
    (.newBackend("b"), "new backend b"),
    (.newGeneration(backend: "a", generation: "2"), "backend a has a new generation: 2"),
    (
      .versionChanged(backend: nil, from: ["v1"], to: ["v2"], bothAnsweredSeconds: 3),
      "the version changed from v1 to v2; both answered for 3.00 s"
    ),
    (
      .versionChanged(backend: "a", from: ["1"], to: ["2"], bothAnsweredSeconds: 0),
      "backend a changed from 1 to 2; never both at a time"
    ),
    (.backupServing("spare"), "the backup spare serves"),
    (.backupSilent("spare", afterSeconds: 5), "the backup spare is silent again after 5.00 s"),
    (.nobodyAnswering, "answers come from no backend"),
    (.backendsAnswering(afterSeconds: 5), "backends answer again after 5.00 s"),
    (.stalled(seconds: 8), "no request was answered for 8.00 s"),
    (.statusChanged(from: [200, 204], to: 302), "answers have status 302, usually 200, 204"),
    (.statusBack(afterSeconds: 2.5), "answers have the usual status again after 2.50 s"),
    (.latencyUp(from: 2, to: 300), "slower: p99 300 ms, usually 2.00 ms"),
    (.latencyOver(afterSeconds: 30), "as fast as before, after 30.0 s"),
    (
      .addressesChanged(from: ["127.0.0.1:80"], to: ["127.0.0.2:80"]),
      "the name's addresses changed from 127.0.0.1:80 to 127.0.0.2:80"
    ),
    (.generatorPaused(seconds: 2), "lbcheck itself was paused for 2.00 s"),
  ]

  @Test("Each has a line, and is read back from its JSON as it was", arguments: kinds)
  func roundTrip(kind: WatchEvent.Kind, line: String) throws {
    let event = WatchEvent(seconds: 12.5, at: "2026-11-25T06:45:28.250Z", kind)
    #expect(event.line == line)
    let json = try JSONEncoder().encode(event)
    #expect(try JSONDecoder().decode(WatchEvent.self, from: json) == event)
  }

  @Test("An event without what its kind needs is refused with the field's name")
  func missing() {
    let json = #"{"event":"backendBack","seconds":1,"at":"2026-11-25T06:45:28Z","backend":"a"}"#
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(WatchEvent.self, from: Data(json.utf8))
    }
    #expect(error.map { "\($0)" }?.contains("durationSeconds") == true)
  }

  @Test(
    "The time of day has milliseconds",
    arguments: [("2026-11-25T06:45:28.250Z", "06:45:28.250"), ("2026-11-25T06:45:28Z", "06:45:28.000")])
  func clock(text: String, expected: String) { #expect(UTCTime.clock(text) == expected) }
}
