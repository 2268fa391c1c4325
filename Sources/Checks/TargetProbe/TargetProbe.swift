internal import HTTP
internal import Load
internal import Platform
internal import Report

/// One address of a target, and whether it takes connections.
struct Attempt {
  struct Reached {
    /// How long the connection took to be there, in nanoseconds.
    let connectTime: Nanoseconds?
    /// `nil` where no request was sent.
    let head: ResponseHead?
  }

  let address: SocketAddress
  let outcome: Result<Reached, ProbeError>
}

extension [Attempt] {
  /// The addresses that answer.
  var answering: [SocketAddress] {
    compactMap { attempt in
      if case .success = attempt.outcome { attempt.address } else { nil }
    }
  }

  /// Why the others do not.
  var failures: [ProbeError] {
    compactMap { attempt in
      if case .failure(let error) = attempt.outcome { error } else { nil }
    }
  }
}

/// A target that answers, as found before a check's traffic.
struct ReadyTarget {
  /// The addresses to use.
  let addresses: [SocketAddress]
  /// Every address with how it was reached or why it was not.
  let attempts: [Attempt]
  let notes: [String]
}

/// Finds out, with few requests, whether and how a target can be measured.
struct TargetProbe {
  let settings: CheckSettings
  let watch: CheckWatch
  /// Where everything that is sent is entered.
  let ledger: TargetProbeLedger
  /// The clock's reading beyond which no probe waits.
  var end: Nanoseconds = .max
  var clock = TimeSource.system

  /// How many answers the search for a fingerprint looks at, at first.
  static let probeCount = 24

  /// The request that probes send, by the first template; `nil` where they are to send none.
  var template: RequestTemplate? { settings.probing.request(inPlaceOf: settings.templates[0]) }

  /// The statuses that count as success of ``template``.
  var expectedStatuses: StatusSet {
    settings.probing.expectedStatuses(settings.expectedStatuses, inPlaceOf: settings.templates[0])
  }

  /// - Parameter limit: another reading of the clock beyond which it does not wait.
  func probe(
    _ address: SocketAddress, for purpose: PreparationPurpose, from source: SocketAddress? = nil,
    until limit: Nanoseconds = .max
  ) -> CountedProbe {
    if settings.probing.replaces(settings.templates[0]) { ledger.note(replaced: settings.templates[0]) }
    return CountedProbe(
      Probe(
        address, from: source, connectTimeout: settings.connectTimeout, responseTimeout: settings.responseTimeout,
        until: min(limit, end), tls: settings.tls, http: settings.http, stop: watch.stop), ledger, for: purpose,
      expecting: expectation, stop: watch.stop)
  }

  /// What counts as success of ``template``, but for its content.
  private var expectation: ProbeExpectation {
    ProbeExpectation(statuses: expectedStatuses, judgesCalls: !settings.probing.replaces(settings.templates[0]))
  }

  /// Whether an answer to ``template`` is a success.
  func accepts(_ answer: ProbedResponse) -> Bool {
    settings.probing.replaces(settings.templates[0])
      ? expectation.failure(of: answer) == nil : settings.accepts(answer)
  }

  /// A plan whose traffic the report does not show: with requests that may be sent beside it.
  ///
  /// - Returns: `nil` where none may.
  func unshown(_ plan: Plan) -> Plan? {
    var plan = plan
    let isReplaced = plan.templates.contains(where: settings.probing.replaces)
    for template in plan.templates where settings.probing.replaces(template) { ledger.note(replaced: template) }
    plan.templates = settings.probing.requests(inPlaceOf: plan.templates)
    if isReplaced {
      // Of several kinds of requests all are judged alike.
      plan.expectedStatuses = ProbePolicy.anyBackendsAnswer
      plan.expectedBody = nil
      plan.judgesCalls = false
    }
    return plan.templates.isEmpty ? nil : plan
  }

