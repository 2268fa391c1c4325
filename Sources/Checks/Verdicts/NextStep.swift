internal import Report

/// What to do about a verdict: one line, from a table.
///
/// The first row whose assertion does not hold and whose condition is met gives the line: what a manager could not do first, as the
/// rest follows from it, then in the order in which a headline says what failed. Where everything held, the check itself says what
/// to ask next.
struct NextStep {
  /// What a row may look at.
  struct Facts {
    let check: String
    let url: String
    /// The failure with the most requests, by its kind; of statuses `status 502`; `nil` where none failed.
    let mainFailure: String?
    let assertion: Assertion
    /// Whether answers that were under way were cut.
    var wasCut = false
    /// Whether a backup answered once no primary did.
    var backupTookOver = false
  }

  /// The assertion that a row is about, without what stands in parentheses.
  let name: String
  /// The verdicts that it is for.
  let verdicts: [Verdict]
  let applies: @Sendable (Facts) -> Bool
  let text: @Sendable (Facts) -> String

  private init(
    _ name: String, _ verdicts: [Verdict] = [.fail], if applies: @escaping @Sendable (Facts) -> Bool = { _ in true },
    _ text: @escaping @Sendable (Facts) -> String
  ) {
    self.name = name
    self.verdicts = verdicts
    self.applies = applies
    self.text = text
  }

  /// The line for a report.
  static func line(for document: ReportDocument) -> String? {
    let tookOver = document.assertions.contains { stem($0.name) == "backupTookOver" && $0.verdict == .pass }
    for verdict in [Verdict.fail, .inconclusive] {
      for assertion in document.assertions.filter({ $0.verdict == verdict }).byPriority {
        let phase = document.phases?.first { $0.name == phases[stem(assertion.name)] }
        let failure = mainFailure(phase?.traffic) ?? mainFailure(document.traffic)
        let facts = Facts(
          check: document.check, url: document.target.url, mainFailure: failure, assertion: assertion,
          wasCut: ["reset", "closed", "truncated"].contains(failure) || (phase?.cutInFlight ?? 0) > 0,
          backupTookOver: tookOver)
        let row = rows.first {
          $0.name == stem(assertion.name) && $0.verdicts.contains(verdict) && $0.applies(facts)
        }
        if let row { return row.text(facts) }
      }
    }
    return document.verdict == .pass ? after(passing: document.check, document.target.url) : nil
  }

  /// The phases whose losses assertions are about.
  private static let phases = [
    "reloadLostNoRequest": "reload", "restartLostNoRequest": "restart", "brokenReloadLostNoRequest": "broken reload",
    "brokenRestartLostNoRequest": "broken restart",
  ]

  /// The name of an assertion without whom it is about.
  static func stem(_ name: String) -> String { String(name.prefix { $0 != "(" }) }

  /// The kind of failure that most requests met.
  static func mainFailure(_ traffic: TrafficSection?) -> String? {
    guard let traffic, let most = traffic.failures.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else {
      return nil
    }
    guard most.key == "status" else { return most.key }
    let statuses = traffic.statuses.filter { Int($0.key).map { $0 >= 400 } ?? false }
    return statuses.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { "status \($0.key)" } ?? "status"
  }

  private static func after(passing check: String, _ url: String) -> String? {
    let url = Escaping.shell(url)
    return switch check {
    case "inspect": "`lbcheck fairness \(url)` shows how the work is shared."
    case "fairness": "`lbcheck reload-test \(url)` shows what a deploy does to visitors."
    case "reload-test": "`lbcheck failover \(url)` shows what they notice when one backend goes."
    case "failover": "`lbcheck capacity \(url)` shows the highest rate that holds."
    case "capacity", "load": "Keep this report and hold a later one against it with `lbcheck compare`."
    default: nil
    }
  }
}

