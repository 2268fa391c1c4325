public import Platform
public import Statistics

/// All that is counted of requests while they are made, of one run or of several.
public struct LiveFigures: Sendable, Equatable {
  public struct Backend: Sendable, Equatable {
    public let name: String
    /// Its answers that were as expected, and those that were not.
    public var succeeded = 0
    public var failed = 0
    /// Empty beyond the first backends of a run.
    public var latency = CoarseHistogram()

    public init(name: String) { self.name = name }
  }

  /// One generation of a backend, by its successful answers.
  public struct Life: Sendable, Equatable {
    public let backend: String
    public let generation: String
    /// When it answered first and last, counted from the run's start.
    public var first: Nanoseconds
    public var last: Nanoseconds
    public var answers: Int

    public init(backend: String, generation: String, first: Nanoseconds, last: Nanoseconds, answers: Int) {
      self.backend = backend
      self.generation = generation
      self.first = first
      self.last = last
      self.answers = answers
    }
  }

  public var succeeded = 0
  /// By the name of their kind.
  public var failures: [String: Int] = [:]
  /// When the last of the failed requests was due, counted from the run's start; `nil` where none failed, or where that is not known.
  public var lastFailureDue: Nanoseconds?
  /// Of successful requests.
  public var latency = CoarseHistogram()
  /// Their sum, in seconds.
  public var latencySum = 0.0
  /// In order of appearance; names that stand for no backend are left out.
  public var backends: [Backend] = []
  public var lives: [Life] = []

  public init() {}

  public var failed: Int { failures.values.reduce(0, +) }
  public var completed: Int { succeeded + failed }

  /// Adds a life, or its answers to the same one.
  ///
  /// - Parameter delay: what its times are late by.
  mutating func add(_ life: Life, delay: Nanoseconds = 0) {
    let (first, last) = (life.first &+ delay, life.last &+ delay)
    let known = lives.firstIndex { $0.backend == life.backend && $0.generation == life.generation }
    if let known {
      lives[known].first = min(lives[known].first, first)
      lives[known].last = max(lives[known].last, last)
      lives[known].answers += life.answers
    } else {
      lives.append(
        Life(
          backend: life.backend, generation: life.generation, first: first, last: last, answers: life.answers))
    }
  }

  /// Adds those of another run.
  ///
  /// - Parameter delay: how much later than this one it began.
  public mutating func add(_ other: LiveFigures, delay: Nanoseconds = 0) {
    succeeded += other.succeeded
    failures.merge(other.failures, uniquingKeysWith: +)
    if let due = other.lastFailureDue { lastFailureDue = max(lastFailureDue ?? 0, due &+ delay) }
    latency.add(other.latency)
    latencySum += other.latencySum
    for backend in other.backends {
      let place = backends.firstIndex { $0.name == backend.name } ?? backends.count
      if place == backends.count { backends.append(Backend(name: backend.name)) }
      backends[place].succeeded += backend.succeeded
      backends[place].failed += backend.failed
      backends[place].latency.add(backend.latency)
    }
    for life in other.lives { add(life, delay: delay) }
  }
}

extension LiveFigures {
  /// Those of requests that were measured otherwise than by a run.
  init(_ measured: Measurements) {
    self.init()
    succeeded = measured.succeeded
    for (kind, count) in measured.failures where count > 0 { failures[kind.name] = count }
    latency = CoarseHistogram(measured.latency)
    latencySum = (measured.latency.mean ?? 0) * Double(measured.latency.count) / 1e9
    backends = measured.backends.map { measured in
      var backend = Backend(name: measured.name)
      backend.succeeded = measured.succeeded
      backend.failed = measured.requests - measured.succeeded
      backend.latency = CoarseHistogram(measured.latency)
      return backend
    }
  }
}