  /// Whether the site answers as expected within ten seconds, asked also after the check was interrupted; inconclusive where
  /// this machine cannot or may not ask.
  func answersAgain(_ ready: ReadyTarget, within limit: Nanoseconds = 10_000_000_000) -> Verdict {
    guard let template else { return .inconclusive }
    let deadline = clock.now() + limit
    let targetProbe = TargetProbe(settings: settings, watch: CheckWatch(), ledger: ledger, clock: clock)
    var wasAsked = false
    while clock.now() < deadline {
      for (index, address) in ready.addresses.enumerated() {
        // One that hangs must not take the time of those after it.
        let now = clock.now()
        let share = (deadline - min(now, deadline)) / Nanoseconds(ready.addresses.count - index)
        var probe = targetProbe.probe(address, for: .recovery, until: now + share)
        do throws(ProbeError) {
          let answer = try probe.send(template, to: settings.target, captureLimit: settings.captureLimit)
          if accepts(answer) { return .pass }
          wasAsked = true
        } catch {
          wasAsked = wasAsked || !error.isGeneratorLimit
        }
      }
      clock.sleep(100_000_000)
    }
    return wasAsked ? .fail : .inconclusive
  }

  /// Resolves the target and finds out which of its addresses answer, as far as its probes may ask.
  ///
  /// - Throws: ``CheckError/unmeasurable(_:advice:)`` if no address answers.
  func reach() throws(CheckError) -> ReadyTarget { try select(try attempts()) }

  /// The same, also where none answers: then all of them, with a note.
  func reachEvenIfDown() throws(CheckError) -> ReadyTarget {
    let attempts = try attempts()
    guard attempts.answering.isEmpty, !attempts.isEmpty, !attempts.failures.contains(where: \.isGeneratorLimit),
      !attempts.failures.contains(where: \.isDistrust)
    else { return try select(attempts) }
    return ReadyTarget(
      addresses: attempts.map(\.address), attempts: attempts,
      notes: ["It did not answer at first: " + attempts.failures.map(\.description).joined(separator: "; ") + "."])
  }

  /// That the site is down, where what the addresses answered says so and five single requests after that say the same; `nil`
  /// elsewhere, and where the user's own request may not be sent to find out.
  func down(_ ready: ReadyTarget) throws(CheckError) -> String? {
    var heads = ready.attempts.compactMap { try? $0.outcome.get().head }
    guard let template, !settings.probing.replaces(settings.templates[0]), AnswerOrigins(heads).down(settings) != nil
    else { return nil }
    var probe = probe(ready.addresses[0], for: .recovery)
    for _ in 0..<5 {
      clock.sleep(100_000_000)
      if watch.stop.isStopped { throw .interrupted }
      do throws(ProbeError) {
        heads.append(try probe.send(template, to: settings.target).head)
      } catch {
        return nil
      }
    }
    return AnswerOrigins(heads).down(settings)
  }

  /// The same, also where its certificate is refused: then without looking at it.
  ///
  /// - Returns: the target, and why its certificate is refused if it is.
  func reachUntrusted() throws(CheckError) -> (target: ReadyTarget, distrust: String?) {
    let attempts = try attempts()
    let errors = attempts.compactMap { attempt in
      if case .failure(let error) = attempt.outcome { error } else { nil }
    }
    guard errors.count == attempts.count, let distrust = errors.first(where: \.isDistrust) else {
      return (try select(attempts), nil)
    }
    var settings = settings
    settings.tls.verifies = false
    return (try TargetProbe(settings: settings, watch: watch, ledger: ledger).reach(), distrust.description)
  }

  private func attempts() throws(CheckError) -> [Attempt] {
    if let waited = settings.waitUp?.take() { ledger.note(waited: waited.sent, waited.note) }
    var found: [SocketAddress] = []
    do throws(LoadError) {
      if settings.target.scheme == .https { try settings.tls.check() }
      try settings.http.requireLibrary(for: settings.target.scheme)
      found = try Resolver.addresses(of: settings.overrides.destination(for: settings.target))
    } catch {
      throw CheckError(error)
    }
    let reach = settings.probing.reach(isHeaderGiven: settings.backendHeader != nil)
    let before = ledger.requests
    var attempts: [Attempt] = []
    for address in found {
      let mayAsk =
        switch reach {
        case .requestToEach: true
        case .oneRequest: ledger.requests == before
        case .connections: false
        }
      do throws(ProbeError) {
        let reached = try self.reached(address, sending: mayAsk ? template : nil)
        attempts.append(Attempt(address: address, outcome: .success(reached)))
      } catch {
        attempts.append(Attempt(address: address, outcome: .failure(error)))
      }
      if watch.stop.isStopped { throw .interrupted }
    }
    try refusePlainHTTP(attempts)
    return attempts
  }

