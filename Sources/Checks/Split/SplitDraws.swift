internal import HTTP
internal import Load
internal import Platform
internal import Synchronization

/// Asks for one new visitor after another until a split is decided: each answer is a draw of its own, as connections and
/// visitors that a balancer keeps with a backend are not.
final class SplitDraws: Sendable {
  /// What came of it.
  struct Outcome: Sendable {
    /// The last test; with a change that is waited for, the one that took the split, if any did.
    var test: SplitTest
    /// From the beginning until the first answer of that test, in nanoseconds; `nil` where nothing is waited for.
    var arrivedAfter: Nanoseconds?
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
    var attempt = 1
    var testBegan: Nanoseconds = 0
    /// A few visitors who come back, with what they have and the part that they met last.
    var jars: [CookieJar]
    var parts: [String?]
    var isOver = false
  }

  private enum Draw: Sendable {
    /// The part that the answer names; `nil` where it names none.
    case answer(String?, sent: Nanoseconds)
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
  init?(_ settings: CheckSettings, _ split: SplitExpectation, at addresses: [SocketAddress], stop: StopSignal) {
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
    var outcome = Outcome(test: test)
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
    var probe = Probe(
      addresses[0], connectTimeout: settings.connectTimeout, responseTimeout: settings.responseTimeout,
      tls: settings.tls, stop: stop)
    let body = settings.traffic.expectedBody?.matcher()
    while let number = next() {
      awaitTurn(number)
      let visitor =
        split.wait != nil && number % Self.visitorEvery == 0 ? number / Self.visitorEvery % Self.visitors : nil
      probe.leave(
        for: addresses[number % addresses.count], from: sources.address(of: visitor ?? Self.visitors + number))
      let draw = ask(&probe, number, visitor, body)
      state.withLock { state in
        state.early[number] = draw
        while let draw = state.early.removeValue(forKey: state.turn) {
          count(draw, &state)
          state.turn += 1
        }
      }
    }
  }

  /// The next request's number; `nil` once there is none.
  private func next() -> Int? {
    state.withLock { state in
      guard !stop.isStopped, !state.isOver, state.log.mayGoOn, state.next < mostRequests, MonotonicClock.now() < end
      else { return nil }
      defer { state.next += 1 }
      return state.next
    }
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
    case .answer(let part, let sent):
      guard !state.isOver else { return }
      if state.outcome.test.total == 0 { state.testBegan = sent - begun }
      state.outcome.test.add(part)
      switch state.outcome.test.decision {
      case .undecided: break
      case .asExpected:
        if split.wait != nil { state.outcome.arrivedAfter = state.testBegan }
        state.isOver = true
      case .different:
        guard split.wait != nil else { return state.isOver = true }
        // What is waited for may have come meanwhile.
        state.attempt += 1
        if let test = SplitTest(split, attempt: state.attempt) { state.outcome.test = test }
      }
    }
  }

  private func ask(_ probe: inout Probe, _ number: Int, _ visitor: Int?, _ body: BodyMatcher?) -> Draw {
    let index = number % settings.templates.count
    let now = WallClock.now() / 1_000_000_000
    let target = settings.target.with(path: settings.templates[index].path)
    var jar = visitor.map { visitor in state.withLock { $0.jars[visitor] } } ?? CookieJar()
    let request = settings.templates[index].carrying(jar.field(for: target, at: now))
    let (before, began) = (probe.requestsSent, MonotonicClock.now())
    do throws(ProbeError) {
      let response = try probe.send(request, to: settings.target, closing: true, captureLimit: settings.captureLimit)
      var failure: FailureKind? = settings.expectedStatuses.contains(response.head.status) ? nil : .status
      if failure == nil, let body, !body.isMet(by: response.content) { failure = .body }
      if visitor != nil { for field in response.head.setCookies { jar.store(field, from: target, at: now) } }
      return state.withLock { state in
        let answer = state.log.note(
          response, failure: failure, to: index, sent: probe.requestsSent - before, in: number)
        let part = answer.number >= 0 ? state.log.backends[Int(answer.number)] : nil
        guard let visitor else {
          return failure != nil && part == nil ? .nothing : .answer(part, sent: began)
        }
        state.jars[visitor] = jar
        return .visitor(visitor, part)
      }
    } catch {
      guard !stop.isStopped else { return .nothing }
      _ = state.withLock {
        $0.log.note(error, to: index, sent: probe.requestsSent - before, in: number, began: began)
      }
      return .nothing
    }
  }
}
