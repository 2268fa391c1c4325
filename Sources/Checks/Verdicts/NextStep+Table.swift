internal import Load
internal import Report
internal import Statistics

extension NextStep {
  private static let addHeader =
    "Have the balancer name the backend that answered: `add_header X-Backend $upstream_addr always;` in nginx, `http-response set-header X-Backend %s` in HAProxy."
  private static let awayAdvice =
    "Check what answered meanwhile: a maintenance page (error_page), a redirect or a cache; a new build has to send the backend header as before."
  private static let drain =
    "Have the app finish its answers before it exits: on SIGINT for pm2, on SIGTERM for gunicorn, puma or systemd."
  private static let onAQuietMachine = "Repeat the check on an otherwise idle machine."
  static let toItsEnd = "Repeat the check and let it run to its end."
  private static let oneAfterAnother =
    "Replace one instance at a time, each new one ready before the next old one is stopped."
  private static let noticeSooner =
    "Have the balancer notice sooner: shorter connect timeouts, health checks (nginx: proxy_connect_timeout)."
  private static let byHand = "Run the manager's command by hand and read what it prints."
  private static let breakIt = "Give a --break-command that does make the new build fail."
  private static let ownMachine = "Give the generator its own machine, more --workers or a lower --rate."

  /// The advice for an assertion that does not hold; `nil` where there is none.
  static func step(_ kind: AssertionKind, _ facts: Facts) -> String? {
    switch kind {
    case .standing(let kind): step(kind, facts)
    case .servedByBackends: awayAdvice
    case .lostNoRequest(let disturbance): facts.ifFailed(lost(by: disturbance, facts))
    case .traffic(let kind): step(kind, facts)
    case .leftNoGap(let disturbance): facts.ifFailed(gap(in: disturbance))
    case .manager(let kind): step(kind)
    case .servedByPrimaries(let phase): facts.ifFailed(withoutPrimaries(in: phase, facts))
    case .generations(.everyGenerationReplaced):
      facts.ifFailed(
        "Check whether the reload reached every instance, and whether the generation header changes with each generation."
      )
    case .generations(.noStaleGeneration):
      facts.ifFailed("Find processes of the old build that are still running, and stop them.")
    case .visitors(let kind): step(kind, facts)
    case .sharing(let kind): step(kind, facts)
    case .takeover(let kind): facts.ifFailed(step(kind))
    case .figure(let kind): step(kind, facts)
    case .evidence(let kind): step(kind, facts)
    case .comparison: nil
    }
  }

  private static func step(_ kind: AssertionKind.Standing, _ facts: Facts) -> String? {
    switch kind {
    case .siteUpAtTheEnd:
      facts.ifFailed("The site is down or losing requests right now: see to it before anything else.")
    case .repaired: facts.ifFailed("The site is down: start it by hand.")
    case .repairedAfterReload, .repairedAfterRestart:
      facts.ifFailed("The site is down: restore the good build by hand.")
    case .servedByBackends:
      "Find out what answers without naming a backend: the balancer itself, or a page that it serves (nginx adds headers to errors only with `always`)."
    }
  }

  private static func lost(by disturbance: Disturbance, _ facts: Facts) -> String? {
    switch disturbance {
    case .reload where facts.lostOnlyUnrepeated, .deploy where facts.lostOnlyUnrepeated,
      .failover where facts.lostOnlyUnrepeated:
      "The balancer repeats a GET on another backend, and so hides its loss, but no POST: have the app finish its answers before it exits."
    case .reload where facts.wasCut: drain
    case .reload:
      switch facts.mainFailure {
      case .failure(.timeout): "Find out what hangs while processes are replaced; a longer --timeout only waits longer."
      case .failure(.refused): oneAfterAnother
      case nil, .failure, .status: facts.mainFailure?.help ?? "Look into the failures of the reload's phase."
      }
    case .deploy: facts.mainFailure?.help ?? oneAfterAnother
    case .restart:
      "A restart stops every process before it starts a new one: reload instead, or have a backup serve meanwhile."
    case .brokenReload:
      "Test a new build before it replaces the old one: pm2 stops the old processes when listen_timeout expires, whatever the new ones do."
    case .brokenRestart:
      "A restart stops the old build first: no restart survives a broken build without a backup."
    case .failover where facts.mainFailure == .failure(.timeout):
      "Find out what hangs while a backend is stopped, and have the balancer notice sooner (nginx: proxy_connect_timeout, proxy_read_timeout)."
    case .failover:
      "Let the balancer retry on another backend (nginx: proxy_next_upstream; HAProxy: option redispatch, retries), and have the app drain."
    case .lastPrimary:
      facts.backupTookOver
        ? "The backup takes over, but late: have the balancer retry on it within the same request (nginx: proxy_next_upstream), and notice sooner."
        : "Add a backup to the upstream (nginx: `server … backup`), and let the balancer retry on another server."
    case .lastBackup: nil
    }
  }

