internal import HTTP
internal import Load
internal import Platform
internal import Statistics
internal import Synchronization

/// Asks for one new visitor after another until a split is decided: each answer is a draw of its own, as connections and
/// visitors that a balancer keeps with a backend are not.
final class SplitDraws: Sendable {
  /// What came of it.
  struct Outcome: Sendable {
    /// One for each address of the target with each kind of request, at least one.
    var lanes: [SplitLane]
    /// The visitors who came again and again, their answers after the first, and those of another part than the one before.
    var followed = Flips()
  }

  /// How often visitors changed from part to part.
  struct Flips: Sendable, Equatable {
    var visitors = 0
    var answers = 0
    var flips = 0
  }

  private struct State: Sendable {
    var log: VisitLog
    var outcome: Outcome
    /// The number of the next request; requests count in the order in which they were sent, since a slow part's come in late.
    var next = 0
    /// Answers whose turn has not come: those sent before them are still under way.
    var early: [Int: Draw] = [:]
    var turn = 0
    /// A few visitors who come back, with what they have and the part that they met last.
    var jars: [CookieJar]
    var parts: [String?]
  }

  /// One request.
  private struct Turn: Sendable {
    let number: Int
    let lane: Int
    /// Who comes back, of those who do; `nil` for a new one.
    let visitor: Int?
  }

  private enum Draw: Sendable {
    /// The part that the answer names; `nil` where it names none.
    case answer(String?, sent: Nanoseconds, lane: Int)
    /// No answer.
    case nothing
    /// Of one who came back.
    case visitor(Int, String?)
  }

  private let settings: CheckSettings
  private let split: SplitExpectation
  private let addresses: [SocketAddress]
  private let sources: SourceAddresses
  private let stop: StopSignal
  private let begun = MonotonicClock.now()
  private let mostRequests: Int
  private let end: Nanoseconds
  private let state: Mutex<State>

  /// Every so many requests, one of the visitors comes back.
  private static let visitorEvery = 10
  private static let visitors = 50

  /// - Returns: `nil` where the margin leaves no test.
  /// - Parameter lanes: what is judged by itself, at least one.
  init?(
    _ settings: CheckSettings, _ split: SplitExpectation, at addresses: [SocketAddress], _ lanes: [FairnessLane],
    stop: StopSignal
  ) {
    let split = split.shared(by: lanes.count)
    guard let test = SplitTest(split) else { return nil }
    var settings = settings
    settings.tls.resumes = false
    self.settings = settings
    self.split = split
    self.addresses = addresses
    self.stop = stop
    sources = SourceAddresses(given: [], to: addresses)
    mostRequests = settings.traffic.requests ?? Self.usualBound(test, waits: split.wait != nil)
    let time = [settings.traffic.duration, split.wait].compactMap(\.self).min()
    let begun = begun
    end = time.map { begun.addingReportingOverflow($0).partialValue } ?? .max
    let visitors = split.wait == nil ? 0 : Self.visitors
    var outcome = Outcome(lanes: lanes.map { SplitLane(of: $0, test) })
    outcome.followed.visitors = visitors
    state = Mutex(
      State(
        log: VisitLog(settings), outcome: outcome, jars: Array(repeating: CookieJar(), count: visitors),
        parts: Array(repeating: nil, count: visitors)))
  }

  /// Ten times what a decision takes on average: a share between the expected one and the margin takes the longest.
  static func usualBound(_ test: SplitTest, waits: Bool) -> Int {
    waits ? 1_000_000 : min(max(5_000, 10 * test.expectedCount), 1_000_000)
  }

  /// Asks until it is decided, or the bound is reached.
  func run() -> Outcome {
    let threads = (1..<max(1, settings.connections)).compactMap { number in
      try? KernelThread(named: "lbcheck-split-\(number)") { [self] in draw() }
    }
    draw()
    threads.forEach { $0.join() }
    return state.withLock { $0.outcome }
  }

  /// All requests as the traffic of a run.
  func measured() -> Measurements { state.withLock { $0.log.measured() } }

