internal import Checks
internal import Load
internal import Platform
internal import Report
internal import Statistics
internal import Synchronization

/// All that a live page shows of the checks of one program, one after another.
final class LiveBoard: Sendable {
  private struct State {
    var check = ""
    var target = ""
    var line = ProgressLine()
    var began: Nanoseconds?
    var stageBegan: Nanoseconds = 0
    var feed: LiveFeed?
    /// Of all runs before the present one.
    var past = LiveFigures()
    var stages: [StageRow] = []
    var demands: [Demand] = []
    /// What was counted before the demands were made.
    var undemanded = LiveFigures()
    /// The phase that goes on, by the clock of its run.
    var phase: (name: String, start: Nanoseconds)?
    var judged: [LiveFrame.Judged] = []
    var events: [LiveFrame.Event] = []
    /// One for each second; the first are forgotten.
    var points: [LiveFrame.Point] = []
    /// What was counted when the last point was made, and when that was.
    var last: (figures: LiveFigures, at: Nanoseconds)?
    var ending: LiveFrame.Ending?
    var ended: Nanoseconds?

    /// All that was counted so far.
    var figures: LiveFigures {
      var sum = past
      if let feed { sum.add(feed.figures(), delay: delay(of: feed)) }
      return sum
    }

    /// How much later than the first check the present run began.
    fileprivate func delay(of feed: LiveFeed) -> Nanoseconds {
      let start = feed.snapshot().start
      return start - min(began ?? start, start)
    }
  }

  private struct Demand {
    let assertion: EarlyAssertion
    /// What was seen of it last; nothing mends what has failed.
    var soFar: (state: EarlyAssertion.State, why: String?)
  }

  private struct StageRow {
    let name: String
    let at: Nanoseconds
    /// What was counted before it, and by its end.
    let before: (completed: Int, failed: Int)
    var after: (completed: Int, failed: Int)?
  }

  private let state = Mutex(State())
  /// Hides credentials in what comes from outside.
  private let mask: @Sendable (String) -> String

  /// How many points, stages and the like are kept: a quarter of an hour.
  static let mostPoints = 900
  static let mostRows = 100

  init(mask: @escaping @Sendable (String) -> String = { $0 }) { self.mask = mask }

  // MARK: What happens

  /// Another check begins.
  func begin(_ check: String, target: String) {
    state.withLock { state in
      (state.check, state.target) = (check, mask(target))
      state.line = ProgressLine()
      (state.demands, state.phase) = ([], nil)
    }
  }

  func take(_ event: CheckEvent, at now: Nanoseconds = MonotonicClock.now()) {
    state.withLock { state in
      state.began = state.began ?? now
      switch event {
      case .takes(let time): state.line.expected = time
      case .stage(let stage): begin(stage, at: now, &state)
      case .traffic(let feed):
        state.past = state.figures
        state.feed = feed
        state.phase = nil
      case .demands(let demands):
        state.demands = demands.map { Demand(assertion: $0, soFar: (.open, nil)) }
        (state.undemanded, state.phase) = (state.figures, nil)
      case .phase(let name, let start): state.phase = (name, start)
      case .judged(let judged):
        let entry = LiveFrame.Judged(
          name: mask(judged.name), verdict: judged.verdict.rawValue, detail: judged.detail.map(mask))
        state.judged = (state.judged + [entry]).suffix(Self.mostRows)
      case .seen(let event):
        let entry = LiveFrame.Event(at: UTCTime.clock(event.at), text: mask(event.line))
        state.events = (state.events + [entry]).suffix(Self.mostRows)
      }
    }
  }

  private func begin(_ stage: CheckStage, at now: Nanoseconds, _ state: inout State) {
    let figures = state.figures
    let counts = (completed: figures.completed, failed: figures.failed)
    // What is due from now on may be the next phase's, whose beginning is not known yet.
    look(figures, &state)
    state.phase = nil
    if !state.stages.isEmpty { state.stages[state.stages.count - 1].after = counts }
    let row = StageRow(name: mask(ProgressLine.text(stage)), at: now, before: counts)
    state.stages = (state.stages + [row]).suffix(Self.mostRows)
    state.line.stage = stage
    state.stageBegan = now
  }

  private static func failedFirst(_ demands: [Demand]) -> [Demand] {
    demands.filter { $0.soFar.state == .failed } + demands.filter { $0.soFar.state != .failed }
  }

  /// Looks what the demands have come to.
  private func look(_ figures: LiveFigures, _ state: inout State) {
    guard !state.demands.isEmpty else { return }
    var evidence = EarlyAssertion.Evidence()
    evidence.completed = figures.completed - state.undemanded.completed
    evidence.failed = figures.failed - state.undemanded.failed
    let before = Dictionary(
      state.undemanded.backends.map { ($0.name, $0.succeeded) }, uniquingKeysWith: { first, _ in first })
    evidence.backends = figures.backends.filter { $0.succeeded > before[$0.name] ?? 0 }.map(\.name)
    evidence.lastFailureDue = figures.lastFailureDue
    if let phase = state.phase, let feed = state.feed {
      evidence.phase = (phase.name, phase.start + state.delay(of: feed))
    }
    for index in state.demands.indices where state.demands[index].soFar.state != .failed {
      let soFar = state.demands[index].assertion.soFar(evidence)
      // What held in a phase that is over is no longer shown by what goes on.
      if soFar.state == .open, state.demands[index].soFar.state == .holds { continue }
      state.demands[index].soFar = soFar
    }
  }