  private static func withoutPrimaries(in phase: PhaseKind, _ facts: Facts) -> String? {
    switch phase {
    case .baseline: nil
    case .reload: "Have each new process serve before the old one is stopped: the backup is for emergencies."
    case .restart: gap(in: .restart)
    case .brokenReload: lost(by: .brokenReload, facts)
    case .brokenRestart: lost(by: .brokenRestart, facts)
    case .repairAfterReload, .repairAfterRestart:
      "Check why the primaries do not serve after the repair: the backup is for emergencies."
    }
  }

  private static func gap(in disturbance: Disturbance) -> String? {
    switch disturbance {
    case .reload, .deploy: oneAfterAnother
    case .restart: "A restart stops every process before it starts a new one: reload instead."
    case .failover, .lastPrimary: noticeSooner
    case .brokenReload, .brokenRestart, .lastBackup: nil
    }
  }

  private static func step(_ kind: AssertionKind.Traffic, _ facts: Facts) -> String? {
    switch kind {
    case .noRequestFailed: facts.ifFailed(facts.mainFailure?.help)
    case .answers:
      facts.ifFailed(
        Int(facts.assertion.actual).flatMap { $0 >= 500 ? MainFailure.status($0).help : nil }
          ?? "Request a path that exists, or give the expected status with --expect-status.")
    case .everyAddressAnswers:
      facts.ifFailed("Start the server at that address, or remove the address from DNS (or from --resolve).")
        ?? onAQuietMachine
    case .expectedBody: facts.ifFailed(MainFailure.failure(.body).help)
    case .certificateTrusted:
      facts.ifFailed("Serve the whole chain and a certificate for this name; --cacert FILE trusts your own authority.")
    case .noProbeFailed:
      facts.ifFailed(
        "Check the balancer's error log for what the first requests met; a dead server is hit only now and then."
      )
    }
  }

  private static func step(_ kind: AssertionKind.Manager) -> String {
    switch kind {
    case .managerReloaded, .managerActed, .managerRestarted, .everyInstanceReplaced: byHand
    case .everyInstanceUp: "Check why an instance does not come up: `pm2 logs` and `pm2 describe`."
    case .noUnaskedRestart:
      "Find out why processes restart by themselves (crash, max_memory_restart, cron_restart: `pm2 logs`), and repeat the check."
    }
  }

  private static func step(_ kind: AssertionKind.Visitors, _ facts: Facts) -> String? {
    switch kind {
    case .everyVisitorStays:
      facts.ifFailed(
        "Bind visitors to a backend by a cookie that clients keep (nginx: sticky cookie; HAProxy: cookie SRV insert; Traefik: sticky.cookie)."
      ) ?? "Have enough visitors come from enough addresses: --visitors, --visits and --source-addresses."
    case .movedOnlyIfTheirBackendWent:
      facts.ifFailed(
        "Choose by a cookie or a consistent hash (nginx: hash … consistent; HAProxy: hash-type consistent), so that only the visitors of a backend that goes move."
      ) ?? "Give the balancer longer to settle with --settle, and have more --visitors."
    case .staysAtEveryAddress:
      facts.ifFailed(
        "Have all addresses know what visitors stay by: the same cookie with the same values, the same hash, or tables that they share."
      ) ?? "Have more --visitors."
    case .newVisitorsSpread:
      facts.ifFailed(
        "Check whether each backend takes new visitors, and say which shares are meant with --backend NAME=WEIGHT; a hash may be uneven (--tolerance)."
      ) ?? "Ask with more --newcomers, or a larger --tolerance."
    }
  }