  /// One thread's part of the draws.
  private func draw() {
    let kinds = settings.templates.count
    var probe = Probe(
      addresses[0], connectTimeout: settings.connectTimeout, responseTimeout: settings.responseTimeout,
      tls: settings.tls, http: settings.http, stop: stop)
    let body = settings.traffic.expectedBody?.matcher()
    while let turn = next() {
      awaitTurn(turn.number)
      probe.leave(
        for: addresses[turn.lane / kinds], from: sources.address(of: turn.visitor ?? Self.visitors + turn.number))
      let draw = ask(&probe, turn, body)
      state.withLock { state in
        state.early[turn.number] = draw
        while let draw = state.early.removeValue(forKey: state.turn) {
          count(draw, &state)
          state.turn += 1
        }
      }
    }
  }

  /// The next request; `nil` once there is none. Lanes take turns until each is decided.
  private func next() -> Turn? {
    state.withLock { state in
      let (number, count) = (state.next, state.outcome.lanes.count)
      let open = (0..<count).map { (number + $0) % count }.first { lane in
        !state.outcome.lanes[lane].isOver && state.outcome.lanes[lane].asked < mostRequests
      }
      guard let open, !stop.isStopped, state.log.mayGoOn, MonotonicClock.now() < end(of: state.outcome) else {
        return nil
      }
      state.next += 1
      if split.wait != nil, number % Self.visitorEvery == 0 {
        let visitor = number / Self.visitorEvery % Self.visitors
        state.outcome.lanes[visitor % count].asked += 1
        return Turn(number: number, lane: visitor % count, visitor: visitor)
      }
      state.outcome.lanes[open].asked += 1
      return Turn(number: number, lane: open, visitor: nil)
    }
  }

  /// Later, where a split has arrived in time and it is not seen yet whether it stays.
  private func end(of outcome: Outcome) -> Nanoseconds {
    outcome.lanes.contains { !$0.isOver && $0.holdsSince != nil } ? end.addingSaturated(5 * SplitLane.settling) : end
  }

  /// Waits until a request is due, where a rate is given.
  private func awaitTurn(_ number: Int) {
    guard let rate = settings.traffic.rate else { return }
    let due = begun + Nanoseconds(Double(number) / rate * 1e9)
    while MonotonicClock.now() < due, !stop.isStopped {
      MonotonicClock.sleep(min(due - min(due, MonotonicClock.now()), 50_000_000))
    }
  }

  private func count(_ draw: Draw, _ state: inout State) {
    switch draw {
    case .nothing: break
    case .visitor(let visitor, let part):
      if state.parts[visitor] != nil {
        state.outcome.followed.answers += 1
        if state.parts[visitor] != part { state.outcome.followed.flips += 1 }
      }
      state.parts[visitor] = part
    case .answer(let part, let sent, let lane):
      state.outcome.lanes[lane].add(part, after: sent - begun, split)
    }
  }

  private func ask(_ probe: inout Probe, _ turn: Turn, _ body: BodyMatcher?) -> Draw {
    let (index, visitor) = (turn.lane % settings.templates.count, turn.visitor)
    let now = WallClock.now() / 1_000_000_000
    let target = settings.target.with(path: settings.templates[index].path)
    var jar = visitor.map { visitor in state.withLock { $0.jars[visitor] } } ?? CookieJar()
    let request = settings.templates[index].carrying(jar.field(for: target, at: now))
    let (before, began) = (probe.requestsSent, MonotonicClock.now())
    do throws(ProbeError) {
      let response = try probe.send(request, to: settings.target, closing: true, captureLimit: settings.captureLimit)
      let failure = settings.failure(of: response, body)
      if visitor != nil { for field in response.head.setCookies { jar.store(field, from: target, at: now) } }
      return state.withLock { state in
        let answer = state.log.note(
          response, failure: failure, to: index, sent: probe.requestsSent - before, in: turn.number)
        let part = answer.number >= 0 ? state.log.backends[Int(answer.number)] : nil
        guard let visitor else {
          return failure != nil && part == nil ? .nothing : .answer(part, sent: began, lane: turn.lane)
        }
        state.jars[visitor] = jar
        return .visitor(visitor, part)
      }
    } catch {
      guard !stop.isStopped else { return .nothing }
      _ = state.withLock {
        $0.log.note(error, to: index, sent: probe.requestsSent - before, in: turn.number, began: began)
      }
      return .nothing
    }
  }
}
