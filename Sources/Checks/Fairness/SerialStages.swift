internal import HTTP
internal import Load
internal import Report
internal import Statistics

/// The stages in which one request follows another, each made where those before it leave something open.
struct SerialStages {
  /// Its settings name the header that is read.
  let targetProbe: TargetProbe
  let ready: ReadyTarget
  /// `nil` where the site is down.
  let header: String?
  let expectation: FairnessExpectation
  /// The methods in whose place GET is sent.
  let unseenMethods: [String]

  /// The requests of a stage: enough to see a period of up to 133 three times.
  static let requests = 400

  /// A rotation of the longest period that is looked for, 512, twelve times.
  static let mostRequests = 6_144

  /// Where chance is meant: enough for each of some 50 backends to follow each other one.
  static let mostRequestsForChance = 24_000

  static func mostRequests(_ expectation: FairnessExpectation) -> Int {
    expectation.judgedPolicy == .random ? mostRequestsForChance : mostRequests
  }

  /// Twelve whole periods of the weights that are named: so many tell a rare backend's turn from chance.
  static func wanted(_ expectation: FairnessExpectation) -> Int {
    expectation.namedWeights.values.reduce(0) { $0.addingSaturated($1 > .max / 12 ? .max : 12 * $1) }
  }

  private var settings: CheckSettings { targetProbe.settings }
  private var watch: CheckWatch { targetProbe.watch }

  func make(_ findings: inout CheckFindings) throws(CheckError) {
    try look(.serialStage, settings.freshShare == 1, &findings)
    // What GETs met says nothing of whom other methods meet.
    guard !findings.stages.isEmpty, unseenMethods.isEmpty else { return }
    try demandNames(findings)
    guard let header else { return }
    let probe = KeyProbe(
      targetProbe: targetProbe, header: header, address: ready.addresses[0], expectation: expectation)
    for stage in [freshConnections, keys(probe), cookies(probe), burst, unequalPath] {
      guard !watch.stop.isStopped, !observations(findings).areBackendsHidden else { return }
      try stage(&findings)
    }
  }

  private typealias Stage = (inout CheckFindings) throws(CheckError) -> Void

  private func observations(_ findings: CheckFindings) -> FairnessObservations {
    FairnessObservations(
      findings, settings, unseenMethods: unseenMethods, unequal: expectation.unequalPath)
  }

  // MARK: The stages

  /// Who answers first on a new connection, where each kept one met one backend.
  private func freshConnections(_ findings: inout CheckFindings) throws(CheckError) {
    let kept = observations(findings).serial.filter { $0.count > 1 }
    guard !kept.isEmpty, kept.allSatisfy({ Set($0).count == 1 }) else { return }
    try look(.freshStage, true, &findings)
  }

  /// What else decides, where one request after another always met one backend.
  private func keys(_ probe: KeyProbe) -> Stage {
    { findings throws(CheckError) in
      guard observations(findings).answered.count == 1 else { return }
      watch.report(.stage(CheckStage("finding out what the choice depends on")))
      findings.choice = probe.choice()
    }
  }

  /// Whether a cookie of the server keeps visitors, where several backends answer and no key of the request decides.
  private func cookies(_ probe: KeyProbe) -> Stage {
    { findings throws(CheckError) in
      let answered = Set(observations(findings).answered)
      guard answered.count > 1, findings.choice?.keys.isEmpty != false else { return }
      findings.cookie = probe.cookie(answered)
      guard findings.cookie != nil, expectation.judgedPolicy == .sticky, !watch.stop.isStopped else { return }
      watch.report(.stage(CheckStage("visitors who come back")))
      let named = Array(expectation.namedShares.values)
      findings.cookie?.crowd = probe.returns(
        named.count > 1 ? named : Array(repeating: 1 / Double(answered.count), count: answered.count))
    }
  }

  /// Whether an order that looks like chance is one where so many requests come at once that others' seldom come in between.
  private func burst(_ findings: inout CheckFindings) throws(CheckError) {
    let observed = ObservedBalancing(observations(findings), expectation)
    guard observed.policy == .random, let unit = observed.unit, expectation.judgedPolicy.shareRule != .chance else {
      return
    }
    watch.report(.stage(CheckStage("burst")))
    var plan = plan(ofRequests: Self.burstRequests)
    plan.connections = Self.burstConnections
    plan.freshShare = unit == .connection ? 1 : 0
    plan.duration = 20_000_000_000
    try add(.burstStage, plan, for: .burst, &findings)
  }

  /// Whether connections that met one backend each in the concurrent stage do so where they cannot keep in step with a rotation.
  ///
  /// - Parameter inFlight: how many requests at a time the concurrent stage had.
  func shuffleConnections(_ inFlight: Int, _ findings: inout CheckFindings) throws(CheckError) {
    watch.report(.stage(CheckStage("connections taken by chance")))
    let connections = 2 * min(inFlight, Self.mostShuffled)
    // Half as many again as have to meet each.
    var plan = plan(ofRequests: connections * PinnedConnections.fewestRequests * 3 / 2)
    plan.connections = connections
    plan.shufflesConnections = true
    plan.duration = 20_000_000_000
    try add(.shuffledStage, plan, for: .shuffledLook, &findings)
  }