  private static func step(_ kind: AssertionKind.Sharing, _ facts: Facts) -> String? {
    switch kind {
    case .everyBackendAnswered where facts.check.hasPhases && facts.assertion.verdict == .inconclusive:
      "Check that the silent ones are running, and use a longer --settle: nginx tries a server again only after its fail_timeout (10 s)."
    case .everyBackendAnswered:
      facts.ifFailed(
        facts.assertion.isOfSilence
          ? "Start the silent ones, or remove them from the upstream; nginx tries a server again only after its fail_timeout (10 s)."
          : facts.assertion.isOfAbsence
            ? "Check whether the backend or its health check failed at that time."
            : "Put every server into the upstream; if there is only one, give --policy single.")
    case .noOtherBackend:
      facts.ifFailed("Name the others with --backend too, or remove them from the upstream.")
    case .splitArrived:
      facts.ifFailed("Check whether the new weights reached the balancer, and wait longer with --await-split.")
    case .split:
      facts.ifFailed("Check the weights in the balancer's configuration, and whether both parts are up.")
        ?? "Ask for more with --requests, or for less with --split-margin."
    case .noOtherPart:
      facts.ifFailed("Name every part with --split, and have each name itself in the header.")
    case .backupSilent: facts.ifFailed(backupAnswers)
    case .oneBackendAnswered: facts.ifFailed("Check why more than one backend is in use.")
    case .policy:
      facts.ifFailed(
        facts.assertion.policyFound.map(\.policy.advice) ?? "`lbcheck sessions` shows who moves, and when.")
        ?? "Repeat it while nobody else sends requests, and give the expected policy with --policy."
    case .maxDeviation:
      facts.ifFailed(
        "Give the expected weights with --backend NAME=WEIGHT; several nginx workers share one rotation only with a `zone` in the upstream."
      ) ?? "Send more --requests."
    case .busyShares:
      facts.ifFailed(
        "Give the expected weights with --backend NAME=WEIGHT, and check that the balancer chooses by connections in use."
      ) ?? "Keep more requests in flight with --connections."
    case .per:
      facts.ifFailed(
        facts.assertion.finding == .connectionsDistributed
          ? "Balance requests (HAProxy: mode http; nginx: http, not stream), or expect turns by connection with --per connection."
          : "Leave out --per connection: the balancer distributes requests.")
        ?? "Keep connections open: leave out --fresh-connections 100%, and have the server keep them alive."
    case .keyShares:
      facts.ifFailed(
        "Give the expected weights with --backend NAME=WEIGHT, and check how the balancer hashes: more points per server even out a ring."
      ) ?? "Send more --requests, with --fresh-connections 100% where each connection is one visitor."
    case .chance:
      "Repeat it with more --requests: chance evens out, a fault stays. So do the points that a draw from a hash ring is uneven by (HAProxy's random); larger weights make its ring finer."
    case .rotationScore: "Repeat it while nobody else sends requests; other visitors' requests break the order."
    case .unequalPath: "Name a path with --unequal that takes some backends longer than others."
    }
  }

  private static let backupAnswers =
    "A backup answers only when no primary does: check which primaries are down."

  private static func step(_ kind: AssertionKind.Takeover) -> String {
    switch kind {
    case .backupSilentBefore: backupAnswers
    case .othersTookOver: "Check that the stopped backend did stop, and that the others are running."
    case .othersTookOverInTime, .backupTookOverInTime:
      "Have the balancer notice sooner: shorter connect and read timeouts, health checks, fewer tries (nginx: max_fails=1)."
    case .chosenAgain:
      "Check that it is running again, and use a longer --settle: nginx tries a server again only after its fail_timeout (10 s)."
    case .backupTookOver: "Check that the backup is running and is marked `backup` in the balancer's configuration."
    case .backupFellSilent: "Use a longer --settle: nginx tries a primary again only after its fail_timeout (10 s)."
    }
  }

