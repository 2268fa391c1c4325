internal import Platform

/// What one worker returns when it ends.
struct WorkerResult: Sendable {
  var tally: Tally
  var backendNames: [String]
  var generations: [Generation]
  var series: TrafficSeries
  var records: [RequestRecord]
  var pauses: [GeneratorPause]
  /// Requests due (in closed loop: asked for) but never sent.
  var unsent: Int
  /// Requests sent whose answer was no longer waited for, since the run was stopped.
  var abandoned: Int
  /// When both kinds were due, as far as records are kept, in order.
  var openDues: [Nanoseconds]
  /// When the last request was due or sent and the last answer came, from the run's start.
  var lastActivity: Nanoseconds
  var error: LoadError?
}

extension WorkerResult {
  /// The result of a worker that could not begin.
  init(nothingSince error: LoadError) {
    self.init(
      tally: Tally(), backendNames: [], generations: [], series: TrafficSeries(), records: [], pauses: [], unsent: 0,
      abandoned: 0, openDues: [],
      lastActivity: 0, error: error)
  }
}