extension [Assertion] {
  /// What the manager could not do, then what says most of what a visitor meets.
  fileprivate var byPriority: [Assertion] {
    let acts: Set = ["managerActed", "managerReloaded", "managerRestarted"]
    func key(_ assertion: Assertion) -> (Int, Int) {
      (acts.contains(NextStep.stem(assertion.name)) ? 0 : 1, PlainWords.rank(assertion))
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
      "Nobody was free to answer: look whether the backends run, and at limits of connections or requests."
    case "status 429": "A rate limit answers: ask less with --rate, or let this address through."
    case "status 401", "status 403": "The site wants credentials: give them with --header 'Authorization: …'."
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
    "Look what answered meanwhile: a maintenance page (error_page), a redirect or a cache; a build of your own has to name itself as before."
  private static let drain =
    "Have the app finish its answers before it ends: on SIGINT for pm2, on SIGTERM for gunicorn, puma or systemd."
  private static let hangs =
    "Look at what hangs while processes are replaced; a longer --timeout only waits longer."

  private static func failures(_ name: String) -> NextStep {
    NextStep(name, if: { against($0.mainFailure) != nil }, { against($0.mainFailure) ?? "" })
  }

  static let rows: [NextStep] = [
    // Whether anything answers at all comes first: the rest follows from it.
    failures("noRequestFailed"),
    NextStep("answers") { _ in "Ask a path that the site has, or say which status is expected with --expect-status." },
    NextStep("everyAddressAnswers") { _ in
      "Start the server at that address, or take the address out of the DNS (or out of --resolve)."
    },
    NextStep("everyAddressAnswers", [.inconclusive]) { _ in "Repeat the check on a machine that does nothing else." },
    NextStep("certificateTrusted") { _ in
      "Serve the whole chain and a certificate for this name; --cacert FILE trusts your own authority."
    },
    NextStep("namesBackends", [.inconclusive]) { _ in addHeader },
    NextStep("siteUpAtTheEnd") { _ in "The site is down or loses requests now: look at it first, before anything else."
    },
    NextStep("noProbeFailed") { _ in
      "Look at the balancer's error log for what the first requests met; a server that is dead is met only now and then."
    },
    NextStep("servedByBackends", [.fail, .inconclusive]) { _ in
      "Find out who answers without a backend's name: the balancer itself, or a page that it serves (nginx adds headers to errors only with `always`)."
    },
    NextStep("expectedBody") { _ in "Open the page: it is another one than --expect-body says." },
    NextStep("noRedirects", [.inconclusive]) { $0.assertion.detail ?? "Ask where the redirects lead." },
    NextStep("noCacheAnswers", [.inconclusive]) { $0.assertion.detail ?? "Ask past the cache." },

    // Fairness.
    NextStep("everyBackendAnswered", if: { $0.assertion.actual.hasPrefix("silent") }) { _ in
      "Start the silent ones, or take them out of the balancer's list; nginx tries a server again only after its fail_timeout (10 s)."
    },
    NextStep("everyBackendAnswered", [.inconclusive], if: { ["reload-test", "failover"].contains($0.check) }) { _ in
      "Look whether the silent ones run, and give nginx its fail_timeout (10 s) to try them again with a longer --settle."
    },
    NextStep("everyBackendAnswered") { _ in
      "Name every server in the balancer's upstream; if there is but one, --policy single says so."
    },
    NextStep("noOtherBackend") { _ in "Name the others with --backend too, or take them out of the balancer's list." },
    NextStep("backupSilent") { _ in "A backup answers only where no primary does: look which primaries are down." },
    NextStep("policy", if: { $0.assertion.actual.hasPrefix("sticky") }) { _ in
      "Take out what binds visitors to a backend (ip_hash, hash, a cookie), or ask for it with --policy sticky."
    },
    NextStep("policy", if: { $0.assertion.actual == "single" }) { _ in
      "Name every server in the balancer's upstream, and look whether the others are marked down."
    },
    NextStep("policy", if: { $0.assertion.actual == "weighted-round-robin" }) { _ in
      "Make the weights equal, or say which are meant with --backend NAME=WEIGHT."
    },
    NextStep("policy", [.fail, .inconclusive]) { _ in
      "Ask again while nobody else does, and say which policy is meant with --policy."
    },
    NextStep("maxDeviation") { _ in
      "Say which shares are meant with --backend NAME=WEIGHT; several nginx workers rotate as one only with a `zone` in the upstream."
    },
    NextStep("maxDeviation", [.inconclusive]) { _ in "Ask for more with --requests." },
    NextStep("rotationScore") { _ in "Ask again while nobody else does; other visitors' requests break the order." },
    NextStep("chance", [.fail, .inconclusive]) { _ in "Ask again with more --requests: chance evens out, a fault stays."
    },
    NextStep("oneBackendAnswered") { _ in "Look why more than one backend is in use." },

    // Traffic.
    NextStep("everyRequestSent", [.fail, .inconclusive]) { _ in
      "Ask less with --rate, or let more be under way with --connections: the target did not keep up."
    },
    NextStep("generatorOnTime", [.inconclusive]) { _ in
      "Give the generator a machine of its own, more --workers or a lower --rate."
    },
    NextStep("generatorRan", [.inconclusive]) { _ in "Repeat the check on a machine that does nothing else." },
    NextStep("measurement", [.inconclusive]) { _ in "Repeat the check, and let it end by itself." },
    NextStep("everyPartThere", [.inconclusive]) { _ in "Bring the missing parts and merge again." },
    NextStep("startedTogether", [.inconclusive]) { _ in "Begin all parts with one --start-file, or with --start-at." },

    // Reload, restart, failover.
    NextStep("baselineWithoutFailure", [.inconclusive]) { facts in
      "Mend what fails before anything is done"
        + (against(facts.mainFailure).map { ": " + $0.prefix(1).lowercased() + $0.dropFirst() } ?? ".")
    },
    NextStep("baselineKeptUp", [.inconclusive]) { _ in "Ask less with --rate: the target cannot carry this much." },
    NextStep("everyPhaseReached", [.inconclusive]) { _ in "Repeat the check, and let it end by itself." },
    NextStep("everyPhaseJudged", [.inconclusive]) { _ in
      "Bring the site up before the next action: fix what left it down, or give it longer with --recovery."
    },
    NextStep("everyRequestKept", [.inconclusive]) { _ in "Give a lower --rate or a shorter --settle." },
    NextStep("reloadServedByBackends", [.fail, .inconclusive]) { _ in awayAdvice },
    NextStep("restartServedByBackends", [.fail, .inconclusive]) { _ in awayAdvice },
    NextStep("brokenReloadServedByBackends", [.fail, .inconclusive]) { _ in awayAdvice },
    NextStep("brokenRestartServedByBackends", [.fail, .inconclusive]) { _ in awayAdvice },
    NextStep("failoverServedByBackends", [.fail, .inconclusive]) { _ in awayAdvice },
    NextStep("lastPrimaryServedByBackends", [.fail, .inconclusive]) { _ in awayAdvice },
    NextStep("lastBackupServedByBackends", [.fail, .inconclusive]) { _ in awayAdvice },
    NextStep("reloadLostNoRequest", if: { $0.wasCut }) { _ in drain },
    NextStep("reloadLostNoRequest", if: { $0.mainFailure == "timeout" }) { _ in hangs },
    NextStep("reloadLostNoRequest", if: { $0.mainFailure == "refused" }) { _ in
      "Replace one instance after another, each ready before the next is ended."
    },
    NextStep("reloadLostNoRequest") { against($0.mainFailure) ?? "Look at the failures of the reload's phase." },
    NextStep("brokenReloadLostNoRequest") { _ in
      "Try a new build before it replaces the old one: pm2 ends the old processes once listen_timeout is over, whatever the new ones do."
    },
    NextStep("brokenRestartLostNoRequest") { _ in
      "A restart ends the old build first: no restart survives a broken build without a backup."
    },
    NextStep("reloadLeftNoGap") { _ in "Replace one instance after another, each ready before the next is ended." },
    NextStep("restartLeftNoGap") { _ in "A restart ends every process before it starts one: reload instead." },
    NextStep("failoverLeftNoGap") { _ in
      "Have the balancer notice sooner: shorter connect time-outs, health checks (nginx: proxy_connect_timeout)."
    },
    NextStep("lastPrimaryLostNoRequest", if: \.backupTookOver) { _ in
      "The backup takes over: have the balancer ask it within the same request (nginx: proxy_next_upstream), and notice sooner."
    },
    NextStep("lastPrimaryLostNoRequest") { _ in
      "Have a backup in the balancer's list (nginx: `server … backup`), and let it ask another server on errors."
    },
    NextStep("lastPrimaryLeftNoGap") { _ in
      "Have the balancer notice sooner: shorter connect time-outs, health checks (nginx: proxy_connect_timeout)."
    },
    NextStep("restartLostNoRequest") { _ in
      "A restart ends every process before it starts one: reload instead, or have a backup serve meanwhile."
    },
    NextStep("managerReloaded", [.fail, .inconclusive]) { _ in
      "Run the manager's command by hand and look at what it says."
    },
    NextStep("managerActed", [.fail, .inconclusive]) { _ in
      "Run the manager's command by hand and look at what it says."
    },
    NextStep("managerRestarted", [.fail, .inconclusive]) { _ in
      "Run the manager's command by hand and look at what it says."
    },
    NextStep("everyInstanceUp", [.fail, .inconclusive]) { _ in
      "Look why an instance does not come up: `pm2 logs` and `pm2 describe`."
    },
    NextStep("noUnaskedRestart", [.fail, .inconclusive]) { _ in
      "Find out why processes restart by themselves (crash, max_memory_restart, cron_restart: `pm2 logs`), and check again."
    },
    NextStep("reloadServedByPrimaries") { _ in
      "Have each new process serve before its old one ends: the backup is for accidents."
    },
    NextStep("brokenReloadSeen", [.inconclusive]) { _ in
      "Give a --break-command that makes the new build fail, and look that it does."
    },
    NextStep("brokenRestartSeen", [.inconclusive]) { _ in
      "Give a --break-command that makes the new build fail, and look that it does."
    },
    NextStep("everyBackendStopped", [.inconclusive]) { _ in "Name each backend with --backend." },
    NextStep("backendAnsweredBefore", [.inconclusive]) { _ in
      "Name a backend that takes part, with --instance or --backend."
    },
    NextStep("everyGenerationTracked", [.inconclusive]) { _ in
      "Name a header that changes once a life of a backend, with --generation-header."
    },
    NextStep("everyGenerationReplaced") { _ in
      "Look whether the reload reached every instance, and whether the generation header tells one life from the next."
    },
    NextStep("noStaleGeneration") { _ in "Look for processes of the old build that still run, and end them." },
    NextStep("p99DuringReload") { _ in
      "Have a new process answer its first requests as fast: warm it up before it listens."
    },
    NextStep("failoverLostNoRequest", if: { $0.mainFailure == "timeout" }) { _ in
      "Look at what hangs while a backend is stopped, and have the balancer notice sooner (nginx: proxy_connect_timeout, proxy_read_timeout)."
    },
    NextStep("failoverLostNoRequest") { _ in
      "Let the balancer ask another backend (nginx: proxy_next_upstream; HAProxy: option redispatch, retries), and have the app drain."
    },
    NextStep("othersTookOver") { _ in "Look whether the stopped backend really ended, and whether the others run." },
    NextStep("chosenAgain") { _ in
      "Wait longer with --settle: nginx tries a server again only after its fail_timeout (10 s)."
    },
    NextStep("backupTookOver") { _ in
      "Look whether the backup runs and is marked `backup` in the balancer's configuration."
    },
    NextStep("backupFellSilent") { _ in
      "Wait longer with --settle: nginx tries a primary again only after its fail_timeout (10 s)."
    },
    NextStep("backupSilentBefore") { _ in "A backup answers only where no primary does: look which primaries are down."
    },
    NextStep("repaired") { _ in "The site is down: start it by hand." },
    NextStep("repairedAfterReload") { _ in "The site is down: put the good build back by hand." },
    NextStep("repairedAfterRestart") { _ in "The site is down: put the good build back by hand." },

    // Capacity.
    NextStep(
      "demandedRate", [.inconclusive], if: { $0.assertion.detail?.contains("--budget") == true },
      { _ in "Give the search more time with --budget, or shorter steps with --step." }),
    NextStep(
      "capacityFound", [.inconclusive], if: { $0.assertion.detail?.contains("--budget") == true },
      { _ in "Give the search more time with --budget, or shorter steps with --step." }),
    NextStep(
      "capacityFound", [.inconclusive], if: { $0.assertion.detail?.contains("too few") == true },
      { _ in "Make the steps of --ladder longer." }),
    NextStep("demandedRate", [.fail, .inconclusive]) { _ in
      "Add backends, or look at what limits the ones that are there."
    },
    NextStep("capacityFound", [.fail, .inconclusive]) { _ in
      "Ask for less with --p99, or begin lower with --start-rate."
    },
    NextStep("rateConfirmed", [.inconclusive]) { _ in "Repeat it with a longer --budget." },
  ]
}
