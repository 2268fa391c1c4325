package import Report
package import Statistics

/// What the stages of a fairness check saw, as plain values: names, orders and counts.
package struct FairnessObservations: Sendable {
  /// Who answered one request after another, one list a connection, in order.
  package var serial: [[String]] = []
  /// Who answered first on one new connection after another; empty where that was not asked.
  package var fresh: [String] = []
  /// Whether there was a serial stage at all.
  package var hasSerialStage = true
  /// The methods in whose place GETs were sent one after another, which show another order than theirs.
  package var unseenMethods: [String] = []
  /// Answers by backend in the concurrent stage.
  package var concurrent: [(name: String, answers: Int)] = []
  /// Its connections by the backend of their first answer.
  package var connections: [(name: String, answers: Int)] = []
  /// Its requests that a backend answered, as far as they were kept: when they were under way, by the backend's place in
  /// ``concurrent``.
  package var inFlight: [LoadChoice.Request] = []
  /// Who answered many requests at a time where one after another looks like chance, in order; empty where that was not asked.
  package var burst: [String] = []
  /// How many samples the concurrent stage took: another one is drawn where chance explains the first too rarely.
  package var samples = 1
  /// Who got the fewest requests in each of those before the last one that may have met a backend that paused.
  package var slowInSamples: [String] = []
  /// What a load for the path showed that the user names as unequal; `nil` for none.
  package var unequal: UnequalLook?
  /// Those of its connections that met more than one backend.
  package var mixedConnections = 0
  /// Those of its connections that kept to one backend; `nil` where too few were used often.
  package var pinned: PinnedConnections?
  /// The same of connections taken by chance; `nil` where these were not asked, or too few used often.
  package var shuffled: PinnedConnections?
  package var hasShuffledStage = false
  /// Whether other parts of the same check sent requests beside these.
  package var isPart = false
  /// Backends with failed tries of the balancer, in any stage or before them.
  package var failedTries: [String] = []
  /// Backends that answered what was sent beside the stages.
  package var answeredBefore: [String] = []
  /// What the choice depends on, where one connection with one request always met the same backend.
  package var choice: BackendChoice?
  /// That visitors stay by a cookie of the server.
  package var cookie: CookieAffinity?
  /// Whether the concurrent stage's connections sent their cookies back.
  package var keepsCookies = false
  package var requests = 0
  package var failed = 0
  /// Failures of requests that were under way while the generator itself was paused.
  package var failedAcrossPauses = 0
  package var failuresInWords = ""
  /// Answers otherwise in order that named no backend.
  package var nameless = 0
  /// Answers that named no backend and had the status of an error that was asked for.
  package var namelessErrors = 0
  /// Whether so many answers were redirects or came out of a cache that what was not seen of the backends says nothing.
  package var areBackendsHidden = false
  /// The concurrent stage's answers that no backend gave.
  package var nobody: NobodySection?

  package init() {}

  /// The concurrent stage's requests in the order in which they were sent.
  var sent: [LoadChoice.Request] { inFlight.sorted { $0.sent < $1.sent } }

  /// When the concurrent stage's requests were in flight.
  var flights: Flights { Flights(names: concurrent.map(\.name), requests: inFlight) }

  /// Whether each of its connections sent its cookies back and stayed, as one visitor does.
  var areConnectionsVisitors: Bool { cookie != nil && mixedConnections == 0 }

  /// Every backend that answered in the stages, in order of appearance.
  var answered: [String] {
    var seen: Set<String> = []
    let beside = (choice?.backends ?? []) + (cookie?.backends ?? [])
    let all = serial.flatMap { $0 } + fresh + concurrent.filter { $0.answers > 0 }.map(\.name) + beside
    return all.filter { seen.insert($0).inserted }
  }

  /// The connections of the concurrent stage and of the serial one by the backend of their first answer.
  var firstAnswers: [(name: String, answers: Int)] {
    var counts = Dictionary(fresh.map { ($0, 1) }, uniquingKeysWith: +)
    for entry in connections { counts[entry.name, default: 0] += entry.answers }
    return counts.sorted { $0.key < $1.key }.map { (name: $0.key, answers: $0.value) }
  }
}
