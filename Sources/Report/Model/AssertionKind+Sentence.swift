extension AssertionKind {
  /// What holds where it passes, as a sentence without a full stop, such as `No request lost during the reload`.
  ///
  /// - Parameter subject: whom it is about, where there are several.
  public func sentence(about subject: String? = nil) -> String {
    switch self {
    case .standing(let kind): kind.sentence
    case .servedByBackends(let disturbance): "Backends gave the answers " + disturbance.inWords(subject)
    case .lostNoRequest(let disturbance): "No request lost " + disturbance.inWords(subject)
    case .traffic(let kind): kind.sentence
    case .leftNoGap(let disturbance): "Nobody waited long for an answer " + disturbance.inWords(subject)
    case .manager(let kind): kind.sentence
    case .servedByPrimaries(let phase): "Primaries served, not a backup, " + phase.inWords
    case .generations(.everyGenerationReplaced): "Every old process was replaced"
    case .generations(.noStaleGeneration): "No old process still answers" + (subject.map { " after \($0)" } ?? "")
    case .visitors(let kind): kind.sentence
    case .sharing(let kind): kind.sentence(subject)
    case .takeover(let kind): kind.sentence(subject)
    case .figure(let kind): kind.sentence
    case .evidence(let kind): kind.sentence(subject)
    case .comparison(let kind): kind.sentence
    }
  }
}

extension Assertion {
  /// What holds where it passes, as a sentence without a full stop; `nil` where nothing says it, as in reports of other versions.
  package var sentence: String? { kind?.sentence(about: subject) ?? meaning }

  /// Its sentence with the name by which programs know it; without a sentence its name alone.
  var named: String { sentence.map { "\($0) (\(name))" } ?? name }
}

extension Disturbance {
  fileprivate func inWords(_ subject: String?) -> String {
    switch self {
    case .reload: "during the reload"
    case .deploy: "during \(subject ?? "a deploy")"
    case .restart: "during the restart"
    case .brokenReload: "during the reload of a broken build"
    case .brokenRestart: "during the restart into a broken build"
    case .failover: "while \(subject ?? "a backend") was stopped and started"
    case .lastBackup: "while \(subject ?? "one backup") alone served"
    case .lastPrimary: "when the last primary went down"
    }
  }
}

extension PhaseKind {
  fileprivate var inWords: String {
    switch self {
    case .baseline: "before any action"
    case .reload: Disturbance.reload.inWords(nil)
    case .restart: Disturbance.restart.inWords(nil)
    case .brokenReload: Disturbance.brokenReload.inWords(nil)
    case .brokenRestart: Disturbance.brokenRestart.inWords(nil)
    case .repairAfterReload: "after the repair of the broken reload"
    case .repairAfterRestart: "after the repair of the broken restart"
    }
  }
}

extension AssertionKind.Standing {
  fileprivate var sentence: String {
    switch self {
    case .siteUpAtTheEnd: "The site is up at the end"
    case .repaired: "The site came back after the repair"
    case .repairedAfterReload: "The site came back after the broken reload"
    case .repairedAfterRestart: "The site came back after the broken restart"
    case .servedByBackends: "Backends gave the answers"
    }
  }
}

extension AssertionKind.Traffic {
  fileprivate var sentence: String {
    switch self {
    case .noRequestFailed: "No request failed"
    case .answers: "The site answers"
    case .everyAddressAnswers: "Every address of the site answers"
    case .expectedBody: "The page is the expected one"
    case .certificateTrusted: "Clients trust the certificate"
    case .noProbeFailed: "No request before the traffic failed"
    }
  }
}

extension AssertionKind.Manager {
  fileprivate var sentence: String {
    switch self {
    case .managerReloaded: "The manager carried out the reload"
    case .managerActed: "The manager did what it was asked"
    case .managerRestarted: "The manager carried out the restart"
    case .everyInstanceUp: "Every instance is up"
    case .everyInstanceReplaced: "The manager's list shows a new process for every instance"
    case .noUnaskedRestart: "No process changed by itself"
    }
  }
}

