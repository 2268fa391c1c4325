internal import Load
package import Statistics

/// Requests of one stage by when they were in flight.
package struct Flights: Sendable {
  package var names: [String] = []
  /// By the backend's place in ``names``.
  package var requests: [LoadChoice.Request] = []

  package init(names: [String] = [], requests: [LoadChoice.Request] = []) {
    (self.names, self.requests) = (names, requests)
  }

  init(_ stage: Measurements) {
    names = stage.backends.map(\.name)
    requests = stage.records.compactMap { record in
      guard record.failure == nil, let backend = record.backend, record.sent <= record.done else { return nil }
      return LoadChoice.Request(sent: record.sent, done: record.done, backend: backend)
    }
  }
}

/// What a load showed of a path whose latency differs: among the backends, or from that of the target.
package struct UnequalLook: Sendable {
  let path: String
  /// Its requests alone; empty where there was no such stage.
  var alone = Flights()
  /// Mixed with those of the target, where it alone kept all backends equally busy.
  var mixed: Flights?
  /// Of the answers, those that were no success.
  var failed = 0
  var completed = 0

  /// From this share of failures on they are what the stage shows.
  private static let mostFailures = 0.05

  init(path: String, alone: Measurements? = nil, mixed: Measurements? = nil) {
    self.path = path
    self.alone = alone.map(Flights.init) ?? Flights()
    self.mixed = mixed.map(Flights.init)
    failed = (alone?.failed ?? 0) + (mixed?.failed ?? 0)
    completed = (alone?.completed ?? 0) + (mixed?.completed ?? 0)
  }

  /// How the load decided; `nil` where that was not seen.
  ///
  /// - Parameter idle: who answered one request after another.
  func load(idle: [String], weights: [String: Int]) -> LoadLook? {
    guard whyNot(idle: idle) == nil else { return nil }
    let looks = [
      LoadLook(alone, idle: idle, weights: weights),
      mixed.flatMap { LoadLook($0, idle: idle, weights: weights, isMixed: true) },
    ]
    return looks.compactMap(\.self).first {
      switch $0.heed {
      case .least, .less, .none: true
      case .other, .untold: false
      }
    }
  }

  /// Why it says nothing, as a clause; `nil` where it may.
  func whyNot(idle: [String]) -> String? {
    if completed == 0 { return "it was not asked for" }
    if Double(failed) > Self.mostFailures * Double(completed) {
      return "\(Formatting.count(failed)) of \(Formatting.count(completed, "request")) for it failed"
    }
    let answered = Set(alone.requests.map { alone.names[$0.backend] })
    return answered == Set(idle) ? nil : "other backends answer it than \(Set(idle).sorted().joined(separator: ", "))"
  }

  /// Each backend's mean time for it, in milliseconds.
  var times: [(name: String, time: Double)] {
    let all = Dictionary(grouping: alone.requests, by: \.backend)
    return all.map { backend, requests in
      (alone.names[backend], requests.reduce(0) { $0 + Double($1.done - $1.sent) } / Double(requests.count) / 1e6)
    }.sorted { $0.name < $1.name }
  }
}
