internal import Report

/// What to do about a verdict: one line.
///
/// The assertion that matters most among those that do not hold gives the line: what a manager could not do first, as the rest
/// follows from it, then in the order in which a headline says what failed. Where everything held, the check itself says what to
/// ask next.
enum NextStep {
  /// What a line may depend on.
  struct Facts {
    let check: CheckKind
    /// The failure with the most requests, by its kind; of statuses `status 502`; `nil` where none failed.
    let mainFailure: String?
    let assertion: Assertion
    /// Whether answers that were under way were cut.
    var wasCut = false
    /// Whether a backup answered once no primary did.
    var backupTookOver = false
  }

  /// The line for a report.
  static func line(for document: ReportDocument) -> String? {
    let tookOver = document.assertions.contains { $0.kind == .backupTookOver && $0.verdict == .pass }
    for verdict in [Verdict.fail, .inconclusive] {
      for assertion in document.assertions.filter({ $0.verdict == verdict }).byPriority {
        guard let kind = assertion.kind else { continue }
        let phase = document.phases?.first { $0.kind != nil && $0.kind == kind.phase }
        let failure = mainFailure(phase?.traffic) ?? mainFailure(document.traffic)
        let facts = Facts(
          check: document.check, mainFailure: failure, assertion: assertion,
          wasCut: ["reset", "closed", "truncated"].contains(failure) || (phase?.cutInFlight ?? 0) > 0,
          backupTookOver: tookOver)
        if let step = step(kind, facts) { return step }
      }
    }
    return document.verdict == .pass ? after(passing: document.check, document.target.url) : nil
  }

  /// The kind of failure that most requests met.
  static func mainFailure(_ traffic: TrafficSection?) -> String? {
    guard let traffic, let most = traffic.failures.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else {
      return nil
    }
    guard most.key == "status" else { return most.key }
    let statuses = traffic.statuses.filter { Int($0.key).map { $0 >= 400 } ?? false }
    return statuses.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { "status \($0.key)" } ?? "status"
  }

  private static func after(passing check: CheckKind, _ url: String) -> String? {
    let url = Escaping.shell(url)
    return switch check {
    case .inspect: "`lbcheck fairness \(url)` shows how the work is shared."
    case .fairness: "`lbcheck reload-test \(url)` shows what a deploy does to visitors."
    case .reloadTest: "`lbcheck failover \(url)` shows what they notice when one backend goes."
    case .failover: "`lbcheck capacity \(url)` shows the highest rate that holds."
    case .capacity, .load: "Keep this report and hold a later one against it with `lbcheck compare`."
    case .gate, .compare: nil
    }
  }
}

extension [Assertion] {
  /// What the manager could not do, then what says most of what a visitor meets.
  fileprivate var byPriority: [Assertion] {
    func key(_ assertion: Assertion) -> (Int, Int) {
      switch assertion.kind {
      case .managerActed, .managerReloaded, .managerRestarted: (0, assertion.rank)
      // Where another server answers, the rest follows from it.
      case .noRedirects, .noCacheAnswers: (assertion.verdict == .pass ? 2 : 1, assertion.rank)
      default: (2, assertion.rank)
      }
    }
    return enumerated().sorted { one, other in
      let (first, second) = (key(one.element), key(other.element))
      return first == second ? one.offset < other.offset : first < second
    }.map(\.element)
  }
}

// MARK: - The table