extension AssertionKind.Visitors {
  fileprivate var sentence: String {
    switch self {
    case .everyVisitorStays: "Every visitor stays with one backend"
    case .staysAtEveryAddress: "Visitors keep their backend at every address"
    case .movedOnlyIfTheirBackendWent: "Visitors moved only if their backend went"
    case .newVisitorsSpread: "New visitors are shared as expected"
    }
  }
}

extension AssertionKind.Sharing {
  fileprivate func sentence(_ subject: String?) -> String {
    switch self {
    case .everyBackendAnswered: "Every backend answered"
    case .noOtherBackend: "No unexpected backend answered"
    case .splitArrived: "The new split arrived"
    case .split: (subject.map { "Part \($0)" } ?? "Each part") + " has its share of the answers"
    case .noOtherPart: "No other part answered"
    case .backupSilent: "The backup stayed silent"
    case .oneBackendAnswered: "Exactly one backend answered"
    case .policy: "Work is shared by the expected policy" + at(subject)
    case .per: "What is dealt out is what was expected" + at(subject)
    case .maxDeviation: "Every share is as expected" + at(subject)
    case .busyShares: "All backends are equally busy"
    case .chance: "The shares are what chance gives"
    case .keyShares: "The keys are shared as expected" + at(subject)
    case .rotationScore: "The rotation keeps its order" + at(subject)
    case .unequalPath: "The unequal path kept some backends busier"
    }
  }

  private func at(_ subject: String?) -> String { subject.map { " (\($0))" } ?? "" }
}

extension AssertionKind.Takeover {
  fileprivate func sentence(_ subject: String?) -> String {
    switch self {
    case .backupSilentBefore: "The backup was silent while primaries ran"
    case .othersTookOver: "Others took over from \(subject ?? "the stopped backend")"
    case .othersTookOverInTime: "Others took over from \(subject ?? "the stopped backend") in time"
    case .chosenAgain: "\(subject ?? "The backend") is used again after its start"
    case .backupTookOver: "The backup took over from the last primary"
    case .backupTookOverInTime: "The backup took over in time"
    case .backupFellSilent: "The backup fell silent once a primary was back"
    }
  }
}

extension AssertionKind.Figure {
  fileprivate var sentence: String {
    switch self {
    case .p99DuringReload: "Answers were as fast as before during the reload"
    case .demandedRate: "The target carries the demanded rate"
    case .capacityFound: "A rate meets the objectives"
    case .everyRequestSent: "Every request that was due was sent"
    }
  }
}

extension AssertionKind.Evidence {
  fileprivate func sentence(_ subject: String?) -> String {
    switch self {
    case .noRedirects: "The site does not redirect"
    case .noCacheAnswers: "No cache answers in place of the backends"
    case .namesBackends: "Answers name their backend"
    case .baselineWithoutFailure: "No request failed before any action"
    case .baselineKeptUp: "The target kept up before any action"
    case .backendAnsweredBefore: "\(subject ?? "The backend") answered before it was stopped"
    case .everyPhaseReached: "The check finished"
    case .everyPhaseJudged: "Every phase was judged"
    case .everyBackendStopped: "Every backend was stopped once"
    case .brokenReloadSeen: "The reload's build was seen to be broken"
    case .brokenRestartSeen: "The restart's build was seen to be broken"
    case .everyGenerationTracked: "All processes could be told apart"
    case .everyRequestKept: "The record of requests is complete"
    case .generatorRan: "lbcheck itself ran without a pause"
    case .generatorOnTime: "lbcheck itself sent on time"
    case .knownWellEnough: "The latency is known as well as was asked for"
    case .sentAsAsked: "lbcheck itself sent at the intervals asked for"
    case .measurement: "The measurement is complete"
    case .everyPartThere: "No part is missing"
    case .everyRoundMade: "Every round was made"
    case .everyRunMade: "Every run was made"
    case .startedTogether: "All parts began together"
    case .rateConfirmed: "The rate held a second time"
    }
  }
}

extension AssertionKind.Comparison {
  fileprivate var sentence: String {
    switch self {
    case .verdict: "The candidate passes what the base passed"
    case .sameLoad: "Both runs had the same load"
    case .figuresDecided: "The figures could be compared"
    case .baseline: "The check could be compared with the baseline"
    }
  }
}