  private func reached(
    _ address: SocketAddress, sending template: RequestTemplate?
  ) throws(ProbeError) -> Attempt.Reached {
    var probe = probe(address, for: .reachability)
    let connectTime = try probe.open(to: settings.target)
    guard let template else { return Attempt.Reached(connectTime: connectTime, head: nil) }
    return Attempt.Reached(connectTime: connectTime, head: try probe.send(template, to: settings.target).head)
  }

  /// Keeps the addresses that can be used.
  ///
  /// Of two families only one may be served here, and browsers then use that one (RFC 8305); so an address that refuses is left
  /// out where another family answers. Among addresses of one family a dead one stays: visitors meet it too.
  private func select(
    _ attempts: [Attempt]
  ) throws(CheckError) -> ReadyTarget {
    let (answering, failures) = (attempts.answering, attempts.failures)
    guard !answering.isEmpty else {
      let reasons = failures.map(\.description).joined(separator: "; ")
      if failures.allSatisfy(\.isGeneratorLimit) { throw .unmeasurable("not measured: \(reasons)", advice: []) }
      throw .unmeasurable(
        "\(settings.target.url) does not answer: \(reasons)",
        advice: failures.contains(where: \.isDistrust)
          ? [Advice.distrust, "`lbcheck inspect` shows the server's certificate."] : [])
    }
    var notes = ledger.notes
    var used = answering
    for failure in failures {
      if answering.contains(where: { $0.isIPv6 == failure.address.isIPv6 }) {
        used.append(failure.address)
        notes.append("One of the target's addresses does not answer, and its visitors fail: \(failure)")
      } else {
        notes.append("Not used, since the other address family answers: \(failure)")
      }
    }
    return ReadyTarget(addresses: used, attempts: attempts, notes: notes)
  }

  /// What the traffic is to be read by: the header that was given, without a further request, or the one that a search finds.
  ///
  /// - Throws: ``CheckError/unmeasurable(_:advice:)`` with the lines to add where no header serves.
  func fingerprint(_ ready: ReadyTarget, takesSite: SiteAsBackend = .never) throws(CheckError) -> FoundFingerprint {
    guard let given = settings.backendHeader else { return try discover(ready, takesSite: takesSite) }
    let heads = ready.attempts.compactMap { try? $0.outcome.get().head }
    return FoundFingerprint(header: given, in: heads)
  }

  /// Asks until it is known which header names backends and, as far as a few answers show it, which backends there are.
  ///
  /// - Throws: ``CheckError/unmeasurable(_:advice:)`` with the lines to add where no header serves.
  func discover(
    _ ready: ReadyTarget, for purpose: PreparationPurpose? = nil, takesSite: SiteAsBackend = .never
  ) throws(CheckError) -> FoundFingerprint {
    guard let template else {
      throw .usage("--no-probe leaves out the search for the header that names backends: give it with --backend-header")
    }
    var heads: [ResponseHead] = []
    var probe = probe(
      ready.addresses[0], for: purpose ?? (settings.backendHeader == nil ? .headerSearch : .discovery))
    while true {
      do throws(ProbeError) {
        // The first probe may reach a server that names no backend, so it is never judged alone.
        for _ in 0..<TargetProbe.probeCount {
          heads.append(try probe.send(template, to: settings.target).head)
        }
      } catch {
        if watch.stop.isStopped { throw .interrupted }
        let what = error.isGeneratorLimit ? "not measured" : "\(settings.target.url) stopped answering"
        throw .unmeasurable("\(what): \(error)", advice: [])
      }
      let origins = AnswerOrigins(heads)
      if let down = origins.down(settings) { throw .down(down) }
      if let given = settings.backendHeader { return try check(given, in: heads) }
      switch FingerprintDiscovery(heads).result {
      case .found(let header, _): return FoundFingerprint(header: header, in: heads)
      case .needsMore: continue
      case .none:
        if let (reason, advice) = origins.insteadOfBackends(settings) {
          throw .unmeasurable(reason, advice: advice)
        }
        let isVersioned = takesSite == .whereVersioned && FoundFingerprint.versionHeader(in: heads) != nil
        if takesSite != .never && settings.namesGeneration || isVersioned {
          let site = settings.target.authority
          return FoundFingerprint(header: "", backends: [site], heads: heads, site: site)
        }
        throw .unmeasurable("no header of \(settings.target.url) tells its backends apart", advice: Advice.lines)
      }
    }
  }