extension NextStep {
  /// What helps against a kind of failure.
  static func against(_ failure: String?) -> String? {
    switch failure {
    case nil: nil
    case "refused":
      "Nobody listens at that address: start the server there, or mend the address in the balancer's configuration."
    case "unreachable", "connectTimeout":
      "Connections are not accepted: look at the network, a firewall, and the server's listen backlog."
    case "timeout": "Look at what the backends do in that time; a longer --timeout only waits longer."
    case "reset", "closed", "truncated":
      "Answers were cut off: look at the error log of the balancer, and have the app finish its answers before it ends."
    case "tls": "`lbcheck inspect` shows the protocol and the certificate."
    case "malformed", "oversized": "The note on reasons names the line of the answer; whoever sends it has to mend it."
    case "status 502", "status 504":
      "The balancer got no answer from a backend: look at its error log, and whether every backend runs."
    case "status 503":
      "Nobody was free to answer: check whether the backends run, and at limits of connections or requests."
    case "status 429": "A rate limit answers: ask less with --rate, or let this address through."
    case "status 401", "status 403": "The site wants credentials: give them with --header 'Authorization: …'."
    case "body": "Open the page: it is another one than --expect-body says."
    case "status 404": "There is nothing at this path: ask one that the site has."
    case "status 500": "The application itself answers with errors: look at its log."
    default:
      failure!.hasPrefix("status 5")
        ? "The site answers with errors: look at the log of whoever sent them."
        : "Say which statuses are expected with --expect-status, or mend what answers otherwise."
    }
  }

  private static let addHeader =
    "Let the balancer say who answered: `add_header X-Backend $upstream_addr always;` in nginx, `http-response set-header X-Backend %s` in HAProxy."
  private static let awayAdvice =
    "Check what answered meanwhile: a maintenance page (error_page), a redirect or a cache; a build of your own has to name itself as before."
  private static let drain =
    "Have the app finish its answers before it ends: on SIGINT for pm2, on SIGTERM for gunicorn, puma or systemd."
  private static let onAQuietMachine = "Repeat the check on a machine that does nothing else."
  private static let toItsEnd = "Repeat the check, and let it end by itself."
  private static let oneAfterAnother =
    "Replace one instance after another, each ready before the next is ended."
  private static let noticeSooner =
    "Have the balancer notice sooner: shorter connect time-outs, health checks (nginx: proxy_connect_timeout)."
  private static let byHand = "Run the manager's command by hand and look at what it says."
  private static let breakIt = "Give a --break-command that makes the new build fail, and check that it does."