  private static let mostShuffled = 64

  /// So many show a rotation in which others have up to about a hundred requests in flight all the time.
  private static let burstRequests = 6_000
  private static let burstConnections = 64

  /// Whether the load decides, by the path whose latency differs.
  private func unequalPath(_ findings: inout CheckFindings) throws(CheckError) {
    guard let path = expectation.unequalPath, let target = targetProbe.template else { return }
    // Whom a kept connection or a key binds, no load moves.
    let observed = ObservedBalancing(observations(findings), expectation)
    guard observed.answered.count > 1, observed.unit != .connection, observed.keys.isEmpty else { return }
    let slow: RequestTemplate
    do throws(TemplateError) {
      slow = try RequestTemplate(method: "GET", path: path, headers: target.headers)
    } catch {
      throw .usage("--unequal: \(error.description)")
    }
    watch.report(.stage(CheckStage("load for \(path)")))
    for (name, templates) in [(StageName.unequalStage, [slow]), (.mixedStage, [slow, target])] {
      let look = observations(findings).unequal
      guard !watch.stop.isStopped, look?.load(idle: observed.idle, weights: expectation.namedWeights) == nil else {
        return
      }
      var plan = plan(ofRequests: Self.unequalRequests)
      plan.templates = templates
      plan.connections = min(8 * observed.answered.count, Self.mostConnections)
      plan.freshShare = settings.freshShare
      plan.duration = 20_000_000_000
      try add(name, plan, for: .unequalLook, &findings)
    }
  }

  /// So many show which of three backends is avoided.
  private static let unequalRequests = 2_000
  private static let mostConnections = 256

  /// Sends one request after another: as many again as it takes to call them random, if they look so and are too few for that.
  ///
  /// - Parameter isFresh: whether each gets a connection of its own.
  private func look(_ name: StageName, _ isFresh: Bool, _ findings: inout CheckFindings) throws(CheckError) {
    let count = max(Self.requests, min(Self.wanted(expectation), Self.mostRequests))
    let purpose = isFresh ? PreparationPurpose.freshStage : .serialStage
    watch.report(.stage(CheckStage(isFresh ? "serial stage, a connection each" : "serial stage")))
    var plan = plan(ofRequests: count)
    plan.freshShare = isFresh ? 1 : 0
    try add(name, plan, for: purpose, &findings)
    let needed = ObservedBalancing(observations(findings), expectation).requestsForChance
    let most = Self.mostRequests(expectation)
    // From few the rarest backend's share is known by a factor of some four.
    guard let needed = needed.map({ $0 <= 4 * most ? min($0, most) : $0 }), needed > count, needed <= most,
      !watch.stop.isStopped, let first = findings.stages.popLast()
    else { return }
    // Its failures stay those of the check.
    targetProbe.ledger.note(failuresOf: first.measured, expecting: plan.expectedStatuses)
    plan.requests = needed
    plan.recordLimit = needed
    try add(name, plan, for: purpose, &findings)
  }

  /// Carries out a stage beside the report's traffic.
  private func add(
    _ name: StageName, _ plan: Plan, for purpose: PreparationPurpose, _ findings: inout CheckFindings
  ) throws(CheckError) {
    guard let plan = targetProbe.unshown(plan) else { return }
    let stage = try watch.traffic(name, plan)
    targetProbe.ledger.note(stage.measured, of: plan.templates, for: purpose)
    if case .tooManyBackends = stage.measured.error { throw CheckError(stage.measured.error!) }
    findings.stages.append(stage)
  }

  /// Over one kept connection at first.
  private func plan(ofRequests count: Int) -> Plan {
    var plan = settings.plan([ready.addresses[0]])
    plan.connections = 1
    plan.multiplex = 1
    plan.pacer = .closedLoop
    plan.freshShare = 0
    // How new visitors are dealt out is asked here; whether they stay by a cookie is asked by itself.
    plan.keepsCookies = false
    plan.workers = 1
    plan.shard = .whole
    plan.duration = 60_000_000_000
    plan.requests = count
    plan.recordLimit = count
    plan.recordSink = nil
    return plan
  }

  /// - Throws: ``CheckError/unmeasurable(_:advice:)`` where answers came and none named a backend.
  private func demandNames(_ findings: CheckFindings) throws(CheckError) {
    let serial = findings.measured(.serialStage)
    guard let header, observations(findings).answered.isEmpty, serial.succeeded > 0, !watch.stop.isStopped else {
      return
    }
    if let (reason, advice) = AnswerOrigins(serial).insteadOfBackends(settings) {
      throw .unmeasurable(reason, advice: advice)
    }
    throw targetProbe.missing(header, in: ready.attempts.compactMap { try? $0.outcome.get().head })
  }
}
