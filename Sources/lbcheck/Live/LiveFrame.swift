/// What a live page shows at one moment, as its script reads it.
struct LiveFrame: Codable, Equatable {
  /// A percentile each, in milliseconds; left out where there is no successful request.
  struct Latency: Codable, Equatable {
    var p50: Double?
    var p90: Double?
    var p99: Double?
  }

  /// One second.
  struct Point: Codable, Equatable {
    /// Seconds since the check began.
    var at: Double
    var rate: Double
    var failed: Int
    var latency: Latency
  }

  struct Backend: Codable, Equatable {
    var name: String
    var requests: Int
    var failed: Int
    /// Of all answers that named a backend, 0…1.
    var share: Double
    var latency: Latency
  }

  /// A generation of a backend, with times in seconds since the check began.
  struct Life: Codable, Equatable {
    var backend: String
    var generation: String
    var first: Double
    var last: Double
    var answers: Int
  }

  struct Stage: Codable, Equatable {
    var name: String
    var at: Double
    /// Those that were answered while it went on.
    var requests: Int
    var failed: Int
    var isOver: Bool
  }

  struct Judged: Codable, Equatable {
    var name: String
    /// `pass`, `fail` or `inconclusive`.
    var verdict: String
    var detail: String?
  }

  /// An assertion as it stands.
  struct SoFar: Codable, Equatable {
    /// Its sentence, and the name by which programs know it.
    var sentence: String
    var name: String
    /// `already failed`, `holds so far` or `decided at the end`.
    var state: String
    var why: String?
  }

  struct Event: Codable, Equatable {
    var at: String
    var text: String
  }

  var check: String
  var target: String
  /// Seconds since the check began, and how many are left; at most, where only that is known.
  var elapsed: Double
  var left: Double?
  var leftAtMost: Double?
  /// The part that is over, 0…1.
  var share: Double?
  var stage: String?
  var requests: Int
  var failed: Int
  var failures: [String: Int]
  /// Of the whole.
  var latency: Latency
  var point: Point
  var backends: [Backend]
  var lives: [Life]
  var stages: [Stage]
  /// Those of the check that goes on; none once it has ended.
  var soFar: [SoFar]
  var judged: [Judged]
  var events: [Event]
  /// What came of it; `nil` while it goes on.
  var ending: Ending?

  /// How a check ended.
  struct Ending: Codable, Equatable {
    /// In one sentence.
    var summary: String
    /// `nil` where there is no report.
    var verdict: String?
    var hasReport: Bool
  }
}
