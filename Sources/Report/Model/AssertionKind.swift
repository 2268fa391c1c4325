/// What an assertion of a check is about; its raw value is its name in reports.
///
/// The cases are in the order in which a headline names what does not hold: what a visitor of the site meets first, then what
/// the balancer and the manager did, then why something is not known.
public enum AssertionKind: String, CaseIterable, Sendable {
  // Whether the site is up.
  case siteUpAtTheEnd
  case repaired
  case repairedAfterReload
  case repairedAfterRestart
  case servedByBackends

  // What visitors got in place of the site.
  case reloadServedByBackends
  case restartServedByBackends
  case brokenReloadServedByBackends
  case brokenRestartServedByBackends
  case failoverServedByBackends
  case lastPrimaryServedByBackends
  case lastBackupServedByBackends

  // What was lost.
  case reloadLostNoRequest
  case restartLostNoRequest
  case brokenReloadLostNoRequest
  case brokenRestartLostNoRequest
  case failoverLostNoRequest
  case lastBackupLostNoRequest
  case lastPrimaryLostNoRequest
  case noRequestFailed
  case answers
  case everyAddressAnswers
  case expectedBody
  case certificateTrusted
  case noProbeFailed

  // For how long nothing was answered.
  case reloadLeftNoGap
  case restartLeftNoGap
  case brokenReloadLeftNoGap
  case brokenRestartLeftNoGap
  case failoverLeftNoGap
  case lastPrimaryLeftNoGap

  // What the manager did.
  case managerReloaded
  case managerActed
  case managerRestarted
  case everyInstanceUp
  case everyInstanceReplaced
  case noUnaskedRestart
  case reloadServedByPrimaries
  case restartServedByPrimaries
  case brokenReloadServedByPrimaries
  case brokenRestartServedByPrimaries
  case repairAfterReloadServedByPrimaries
  case repairAfterRestartServedByPrimaries
  case everyGenerationReplaced
  case noStaleGeneration

  // Which backends answered, and how often.
  case everyBackendAnswered
  case noOtherBackend
  case backupSilent
  case backupSilentBefore
  case oneBackendAnswered
  case policy
  case maxDeviation
  case chance
  case rotationScore
  case othersTookOver
  case chosenAgain
  case backupTookOver
  case backupFellSilent
  case p99DuringReload

  // Figures.
  case demandedRate
  case capacityFound
  case everyRequestSent

  // Why something is not known.
  case noRedirects
  case noCacheAnswers
  case namesBackends
  case baselineWithoutFailure
  case baselineKeptUp
  case backendAnsweredBefore
  case everyPhaseReached
  case everyPhaseJudged
  case everyBackendStopped
  case brokenReloadSeen
  case brokenRestartSeen
  case everyGenerationTracked
  case everyRequestKept
  case generatorRan
  case generatorOnTime
  case measurement
  case everyPartThere
  case startedTogether
  case rateConfirmed

  // Of a comparison.
  case verdict
  case figuresDecided
  case baseline
}

extension AssertionKind {
  /// The phase of a reload test whose requests it is about; `nil` where it is about no phase, or about several.
  public var phase: PhaseKind? {
    switch self {
    case .baselineWithoutFailure, .baselineKeptUp: .baseline
    case .reloadLostNoRequest, .reloadLeftNoGap, .reloadServedByBackends, .reloadServedByPrimaries,
      .everyGenerationReplaced, .noStaleGeneration, .p99DuringReload, .managerReloaded, .everyInstanceReplaced:
      .reload
    case .restartLostNoRequest, .restartLeftNoGap, .restartServedByBackends, .restartServedByPrimaries,
      .managerRestarted:
      .restart
    case .brokenReloadLostNoRequest, .brokenReloadLeftNoGap, .brokenReloadServedByBackends,
      .brokenReloadServedByPrimaries, .brokenReloadSeen:
      .brokenReload
    case .brokenRestartLostNoRequest, .brokenRestartLeftNoGap, .brokenRestartServedByBackends,
      .brokenRestartServedByPrimaries, .brokenRestartSeen:
      .brokenRestart
    case .repairedAfterReload, .repairAfterReloadServedByPrimaries: .repairAfterReload
    case .repairedAfterRestart, .repairAfterRestartServedByPrimaries: .repairAfterRestart
    case .siteUpAtTheEnd, .repaired, .servedByBackends, .failoverServedByBackends, .lastPrimaryServedByBackends,
      .lastBackupServedByBackends, .failoverLostNoRequest, .lastBackupLostNoRequest, .lastPrimaryLostNoRequest,
      .noRequestFailed, .answers, .everyAddressAnswers, .expectedBody, .certificateTrusted, .noProbeFailed,
      .failoverLeftNoGap, .lastPrimaryLeftNoGap, .managerActed, .everyInstanceUp, .noUnaskedRestart,
      .everyBackendAnswered, .noOtherBackend, .backupSilent, .backupSilentBefore, .oneBackendAnswered, .policy,
      .maxDeviation, .chance, .rotationScore, .othersTookOver, .chosenAgain, .backupTookOver, .backupFellSilent,
      .demandedRate, .capacityFound, .everyRequestSent, .noRedirects, .noCacheAnswers, .namesBackends,
      .backendAnsweredBefore, .everyPhaseReached, .everyPhaseJudged, .everyBackendStopped, .everyGenerationTracked,
      .everyRequestKept, .generatorRan, .generatorOnTime, .measurement, .everyPartThere, .startedTogether,
      .rateConfirmed, .verdict, .figuresDecided, .baseline:
      nil
    }
  }
}