  /// The header that names backends, as far as there is one; otherwise the traffic goes without.
  func header(_ ready: ReadyTarget, _ notes: inout [String]) throws(CheckError) -> String? {
    try whoAnswers(ready, &notes)?.header
  }

  /// What the traffic is to be read by, as far as there is a header that names backends.
  func whoAnswers(
    _ ready: ReadyTarget, _ notes: inout [String], takesSite: SiteAsBackend = .never
  ) throws(CheckError) -> FoundFingerprint? {
    if settings.backendHeader == nil, settings.probing == .none {
      notes.append(
        "Backends are not distinguished: --no-probe leaves out the search for a header; --backend-header names one.")
      return nil
    }
    do throws(CheckError) {
      return try fingerprint(ready, takesSite: takesSite)
    } catch {
      // That the site is down shows in the traffic.
      if case .down = error { return settings.backendHeader.map { FoundFingerprint(header: $0, in: []) } }
      guard settings.backendHeader == nil, case .unmeasurable = error else { throw error }
      notes.append("Backends are not distinguished: \(error). `lbcheck inspect` shows the line to add.")
      return nil
    }
  }

  private func check(_ header: String, in heads: [ResponseHead]) throws(CheckError) -> FoundFingerprint {
    let values = heads.compactMap { $0.value(of: header) }
    guard !values.isEmpty else { throw missing(header, in: heads) }
    return FoundFingerprint(header: header, in: heads)
  }

  /// No answer had the header that was given.
  func missing(_ header: String, in heads: [ResponseHead]) -> CheckError {
    if let (reason, advice) = AnswerOrigins(heads).insteadOfBackends(settings) {
      return .unmeasurable(reason, advice: advice)
    }
    let other: String? = if case .found(let other, _) = FingerprintDiscovery(heads).result { other } else { nil }
    return .headerMissing(header, target: settings.target.url, other: other)
  }
}

/// The configuration lines that make a balancer say who answered.
package enum Advice {
  static let distrust = "--cacert FILE trusts the certificates in a file, --insecure takes any."

  static func instead(_ header: String) -> String { "Header '\(header)' would serve: --backend-header \(header)" }

  static func nginx(_ header: String) -> String { "add_header \(header) $upstream_addr always;" }
  static func haproxy(_ header: String) -> String { "http-response set-header \(header) %s" }
  package static func express(_ header: String) -> String {
    "app.use((req, res, next) => { res.set('\(header)', `${process.env.NODE_APP_INSTANCE ?? process.pid}`); next(); });"
  }

  package static let expressGeneration =
    "app.use((req, res, next) => { res.set('X-Generation', `${process.pid}`); next(); });"

  package static let nodeGeneration = "res.setHeader('X-Generation', `${process.pid}`);"

  static func lines(for header: String) -> [String] {
    [
      "Let the balancer or the application say who answered, then name it with --backend-header:",
      "  nginx (beside proxy_pass):     \(nginx(header))",
      "  HAProxy (in the backend):      \(haproxy(header))",
      "  Express (before the routes):   \(express(header))",
    ]
  }

  static var lines: [String] { lines(for: "X-Backend") }
}
