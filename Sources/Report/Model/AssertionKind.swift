/// What an assertion of a check is about.
///
/// The cases, and those of each group, are in the order in which a headline names what does not hold: what a visitor of the
/// site meets first, then what the balancer and the manager did, then why something is not known.
public enum AssertionKind: Hashable, Sendable {
  case standing(Standing)
  /// That backends gave the answers, not something in place of the site.
  case servedByBackends(Disturbance)
  case lostNoRequest(Disturbance)
  case traffic(Traffic)
  /// That nobody waited long for any answer.
  case leftNoGap(Disturbance)
  case manager(Manager)
  /// That primaries served, not a backup; of any phase but the baseline.
  case servedByPrimaries(PhaseKind)
  case generations(Generations)
  case visitors(Visitors)
  case sharing(Sharing)
  case takeover(Takeover)
  case figure(Figure)
  case evidence(Evidence)
  case comparison(Comparison)
}

extension AssertionKind {
  /// Whether the site is up.
  public enum Standing: String, CaseIterable, Sendable {
    case siteUpAtTheEnd
    case repaired
    case repairedAfterReload
    case repairedAfterRestart
    case servedByBackends
  }

  /// What the requests of a check without actions met.
  public enum Traffic: String, CaseIterable, Sendable {
    case noRequestFailed
    case answers
    case everyAddressAnswers
    case expectedBody
    case certificateTrusted
    case noProbeFailed
  }

  /// What the manager did.
  public enum Manager: String, CaseIterable, Sendable {
    case managerReloaded
    case managerActed
    case managerRestarted
    case everyInstanceUp
    case everyInstanceReplaced
    case noUnaskedRestart
  }

  /// Whether the processes from before a reload were replaced.
  public enum Generations: String, CaseIterable, Sendable {
    case everyGenerationReplaced
    case noStaleGeneration
  }

  /// Whether visitors stay with a backend, and who gets the new ones.
  public enum Visitors: String, CaseIterable, Sendable {
    case everyVisitorStays
    case staysAtEveryAddress
    case movedOnlyIfTheirBackendWent
    case newVisitorsSpread
  }

  /// Which backends answered, and how often.
  public enum Sharing: String, CaseIterable, Sendable {
    case everyBackendAnswered
    case noOtherBackend
    case splitArrived
    case split
    case noOtherPart
    case backupSilent
    case oneBackendAnswered
    case policy
    case per
    case maxDeviation
    case busyShares
    case chance
    case keyShares
    case rotationScore
    case unequalPath
  }

  /// Who answered once a backend was stopped or started.
  public enum Takeover: String, CaseIterable, Sendable {
    case backupSilentBefore
    case othersTookOver
    case othersTookOverInTime
    case chosenAgain
    case backupTookOver
    case backupTookOverInTime
    case backupFellSilent
  }

  /// Figures with a limit.
  public enum Figure: String, CaseIterable, Sendable {
    case p99DuringReload
    case demandedRate
    case capacityFound
    case everyRequestSent
  }

  /// Why something is not known.
  public enum Evidence: String, CaseIterable, Sendable {
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
    case sentAsAsked
    case knownWellEnough
    case measurement
    case everyPartThere
    case everyRoundMade
    case everyRunMade
    case startedTogether
    case rateConfirmed
  }

  /// What a report is compared by.
  public enum Comparison: String, CaseIterable, Sendable {
    case verdict
    case sameLoad
    case figuresDecided
    case baseline
  }
}

extension AssertionKind: CaseIterable {
  public static let allCases: [AssertionKind] = [
    Standing.allCases.map(standing),
    Disturbance.allCases.map(servedByBackends),
    Disturbance.allCases.map(lostNoRequest),
    Traffic.allCases.map(traffic),
    // Of the backups' own stops a gap says nothing: it is that of the primaries'.
    Disturbance.allCases.filter { $0 != .lastBackup }.map(leftNoGap),
    Manager.allCases.map(manager),
    PhaseKind.allCases.filter { $0 != .baseline }.map(servedByPrimaries),
    Generations.allCases.map(generations),
    Visitors.allCases.map(visitors),
    Sharing.allCases.map(sharing),
    Takeover.allCases.map(takeover),
    Figure.allCases.map(figure),
    Evidence.allCases.map(evidence),
    Comparison.allCases.map(comparison),
  ].flatMap(\.self)

