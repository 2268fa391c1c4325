internal import Report
internal import Statistics

/// Describes an assertion that does not hold, as a clause in words that a visitor of the site would use.
enum PlainWords {
  /// Whether it can be left open, with the reason as the last sentence of its detail.
  private static func mayBeLeftOpen(_ kind: AssertionKind) -> Bool {
    switch kind {
    case .lostNoRequest, .leftNoGap, .generations, .visitors: true
    case .takeover(let kind): kind != .backupSilentBefore
    case .sharing(let kind):
      [.policy, .per, .maxDeviation, .busyShares, .chance, .rotationScore, .split, .keyShares, .unequalPath]
        .contains(kind)
    case .traffic(let kind): kind == .noRequestFailed
    case .figure(let kind): kind != .everyRequestSent
    case .standing, .servedByBackends, .manager, .servedByPrimaries, .evidence, .comparison: false
    }
  }

  /// The clause of an assertion, with the rounds that it is about; for one that was left open, the reason.
  static func clause(_ assertion: Assertion) -> String {
    words(assertion) + (assertion.rounds.map { " (\($0))" } ?? "")
  }

  private static func words(_ assertion: Assertion) -> String {
    guard let kind = assertion.kind else { return "\(assertion.name): \(assertion.actual)" }
    if assertion.verdict == .inconclusive,
      let reason = assertion.reason ?? (mayBeLeftOpen(kind) ? assertion.detail : nil)
    {
      return asClause(reason)
    }
    return clause(kind, assertion)
  }

  /// A sentence as a clause.
  static func asClause(_ sentence: String) -> String {
    let clause = sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    let word = clause.prefix { $0.isLetter }
    // A name or an abbreviation stays as it is.
    return word.dropFirst().allSatisfy(\.isLowercase) ? clause.prefix(1).lowercased() + clause.dropFirst() : clause
  }

  private static func clause(_ kind: AssertionKind, _ assertion: Assertion) -> String {
    switch kind {
    case .standing(let kind): clause(kind, assertion)
    case .servedByBackends(let disturbance): whileItLasts(disturbance, assertion.subject) + assertion.actual
    case .lostNoRequest(let disturbance): lost(disturbance, assertion)
    case .traffic(let kind): clause(kind, assertion)
    case .leftNoGap(let disturbance):
      whileItLasts(disturbance, assertion.subject) + "nobody got an answer for \(assertion.actual)"
    case .manager(let kind): clause(kind, assertion)
    case .servedByPrimaries(let phase): (phase.isRepair ? "after the repair " : "") + assertion.actual
    case .generations(.everyGenerationReplaced): "old processes were not replaced: \(labelled(assertion))"
    case .generations(.noStaleGeneration):
      "old processes still answer after \(assertion.subject ?? "the reload"): \(labelled(assertion))"
    case .visitors(let kind): clause(kind, assertion)
    // The clause of a split names its part itself.
    case .sharing(let kind):
      clause(kind, assertion) + (kind == .split ? "" : assertion.subject.map { " (\($0))" } ?? "")
    case .takeover(let kind): clause(kind, assertion)
    case .figure(let kind): clause(kind, assertion)
    case .evidence(let kind): clause(kind, assertion)
    case .comparison(let kind): "\(kind.rawValue): \(assertion.actual)"
    }
  }

  private static func whileItLasts(_ disturbance: Disturbance, _ subject: String?) -> String {
    switch disturbance {
    case .reload: "during the reload "
    case .deploy: "during \(subject ?? "a deploy") "
    case .restart: "during the restart "
    case .brokenReload: "during the broken reload "
    case .brokenRestart: "during the broken restart "
    case .failover: ""
    case .lastBackup: "with one backup alone "
    case .lastPrimary: "without primaries "
    }
  }

  private static func lost(_ disturbance: Disturbance, _ assertion: Assertion) -> String {
    let requests = lostRequests(assertion)
    return switch disturbance {
    case .reload: "the reload lost \(requests)"
    case .deploy: "\(assertion.subject ?? "a deploy") lost \(requests)"
    case .restart: "the restart lost \(requests)"
    case .brokenReload: "the reload of the broken build lost \(requests)"
    case .brokenRestart: "the restart into the broken build lost \(requests)"
    case .failover: "stopping and starting \(assertion.subject ?? "a backend") lost \(requests)"
    case .lastBackup: "with \(assertion.subject ?? "one backup") alone, \(requests) were lost"
    case .lastPrimary: "when the last primary went down, \(requests) were lost"
    }
  }

  /// How many, of which methods, and in how many rounds.
  private static func lostRequests(_ assertion: Assertion) -> String {
    guard case .lost(let loss)? = assertion.finding else { return requests(assertion.actual) }
    return lost(loss) ?? requests(assertion.actual)
  }

  /// `nil` where there is nothing to say but how many.
  private static func lost(_ loss: Assertion.RequestLoss) -> String? {
    let methods = loss.methods.lossInWords
    guard let rounds = loss.rounds, rounds.lossy > 0 else {
      return methods.map { "\(requests(Formatting.count(loss.lost))) (\($0))" }
    }
    return "requests in \(rounds.lossy) of \(Formatting.count(rounds.made, "round")) "
      + "(\(Formatting.count(loss.lost)) of \(Formatting.count(loss.requests))\(methods.map { ", \($0)" } ?? ""))"
  }

