internal import HTTP
internal import Load
internal import Platform
internal import Statistics
internal import Synchronization

/// All visitors of a check: each with a jar and an address, several of them asking at a time.
///
/// What is kept of a visitor is its cookies alone; connections end with each visit.
final class Visitors: Sendable {
  /// What a visitor comes with.
  enum Guise: Sendable {
    /// Its own cookies, which it keeps up, from its own address.
    case itself
    case control(SessionsFindings.Control)
    /// No cookie, from an address that nobody else comes from.
    case newcomer
  }

  private struct State: Sendable {
    var jars: [CookieJar]
    var random: SplitMix64
    /// The present round: places in it, in the order in which they are taken.
    var order: [Int] = []
    var answers: [SessionsFindings.Answer] = []
    /// How many visits there were.
    var visits = 0
    /// How many requests each visitor has made, so that a visit goes on with the order of requests.
    var made = 0
    var log: VisitLog
  }

  private let settings: CheckSettings
  private let plan: SessionsPlan
  private let addresses: [SocketAddress]
  private let sources: SourceAddresses
  /// The site as cookies know it: by the name that a Host field of the user's gives it.
  private let host: Target
  private let stop: StopSignal
  private let state: Mutex<State>

  /// - Parameter settings: the ones whose header names backends.
  init(_ settings: CheckSettings, _ plan: SessionsPlan, at addresses: [SocketAddress], stop: StopSignal) {
    var settings = settings
    // A session of one visitor must not be resumed by another: some balancers keep visitors by it.
    settings.tls.resumes = false
    self.settings = settings
    self.plan = plan
    self.addresses = addresses
    let named = settings.templates.lazy.flatMap(\.headers).first { $0.name.lowercased() == "host" }
    host = named.map { settings.target.named($0.value) } ?? settings.target
    self.stop = stop
    sources = SourceAddresses(given: plan.sourceAddresses ?? [], to: addresses)
    state = Mutex(
      State(
        jars: Array(repeating: CookieJar(), count: plan.visitors), random: SplitMix64(seed: settings.seed),
        log: VisitLog(settings)))
  }

  /// Has every visitor come once.
  func come(in phase: SessionsPhase) -> SessionsFindings.Round {
    let answers = round(Array(0..<plan.visitors), as: .itself, requests: plan.requestsPerVisit)
    return SessionsFindings.Round(phase: phase, answers: answers)
  }

  /// Has visitors come once with something else than they have.
  func come(with control: SessionsFindings.Control, _ visitors: [Int]) -> SessionsFindings.ControlRound {
    SessionsFindings.ControlRound(
      control: control, visitors: visitors, answers: round(visitors, as: .control(control), requests: 1))
  }

  /// Has some visitors come for one request each.
  func come(rested visitors: [Int]) -> [SessionsFindings.Answer] { round(visitors, as: .itself, requests: 1) }

  /// Has new visitors come for one request each, to each of the target's addresses equally many.
  ///
  /// - Returns: how many each backend answered, by its number, for each address.
  func draw(_ count: Int) -> [[Int: Int]] {
    let answers = round(Array(0..<count * addresses.count), as: .newcomer, requests: 1)
    return addresses.indices.map { address in
      let own = stride(from: address, to: answers.count, by: addresses.count).compactMap { answers[$0].backend }
      return Dictionary(own.map { ($0, 1) }, uniquingKeysWith: +)
    }
  }

  /// Some of the visitors, by chance.
  func some(_ count: Int) -> [Int] {
    state.withLock { Array(Array(0..<plan.visitors).shuffled(using: &$0.random).prefix(count)).sorted() }
  }

  /// The names of the cookies that visitors have, a few at most.
  var cookieNames: [String] {
    state.withLock { state in
      var names: [String] = []
      for cookie in state.jars.lazy.flatMap(\.cookies) where !names.contains(cookie.name) { names.append(cookie.name) }
      return Array(names.prefix(VisitLog.mostCookies))
    }
  }

  /// Everything that was asked so far.
  var log: VisitLog { state.withLock { $0.log } }

  /// Takes over who there is: the backends, the cookies, and the addresses that the visitors come from.
  func describe(_ findings: inout SessionsFindings) {
    let log = log
    (findings.backends, findings.cookies) = (log.backends, log.cookies)
    findings.addresses = min(sources.count, plan.visitors)
  }

  /// All requests as the traffic of a run.
  func measured() -> Measurements { state.withLock { $0.log.measured() } }

  // MARK: A round