  private static let places = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1.name, $0) })

  /// Its place in the order of a headline, from 0.
  public var rank: Int { Self.places[name] ?? Self.allCases.count }
}

extension AssertionKind {
  /// The kind with a name; `nil` where none has it.
  public init?(name: String) {
    guard let place = Self.places[name] else { return nil }
    self = Self.allCases[place]
  }

  /// Its name in reports.
  public var name: String {
    switch self {
    case .standing(let kind): kind.rawValue
    case .servedByBackends(let disturbance): disturbance.rawValue + "ServedByBackends"
    case .lostNoRequest(let disturbance): disturbance.rawValue + "LostNoRequest"
    case .traffic(let kind): kind.rawValue
    case .leftNoGap(let disturbance): disturbance.rawValue + "LeftNoGap"
    case .manager(let kind): kind.rawValue
    case .servedByPrimaries(let phase): phase.inOneWord + "ServedByPrimaries"
    case .generations(let kind): kind.rawValue
    case .visitors(let kind): kind.rawValue
    case .sharing(let kind): kind.rawValue
    case .takeover(let kind): kind.rawValue
    case .figure(let kind): kind.rawValue
    case .evidence(let kind): kind.rawValue
    case .comparison(let kind): kind.rawValue
    }
  }

  /// The phase of a reload test whose requests it is about; `nil` where it is about no phase, or about several.
  public var phase: PhaseKind? {
    switch self {
    case .servedByBackends(let disturbance), .lostNoRequest(let disturbance), .leftNoGap(let disturbance):
      disturbance.phase
    case .servedByPrimaries(let phase): phase
    case .generations: .reload
    case .standing(let kind): kind.phase
    case .manager(let kind): kind.phase
    case .figure(let kind): kind == .p99DuringReload ? .reload : nil
    case .evidence(let kind): kind.phase
    case .traffic, .visitors, .sharing, .takeover, .comparison: nil
    }
  }
}

extension AssertionKind.Standing {
  fileprivate var phase: PhaseKind? {
    switch self {
    case .repairedAfterReload: .repairAfterReload
    case .repairedAfterRestart: .repairAfterRestart
    case .siteUpAtTheEnd, .repaired, .servedByBackends: nil
    }
  }
}

extension AssertionKind.Manager {
  fileprivate var phase: PhaseKind? {
    switch self {
    case .managerReloaded, .everyInstanceReplaced: .reload
    case .managerRestarted: .restart
    case .managerActed, .everyInstanceUp, .noUnaskedRestart: nil
    }
  }
}

extension AssertionKind.Evidence {
  fileprivate var phase: PhaseKind? {
    switch self {
    case .baselineWithoutFailure, .baselineKeptUp: .baseline
    case .brokenReloadSeen: .brokenReload
    case .brokenRestartSeen: .brokenRestart
    case .noRedirects, .noCacheAnswers, .namesBackends, .backendAnsweredBefore, .everyPhaseReached, .everyPhaseJudged,
      .everyBackendStopped, .everyGenerationTracked, .everyRequestKept, .generatorRan, .generatorOnTime, .sentAsAsked,
      .knownWellEnough,
      .measurement,
      .everyPartThere, .everyRoundMade, .everyRunMade, .startedTogether, .rateConfirmed:
      nil
    }
  }
}

extension PhaseKind {
  /// Its name as the beginning of an assertion's, such as `brokenReload`.
  fileprivate var inOneWord: String {
    let words = rawValue.split(separator: " ")
    return words.prefix(1).joined() + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