  private static func clause(_ kind: AssertionKind.Standing, _ assertion: Assertion) -> String {
    let actual = assertion.actual
    return switch kind {
    case .siteUpAtTheEnd:
      switch assertion.finding {
      case .servedByNobody: "the site's answers at the end come from no backend"
      case .losesRequests: "the site answers at the end, but loses requests"
      case nil, .labelled, .silent, .nothing, .connectionsDistributed, .policy, .outOfTime, .tooFewRequests, .lost:
        "the site is down now"
      }
    case .repaired: "the site is down: it did not come back after the repair"
    case .repairedAfterReload: "the repair after the broken reload failed"
    case .repairedAfterRestart: "the repair after the broken restart failed"
    case .servedByBackends: "answers came from no backend: \(actual)"
    }
  }

  private static func clause(_ kind: AssertionKind.Traffic, _ assertion: Assertion) -> String {
    let actual = assertion.actual
    return switch kind {
    case .noRequestFailed:
      assertion.finding == .nothing ? "no request was answered" : "requests failed: \(labelled(assertion))"
    case .answers: "the site answers with status \(actual)"
    case .everyAddressAnswers:
      assertion.verdict == .fail
        ? "addresses of the site do not answer, and the visitors sent there fail: \(labelled(assertion))"
        : "addresses of the site could not be checked: \(labelled(assertion))"
    case .expectedBody: "the page is not the expected one"
    case .certificateTrusted: "browsers refuse the certificate: \(actual)"
    case .noProbeFailed: "the first requests already failed: \(actual)"
    }
  }

  private static func clause(_ kind: AssertionKind.Manager, _ assertion: Assertion) -> String {
    let actual = assertion.actual
    return switch kind {
    case .managerReloaded: manager(assertion, "reload")
    case .managerActed:
      assertion.verdict == .inconclusive
        ? "lbcheck was asked to stop while a command ran"
        : "the manager did not do what it was asked" + because(assertion)
    case .managerRestarted: manager(assertion, "restart")
    case .everyInstanceUp: "instances are down: \(actual)"
    case .everyInstanceReplaced: "the manager's own list shows old processes after the reload: \(labelled(assertion))"
    case .noUnaskedRestart: "processes changed by themselves: \(actual)"
    }
  }

  private static func clause(_ kind: AssertionKind.Visitors, _ assertion: Assertion) -> String {
    switch kind {
    case .everyVisitorStays:
      assertion.finding == .nothing
        ? "no visitor stays with one backend" : "not every visitor stays with one backend: \(assertion.actual)"
    case .staysAtEveryAddress:
      "visitors who come to another address of the site do not stay with their backend: \(assertion.actual) did"
    case .movedOnlyIfTheirBackendWent: "visitors moved although their backend was there: \(assertion.actual)"
    case .newVisitorsSpread: "new visitors are not shared as expected: \(assertion.actual)"
    }
  }

  private static func clause(_ kind: AssertionKind.Sharing, _ assertion: Assertion) -> String {
    let actual = assertion.actual
    return switch kind {
    case .everyBackendAnswered:
      switch assertion.finding {
      case .silent(let names): "backends that never answered: \(names)"
      case .nothing: "no backend answered"
      case .labelled(let spells): "a backend stopped answering for a while: \(spells)"
      case nil, .servedByNobody, .losesRequests, .connectionsDistributed, .policy, .outOfTime,
        .tooFewRequests, .lost:
        // A failure without a finding has met one backend, where two were expected.
        assertion.verdict == .fail ? "only one backend answered: \(actual)" : "not every backend answered: \(actual)"
      }
    case .noOtherBackend: "unexpected backends answered: \(labelled(assertion))"
    case .splitArrived: "the split did not arrive: \(assertion.actual)"
    case .split:
      "\(assertion.subject.map { "part \($0)" } ?? "a part") has \(assertion.actual), not \(assertion.expected)"
    case .noOtherPart: "others answered than the parts of the split: \(assertion.actual)"
    case .backupSilent where assertion.finding == .nothing: "no primary answered: \(assertion.actual)"
    case .backupSilent: "a backup answered although primaries were up: \(labelled(assertion))"
    case .oneBackendAnswered:
      assertion.finding == .nothing ? "no backend answered" : "more than one backend answered: \(actual)"
    case .policy: policy(assertion)
    case .per:
      assertion.finding == .connectionsDistributed
        ? "connections are distributed, not requests" : "requests are distributed, not connections"
    case .keyShares: "the keys are not shared as expected: \(labelled(assertion))"
    case .maxDeviation: "a backend's share is off by \(actual)"
    case .busyShares: "the backends are not equally busy: one is off by \(actual)"
    case .chance: "the shares are not due to chance (\(actual))"
    case .rotationScore: "the rotation does not hold (score \(actual))"
    case .unequalPath: "whether the load decides was not seen"
    }
  }