  /// The visitors come in an order of chance: in the same order each time, a rotation would look like visitors who stay.
  private func round(_ visitors: [Int], as guise: Guise, requests: Int) -> [SessionsFindings.Answer] {
    state.withLock { state in
      state.order = visitors.indices.shuffled(using: &state.random)
      state.answers = Array(repeating: SessionsFindings.Answer(), count: visitors.count * requests)
    }
    // Where the machine has no more threads, those that there are do the work.
    let threads = (1..<max(1, min(settings.connections, visitors.count))).compactMap { number in
      try? KernelThread(named: "lbcheck-visit-\(number)") { [self] in
        visit(visitors, as: guise, requests: requests)
      }
    }
    visit(visitors, as: guise, requests: requests)
    threads.forEach { $0.join() }
    return state.withLock { state in
      if guise.isItself { state.made += requests }
      defer { state.answers = [] }
      return state.answers
    }
  }

  /// One thread's part of a round.
  private func visit(_ visitors: [Int], as guise: Guise, requests: Int) {
    var probe = Probe(
      addresses[0], connectTimeout: settings.connectTimeout, responseTimeout: settings.responseTimeout,
      tls: settings.tls, http: settings.http, stop: stop)
    let body = settings.traffic.expectedBody?.matcher()
    while !stop.isStopped, let place = state.withLock({ $0.log.mayGoOn ? $0.order.popLast() : nil }) {
      let visitor = visitors[place]
      var (jar, made, visit) = state.withLock { state in
        state.visits += 1
        return (state.jars.indices.contains(visitor) ? state.jars[visitor] : CookieJar(), state.made, state.visits)
      }
      let source = dress(visitor, as: guise, &jar)
      probe.leave(for: addresses[address(of: visitor, at: place, as: guise)], from: source)
      if !guise.isItself { made = 0 }
      for index in 0..<requests {
        let answer = ask(&probe, template(at: made + index), &jar, body, in: visit)
        state.withLock { $0.answers[place * requests + index] = answer }
      }
      if guise.isItself { state.withLock { $0.jars[visitor] = jar } }
      probe.disconnect()
    }
  }

  /// Which of the target's addresses a visitor comes to, by its place in the order of the round.
  private func address(of visitor: Int, at place: Int, as guise: Guise) -> Int {
    switch guise {
    case .control(.otherAddress): (visitor + 1 + place % (addresses.count - 1)) % addresses.count
    case .itself, .control, .newcomer: visitor % addresses.count
    }
  }

  /// Gives a jar the cookies that a visitor comes with.
  ///
  /// - Returns: where the visitor comes from.
  private func dress(_ visitor: Int, as guise: Guise, _ jar: inout CookieJar) -> SocketAddress? {
    switch guise {
    case .itself, .control(.otherAddress): return sources.address(of: visitor)
    case .newcomer:
      jar = CookieJar()
      // Beyond those that visitors and their controls come from.
      return sources.address(of: 2 * plan.visitors + visitor)
    case .control(.address):
      jar = CookieJar()
      return sources.address(of: visitor)
    case .control(.cookies): return sources.address(notOf: visitor, among: plan.visitors)
    case .control(.cookie(let name)):
      jar.keep(where: { $0.name == name })
      return sources.address(notOf: visitor, among: plan.visitors)
    }
  }

  /// Which kind of request is the next in a visitor's order: each in turn, as often as its weight says.
  private func template(at index: Int) -> Int {
    var rest = index % settings.templates.reduce(0) { $0 + $1.weight }
    for (number, template) in settings.templates.enumerated() {
      if rest < template.weight { return number }
      rest -= template.weight
    }
    return 0
  }

  /// Makes one request and takes over what the answer sets.
  private func ask(
    _ probe: inout Probe, _ template: Int, _ jar: inout CookieJar, _ body: BodyMatcher?, in visit: Int
  ) -> SessionsFindings.Answer {
    let now = WallClock.now() / 1_000_000_000
    let target = host.with(path: settings.templates[template].path)
    let request = settings.templates[template].carrying(jar.field(for: target, at: now))
    let (before, began) = (probe.requestsSent, MonotonicClock.now())
    do throws(ProbeError) {
      let response = try probe.send(request, to: settings.target, captureLimit: settings.captureLimit)
      let failure = settings.failure(of: response, body)
      let fields = response.head.setCookies
      let kept = fields.map { jar.store($0, from: target, at: now) }
      return state.withLock { state in
        for (field, cookie) in zip(fields, kept) { state.log.note(field, cookie, from: target, at: now) }
        return state.log.note(response, failure: failure, to: template, sent: probe.requestsSent - before, in: visit)
      }
    } catch {
      if stop.isStopped { return SessionsFindings.Answer() }
      return state.withLock {
        $0.log.note(error, to: template, sent: probe.requestsSent - before, in: visit, began: began)
      }
    }
  }
}

extension Visitors.Guise {
  /// Whether a visitor keeps what it is given.
  fileprivate var isItself: Bool { if case .itself = self { true } else { false } }
}
