internal import HTTP
internal import Load
internal import Platform
internal import Report

/// One address of the target with one kind of request, which is judged by itself: each may lead to a balancer of its own.
package struct FairnessLane: Sendable, Equatable {
  let address: String
  /// Method and path, without the query; with a number where several have the same.
  let request: String
  let template: Int
  /// As in reports: what differs among the lanes.
  let name: String
  var findings = CheckFindings()

  /// Each address with each kind of request.
  static func all(_ addresses: [String], _ templates: [RequestTemplate]) -> [FairnessLane] {
    let texts = templates.map { "\($0.method) \($0.path.prefix { $0 != "?" })" }
    return addresses.flatMap { address in
      texts.indices.map { index in
        let isDouble = texts.count { $0 == texts[index] } > 1
        let request = texts[index] + (isDouble ? " #\(index + 1)" : "")
        let parts = [addresses.count > 1 ? address : nil, templates.count > 1 ? request : nil]
        return FairnessLane(
          address: address, request: request, template: index, name: parts.compactMap(\.self).joined(separator: " "))
      }
    }
  }
}

extension FairnessCheck {
  /// More addresses and kinds of requests than this are refused.
  static let mostLanes = 64

  /// What is judged by itself; empty where there is but one, or where shards leave all together.
  func lanes(_ addresses: [SocketAddress]) throws(CheckError) -> [FairnessLane] {
    let templates = settings.templates
    let count = addresses.count * templates.count
    guard count > 1, settings.sharding == nil else { return [] }
    guard count <= Self.mostLanes else {
      throw .usage(
        "\(addresses.count) addresses with \(templates.count) requests are more than \(Self.mostLanes) to judge")
    }
    return FairnessLane.all(addresses.map(\.description), templates)
  }

  /// The check of one lane alone.
  func check(_ lane: FairnessLane, watch: CheckWatch) throws(CheckError) -> FairnessCheck {
    var own = settings
    own.templates = [settings.templates[lane.template]]
    own.overrides = ConnectOverrides()
    do throws(TargetError) {
      try own.overrides.addConnectTo("::\(lane.address)")
    } catch {
      throw .usage(error.description)
    }
    return FairnessCheck(own, expecting: expectation, watch: watch)
  }

  /// Makes the whole check for one lane after another.
  ///
  /// - Parameter ledger: what was sent before.
  func measure(
    _ lanes: [FairnessLane], after ready: CheckFindings, _ ledger: TargetProbeLedger
  ) throws(CheckError) -> CheckFindings {
    var fold = FindingsFold()
    var measured: [FairnessLane] = []
    for (index, lane) in lanes.enumerated() where !watch.stop.isStopped {
      let part = CheckStage.Part(named: lane.name, CheckStage.Place(index + 1, of: lanes.count))
      var lane = lane
      lane.findings = try check(lane, watch: watch.ofPart(part)).measure()
      fold.add(lane.findings)
      measured.append(lane)
    }
    var whole = fold.whole
    whole.preparation.add(ledger.findings(header: whole.backendHeader))
    whole.addresses = ready.addresses
    whole.notes = ready.notes
    whole.isInterrupted = watch.stop.isStopped
    whole.durationSeconds = Double(MonotonicClock.now() - ledger.begun) / 1e9
    whole.lanes = measured
    return whole
  }

  /// What each lane is judged as.
  func judged(_ lane: FairnessLane) -> (judgement: FairnessJudgement, assertions: [Assertion]) {
    let check = (try? check(lane, watch: watch)) ?? self
    let seen = check.observations(lane.findings)
    let judgement = FairnessJudgement(seen, against: expectation)
    let own = check.assertions(judgement, seen, lane.findings).filter(\.isOfSharing).map { assertion in
      var assertion = assertion.leftOpen(by: Interruption(lane.findings, check.settings.traffic))
      assertion.name += "(\(lane.name))"
      return assertion
    }
    return (judgement, own)
  }

  /// The figures of the first lane, with a row for each; no policy where they have several.
  func section(_ lanes: [(lane: FairnessLane, judgement: FairnessJudgement, assertions: [Assertion])])
    -> FairnessSection?
  {
    guard var section = lanes.first?.judgement.section else { return nil }
    section.rows = lanes.map { entry in
      let own = entry.judgement.section
      return FairnessRow(
        address: entry.lane.address, request: entry.lane.request, policy: own.policy, per: own.per,
        stickyBy: own.stickyBy, maxDeviation: own.maxDeviation,
        verdict: Verdict.worst(of: entry.assertions.map(\.verdict)))
    }
    if Set(lanes.map(\.judgement.policy)).count > 1 { (section.policy, section.period) = ("unknown", []) }
    if Set(lanes.map(\.judgement.section.per)).count > 1 { section.per = nil }
    return section
  }
}

extension Assertion {
  var isOfSharing: Bool { if case .sharing? = kind { true } else { false } }
}