  /// The line about an assertion that does not hold; `nil` where nothing is known to help.
  static func step(_ kind: AssertionKind, _ facts: Facts) -> String? {
    let (actual, detail) = (facts.assertion.actual, facts.assertion.detail)
    func ifFailed(_ text: String?) -> String? { facts.assertion.verdict == .fail ? text : nil }
    func ifOpen(_ text: String) -> String? { facts.assertion.verdict == .inconclusive ? text : nil }
    switch kind {
    // Whether anything answers at all.
    case .noRequestFailed: return ifFailed(against(facts.mainFailure))
    case .answers:
      return ifFailed(
        actual.hasPrefix("5")
          ? against("status \(actual)")
          : "Ask a path that the site has, or say which status is expected with --expect-status.")
    case .everyAddressAnswers:
      return ifFailed("Start the server at that address, or take the address out of the DNS (or out of --resolve).")
        ?? onAQuietMachine
    case .certificateTrusted:
      return ifFailed("Serve the whole chain and a certificate for this name; --cacert FILE trusts your own authority.")
    case .namesBackends: return ifOpen(addHeader)
    case .siteUpAtTheEnd:
      return ifFailed("The site is down or loses requests now: look at it first, before anything else.")
    case .noProbeFailed:
      return ifFailed(
        "Look at the balancer's error log for what the first requests met; a server that is dead is met only now and then."
      )
    case .servedByBackends:
      return
        "Find out who answers without a backend's name: the balancer itself, or a page that it serves (nginx adds headers to errors only with `always`)."
    case .expectedBody: return ifFailed("Open the page: it is another one than --expect-body says.")
    case .noRedirects: return ifOpen(detail ?? "Ask where the redirects lead.")
    case .noCacheAnswers: return ifOpen(detail ?? "Ask past the cache.")

    // How the work is shared.
    case .everyBackendAnswered:
      if facts.check.hasPhases, facts.assertion.verdict == .inconclusive {
        return
          "Check whether the silent ones run, and give nginx its fail_timeout (10 s) to try them again with a longer --settle."
      }
      return ifFailed(
        actual.hasPrefix("silent")
          ? "Start the silent ones, or take them out of the balancer's list; nginx tries a server again only after its fail_timeout (10 s)."
          : "Name every server in the balancer's upstream; if there is but one, --policy single says so.")
    case .noOtherBackend:
      return ifFailed("Name the others with --backend too, or take them out of the balancer's list.")
    case .backupSilent, .backupSilentBefore:
      return ifFailed("A backup answers only where no primary does: check which primaries are down.")
    case .policy:
      let fault = actual.hasPrefix("sticky") ? "sticky" : actual
      let known =
        switch fault {
        case "sticky":
          "Take out what binds visitors to a backend (ip_hash, hash, a cookie), or ask for it with --policy sticky."
        case "single":
          "Name every server in the balancer's upstream, and check whether the others are marked down."
        case "weighted-round-robin":
          "Make the weights equal, or say which are meant with --backend NAME=WEIGHT."
        default: String?.none
        }
      return ifFailed(known) ?? "Ask again while nobody else does, and say which policy is meant with --policy."
    case .maxDeviation:
      return ifFailed(
        "Say which shares are meant with --backend NAME=WEIGHT; several nginx workers rotate as one only with a `zone` in the upstream."
      ) ?? "Ask for more with --requests."
    case .rotationScore:
      return ifFailed("Ask again while nobody else does; other visitors' requests break the order.")
    case .chance: return "Ask again with more --requests: chance evens out, a fault stays."
    case .oneBackendAnswered: return ifFailed("Check why more than one backend is in use.")

    // The traffic.
    case .everyRequestSent:
      return ifFailed(
        "Ask less with --rate, or let more be under way with --connections: the target did not keep up.")
        ?? "Give the generator a machine of its own, more --workers or a lower --rate."
    case .generatorOnTime: return ifOpen("Give the generator a machine of its own, more --workers or a lower --rate.")
    case .generatorRan: return ifOpen(onAQuietMachine)
    case .measurement, .everyPhaseReached: return ifOpen(toItsEnd)
    case .everyPartThere: return ifOpen("Bring the missing parts and merge again.")
    case .startedTogether: return ifOpen("Begin all parts with one --start-file, or with --start-at.")

    // Before any action, and how far the check came.
    case .baselineWithoutFailure:
      let help = against(facts.mainFailure).map { ": " + $0.prefix(1).lowercased() + $0.dropFirst() }
      return ifOpen("Mend what fails before anything is done" + (help ?? "."))
    case .baselineKeptUp: return ifOpen("Ask less with --rate: the target cannot carry this much.")
    case .everyPhaseJudged:
      return ifOpen(
        "Bring the site up before the next action: fix what left it down, or give it longer with --recovery.")
    case .everyRequestKept: return ifOpen("Give a lower --rate or a shorter --settle.")

    // What visitors saw and lost meanwhile.
    case .reloadServedByBackends, .restartServedByBackends, .brokenReloadServedByBackends,
      .brokenRestartServedByBackends, .failoverServedByBackends, .lastPrimaryServedByBackends,
      .lastBackupServedByBackends:
      return awayAdvice
    case .reloadLostNoRequest:
      if facts.wasCut { return ifFailed(drain) }
      switch facts.mainFailure {
      case "timeout":
        return ifFailed("Look at what hangs while processes are replaced; a longer --timeout only waits longer.")
      case "refused": return ifFailed(oneAfterAnother)
      default: return ifFailed(against(facts.mainFailure) ?? "Look at the failures of the reload's phase.")
      }
    case .restartLostNoRequest:
      return ifFailed(
        "A restart ends every process before it starts one: reload instead, or have a backup serve meanwhile.")
    case .brokenReloadLostNoRequest:
      return ifFailed(
        "Try a new build before it replaces the old one: pm2 ends the old processes once listen_timeout is over, whatever the new ones do."
      )
    case .brokenRestartLostNoRequest:
      return ifFailed("A restart ends the old build first: no restart survives a broken build without a backup.")
    case .failoverLostNoRequest:
      return ifFailed(
        facts.mainFailure == "timeout"
          ? "Look at what hangs while a backend is stopped, and have the balancer notice sooner (nginx: proxy_connect_timeout, proxy_read_timeout)."
          : "Let the balancer ask another backend (nginx: proxy_next_upstream; HAProxy: option redispatch, retries), and have the app drain."
      )
    case .lastPrimaryLostNoRequest:
      return ifFailed(
        facts.backupTookOver
          ? "The backup takes over: have the balancer ask it within the same request (nginx: proxy_next_upstream), and notice sooner."
          : "Have a backup in the balancer's list (nginx: `server … backup`), and let it ask another server on errors.")
    case .reloadLeftNoGap: return ifFailed(oneAfterAnother)
    case .restartLeftNoGap:
      return ifFailed("A restart ends every process before it starts one: reload instead.")
    case .failoverLeftNoGap, .lastPrimaryLeftNoGap: return ifFailed(noticeSooner)

    // What the manager did.
    case .managerReloaded, .managerActed, .managerRestarted: return byHand
    case .everyInstanceUp: return "Check why an instance does not come up: `pm2 logs` and `pm2 describe`."
    case .everyInstanceReplaced: return byHand
    case .noUnaskedRestart:
      return
        "Find out why processes restart by themselves (crash, max_memory_restart, cron_restart: `pm2 logs`), and check again."
    case .reloadServedByPrimaries:
      return ifFailed("Have each new process serve before its old one ends: the backup is for accidents.")
    case .brokenReloadSeen, .brokenRestartSeen: return ifOpen(breakIt)
    case .everyGenerationTracked:
      return ifOpen("Name a header that changes once a life of a backend, with --generation-header.")
    case .everyGenerationReplaced:
      return ifFailed(
        "Check whether the reload reached every instance, and whether the generation header changes with each generation."
      )
    case .noStaleGeneration: return ifFailed("Look for processes of the old build that still run, and end them.")
    case .p99DuringReload:
      return ifFailed("Have a new process answer its first requests as fast: warm it up before it listens.")
    case .repaired: return ifFailed("The site is down: start it by hand.")
    case .repairedAfterReload, .repairedAfterRestart:
      return ifFailed("The site is down: put the good build back by hand.")

    // Backends that are stopped and started.
    case .everyBackendStopped: return ifOpen("Name each backend with --backend.")
    case .backendAnsweredBefore: return ifOpen("Name a backend that takes part, with --instance or --backend.")
    case .othersTookOver:
      return ifFailed("Check whether the stopped backend really ended, and whether the others run.")
    case .chosenAgain:
      return ifFailed(
        "Check whether it runs again, and wait longer with --settle: nginx tries a server again only after its fail_timeout (10 s)."
      )
    case .backupTookOver:
      return ifFailed("Check whether the backup runs and is marked `backup` in the balancer's configuration.")
    case .backupFellSilent:
      return ifFailed("Wait longer with --settle: nginx tries a primary again only after its fail_timeout (10 s).")

    // The highest rate.
    case .demandedRate, .capacityFound:
      if facts.assertion.verdict == .inconclusive, detail?.contains("--budget") == true {
        return "Give the search more time with --budget, or shorter steps with --step."
      }
      guard kind == .capacityFound else { return "Add backends, or look at what limits the ones that are there." }
      return detail?.contains("too few") == true
        ? ifOpen("Make the steps of --ladder longer.") ?? "Ask for less with --p99, or begin lower with --start-rate."
        : "Ask for less with --p99, or begin lower with --start-rate."
    case .rateConfirmed: return ifOpen("Repeat it with a longer --budget.")

    case .lastBackupLostNoRequest, .brokenReloadLeftNoGap, .brokenRestartLeftNoGap, .restartServedByPrimaries,
      .brokenReloadServedByPrimaries, .brokenRestartServedByPrimaries, .repairAfterReloadServedByPrimaries,
      .repairAfterRestartServedByPrimaries, .verdict, .figuresDecided, .baseline:
      return nil
    }
  }
}