  private static func clause(_ kind: AssertionKind.Takeover, _ assertion: Assertion) -> String {
    switch kind {
    case .backupSilentBefore: "the backup answered although all primaries were running"
    case .othersTookOver: "no backend took over from \(assertion.subject ?? "the stopped backend"): \(assertion.actual)"
    case .othersTookOverInTime:
      "the others did not take over from \(assertion.subject ?? "the stopped backend") in time: \(assertion.actual)"
    case .chosenAgain:
      "\(backend(assertion)) was not used again after its start: \(assertion.actual)"
    case .backupTookOver: "the backup did not take over when the last primary went down"
    case .backupTookOverInTime: "the backup did not take over in time: \(assertion.actual)"
    case .backupFellSilent: "the backup still answered although a primary was back"
    }
  }

  private static func clause(_ kind: AssertionKind.Figure, _ assertion: Assertion) -> String {
    let (actual, expected) = (assertion.actual, assertion.expected)
    return switch kind {
    case .p99DuringReload: "answers were slower during the reload: p99 \(actual)"
    case .demandedRate: "the target does not carry \(expected): \(actual)"
    case .capacityFound: "no rate met \(expected.replacing("a rate with ", with: ""))"
    case .everyRequestSent:
      (actual == "1" ? "1 request that was due was never sent" : "\(actual) requests that were due were never sent")
        + (assertion.verdict == .fail ? ": the target did not keep up" : ": lbcheck itself did not keep up")
    }
  }

  private static func clause(_ kind: AssertionKind.Evidence, _ assertion: Assertion) -> String {
    let actual = assertion.actual
    return switch kind {
    case .noRedirects: "the site redirects: \(actual)"
    case .noCacheAnswers: "a cache answers instead of the backends: \(actual)"
    case .namesBackends: "nothing in the answers tells backends apart"
    case .baselineWithoutFailure: "\(lostRequests(assertion)) failed before anything was done"
    case .baselineKeptUp: "before anything was done \(actual)"
    case .backendAnsweredBefore: "\(backend(assertion)) did not answer before it was stopped"
    case .everyPhaseReached: "the check did not finish: \(actual)"
    case .everyPhaseJudged: "not judged: \(actual)"
    case .everyBackendStopped: "not every backend was stopped: \(actual)"
    case .brokenReloadSeen, .brokenRestartSeen: "the build was not seen to be broken"
    case .everyGenerationTracked: "there were more generations than can be distinguished"
    case .everyRequestKept: "there were more requests than could be kept"
    case .generatorRan: actual
    case .generatorOnTime: "lbcheck itself was late: p99 \(actual)"
    case .knownWellEnough: "the latency is not known as well as was asked for: \(actual)"
    case .sentAsAsked: "lbcheck itself did not send at the intervals asked for: \(actual)"
    case .measurement: "the measurement was \(actual)"
    case .everyPartThere: actual
    case .everyRoundMade, .everyRunMade: "only \(actual) were made"
    case .startedTogether: "the parts did not begin together"
    case .rateConfirmed: "the rate was not shown to hold a second time"
    }
  }

  private static func requests(_ actual: String) -> String { actual == "1" ? "1 request" : "\(actual) requests" }

  /// The backend that it is about; a sentence that began with the name itself would change its first letter.
  private static func backend(_ assertion: Assertion) -> String {
    assertion.subject.map { "backend \($0)" } ?? "the backend"
  }

  private static func labelled(_ assertion: Assertion) -> String {
    switch assertion.finding {
    case .labelled(let text), .silent(let text): text
    case nil, .nothing, .servedByNobody, .losesRequests, .connectionsDistributed, .policy, .outOfTime, .tooFewRequests,
      .lost:
      assertion.actual
    }
  }

  /// Why a reload or restart was not carried out, as far as that is known.
  private static func manager(_ assertion: Assertion, _ action: String) -> String {
    if assertion.verdict == .inconclusive { return "lbcheck was asked to stop while the \(action) command ran" }
    return (assertion.finding == .nothing ? "the manager did not \(action)" : "the \(action) command failed")
      + because(assertion)
  }

  private static func because(_ assertion: Assertion) -> String { assertion.detail.map { ": \($0)" } ?? "" }

  private static func policy(_ assertion: Assertion) -> String {
    let (seen, found) = (assertion.actual, assertion.policyFound)
    if case .labelled(let moves) = assertion.finding { return "visitors do not stay: \(moves)" }
    guard BalancingPolicy(rawValue: assertion.expected)?.isRotation == true else {
      return "the policy is \(seen), not \(assertion.expected)"
    }
    return
      "the work is not shared in rotation as expected: \(found?.policy.clause(stickyBy: found?.stickyBy) ?? seen)"
  }
}

extension Assertion {
  /// The policy that was found, and by what visitors stay, where it is about policies.
  var policyFound: (policy: BalancingPolicy, stickyBy: String?)? {
    if case .policy(let policy, let stickyBy) = finding { (policy, stickyBy) } else { nil }
  }

  /// Its order in the headline; the lowest matters most to a visitor.
  var rank: Int { kind?.rank ?? AssertionKind.allCases.count }
}