  private static func step(_ kind: AssertionKind.Figure, _ facts: Facts) -> String? {
    let isOpen = facts.assertion.verdict == .inconclusive
    let isOutOfTime = isOpen && facts.assertion.finding == .outOfTime
    return switch kind {
    case .p99DuringReload:
      facts.ifFailed("Warm up a new process before it listens, so that its first answers are as fast.")
    case .demandedRate where isOutOfTime, .capacityFound where isOutOfTime:
      "Give the search more time with --budget, or shorter steps with --step."
    case .demandedRate: "Add backends, or find out what limits the existing ones."
    case .capacityFound where isOpen && facts.assertion.finding == .tooFewRequests: "Make the steps of --ladder longer."
    case .capacityFound: "Relax --p99, or begin lower with --start-rate."
    case .everyRequestSent:
      facts.ifFailed(
        "Lower --rate, or allow more requests in flight with --connections: the target did not keep up.")
        ?? ownMachine
    }
  }

  private static func step(_ kind: AssertionKind.Evidence, _ facts: Facts) -> String? {
    switch kind {
    case .noRedirects: facts.ifOpen(facts.assertion.detail ?? "Request the URL that the redirects lead to.")
    case .noCacheAnswers: facts.ifOpen(facts.assertion.detail ?? "Bypass the cache.")
    case .namesBackends: facts.ifOpen(addHeader)
    case .baselineWithoutFailure:
      facts.ifOpen("Fix what fails before anything is done" + (facts.mainFailure?.help.map(asClause) ?? "."))
    case .baselineKeptUp: facts.ifOpen("Lower --rate: the target cannot carry this much.")
    case .backendAnsweredBefore: facts.ifOpen("Name a backend that receives traffic, with --instance or --backend.")
    case .everyPhaseReached, .measurement: facts.ifOpen(toItsEnd)
    case .everyPhaseJudged:
      facts.ifOpen(
        "Bring the site up before the next action: fix what left it down, or allow more time with --recovery.")
    case .everyBackendStopped: facts.ifOpen("Name each backend with --backend.")
    case .brokenReloadSeen, .brokenRestartSeen: facts.ifOpen(breakIt)
    case .everyGenerationTracked:
      facts.ifOpen("Name a header that changes once for each process, with --generation-header.")
    case .everyRequestKept: facts.ifOpen("Use a lower --rate or a shorter --settle.")
    case .generatorRan: facts.ifOpen(onAQuietMachine)
    case .knownWellEnough: facts.ifOpen("Allow more with --duration or --requests, or ask for less with --until.")
    case .generatorOnTime, .sentAsAsked: facts.ifOpen(ownMachine)
    case .everyPartThere: facts.ifOpen("Add the missing parts and merge again.")
    case .everyRoundMade: facts.ifOpen("See to what ended the rounds, and repeat the check.")
    case .everyRunMade: facts.ifOpen("See to what ended the runs, and repeat the check.")
    case .startedTogether: facts.ifOpen("Begin all parts with one --start-file, or with --start-at.")
    case .rateConfirmed: facts.ifOpen("Repeat it with a longer --budget.")
    }
  }

  private static func asClause(_ sentence: String) -> String {
    ": " + sentence.prefix(1).lowercased() + sentence.dropFirst()
  }
}

extension Assertion {
  fileprivate var isOfSilence: Bool { if case .silent = finding { true } else { false } }

  /// Whether a backend was away for a while.
  fileprivate var isOfAbsence: Bool { if case .labelled = finding { true } else { false } }
}

extension NextStep.Facts {
  fileprivate func ifFailed(_ text: String?) -> String? { assertion.verdict == .fail ? text : nil }
  fileprivate func ifOpen(_ text: String) -> String? { assertion.verdict == .inconclusive ? text : nil }
}