  /// Nothing else will happen.
  func end(_ ending: LiveFrame.Ending, at now: Nanoseconds = MonotonicClock.now()) {
    state.withLock { state in
      var ending = ending
      ending.summary = mask(ending.summary)
      (state.ending, state.ended) = (ending, now)
      let figures = state.figures
      if !state.stages.isEmpty {
        state.stages[state.stages.count - 1].after = (figures.completed, figures.failed)
      }
    }
  }

  // MARK: What is shown

  var figures: LiveFigures { state.withLock { $0.figures } }

  /// The check and its target, masked.
  var subject: (check: String, target: String) { state.withLock { ($0.check, $0.target) } }

  /// The seconds so far, as far as they are kept.
  var points: [LiveFrame.Point] { state.withLock { $0.points } }

  /// Whether it has ended.
  var isOver: Bool { state.withLock { $0.ending != nil } }

  /// What holds now.
  ///
  /// - Parameter isPoint: whether a new point, since the last, begins with it.
  func frame(at now: Nanoseconds = MonotonicClock.now(), isPoint: Bool = true) -> LiveFrame {
    state.withLock { state in
      let now = min(now, state.ended ?? now)
      let figures = state.figures
      let began = state.began ?? now
      let point = point(figures, at: now, began: began, state)
      if isPoint { state.last = (figures, now) }
      if isPoint, state.began != nil, state.ending == nil {
        state.points = (state.points + [point]).suffix(Self.mostPoints)
      }
      look(figures, &state)
      var line = state.line
      line.elapsed = now - min(began, now)
      line.stageElapsed = now - min(state.stageBegan, now)
      (line.snapshot, line.requests) = (state.feed?.snapshot(), state.feed?.requests)
      let isOver = state.ending != nil
      let remaining = line.remaining
      return LiveFrame(
        check: state.check, target: state.target, elapsed: Self.seconds(line.elapsed),
        left: isOver ? nil : remaining.map(Self.seconds),
        leftAtMost: isOver || remaining != nil
          ? nil : line.expected?.most.map { Self.seconds($0 - min($0, line.elapsed)) },
        share: isOver ? 1 : line.share, stage: line.stage.map { mask(ProgressLine.text($0)) },
        requests: figures.completed, failed: figures.failed, failures: figures.failures,
        latency: Self.latency(figures.latency), point: point, backends: backends(figures),
        lives: figures.lives.prefix(Self.mostRows).map { life in
          LiveFrame.Life(
            backend: mask(life.backend), generation: mask(life.generation), first: Self.seconds(life.first),
            last: Self.seconds(life.last), answers: life.answers)
        },
        stages: state.stages.map { row in
          let after = row.after ?? (figures.completed, figures.failed)
          return LiveFrame.Stage(
            name: row.name, at: Self.seconds(row.at - min(began, row.at)),
            requests: after.completed - row.before.completed, failed: after.failed - row.before.failed,
            isOver: row.after != nil)
        },
        soFar: isOver
          ? []
          : Self.failedFirst(state.demands).map { demand in
            let (kind, subject) = (demand.assertion.kind, demand.assertion.subject)
            return LiveFrame.SoFar(
              sentence: mask(kind.sentence(about: subject)),
              name: mask(kind.name + (subject.map { "(\($0))" } ?? "")), state: demand.soFar.state.rawValue,
              why: demand.soFar.why.map(mask))
          }, judged: state.judged, events: state.events, ending: state.ending)
    }
  }

  private func point(
    _ figures: LiveFigures, at now: Nanoseconds, began: Nanoseconds, _ state: State
  ) -> LiveFrame.Point {
    let last = state.last ?? (LiveFigures(), began)
    let length = max(Self.seconds(now - min(last.at, now)), 0.001)
    return LiveFrame.Point(
      at: Self.seconds(now - min(began, now)), rate: Double(figures.completed - last.figures.completed) / length,
      failed: figures.failed - last.figures.failed,
      latency: Self.latency(figures.latency.since(last.figures.latency)))
  }

  private func backends(_ figures: LiveFigures) -> [LiveFrame.Backend] {
    let all = figures.backends.reduce(0) { $0 + $1.succeeded + $1.failed }
    return figures.backends.prefix(Self.mostRows).map { backend in
      let requests = backend.succeeded + backend.failed
      return LiveFrame.Backend(
        name: mask(backend.name), requests: requests, failed: backend.failed,
        share: Double(requests) / Double(max(all, 1)), latency: Self.latency(backend.latency))
    }
  }

  private static func latency(_ histogram: CoarseHistogram) -> LiveFrame.Latency {
    func milliseconds(_ percentile: Double) -> Double? {
      histogram.value(atPercentile: percentile).map { Double($0) / 1e6 }
    }
    return LiveFrame.Latency(p50: milliseconds(50), p90: milliseconds(90), p99: milliseconds(99))
  }

  private static func seconds(_ time: Nanoseconds) -> Double { Double(time) / 1e9 }
}
