internal import Report

/// What an assertion that does not hold comes to, as a clause in words that a visitor of the site would use.
enum PlainWords {
  /// The clause of an assertion; of one that might have been decided, the reason why it was not.
  static func clause(_ assertion: Assertion) -> String {
    let stem = NextStep.stem(assertion.name)
    if assertion.verdict == .inconclusive, leftOpen.contains(stem), let reason = assertion.detail, !reason.isEmpty {
      return lowered(reason)
    }
    let row = rows.first { $0.name == stem }
    return row?.text(assertion, subject(assertion.name)) ?? "\(assertion.name): \(assertion.actual)"
  }

  /// The assertions whose detail ends in why they were left open.
  private static let leftOpen: Set = [
    "reloadLostNoRequest", "restartLostNoRequest", "brokenReloadLostNoRequest", "brokenRestartLostNoRequest",
    "failoverLostNoRequest", "lastPrimaryLostNoRequest", "lastBackupLostNoRequest", "reloadLeftNoGap",
    "restartLeftNoGap", "brokenReloadLeftNoGap", "brokenRestartLeftNoGap", "failoverLeftNoGap", "lastPrimaryLeftNoGap",
    "everyGenerationReplaced", "noStaleGeneration", "p99DuringReload", "othersTookOver", "chosenAgain",
    "backupTookOver", "backupFellSilent", "policy", "maxDeviation", "chance", "rotationScore", "noRequestFailed",
    "demandedRate", "capacityFound",
  ]

  /// The place of an assertion among others that do not hold; the lowest says most of what a visitor meets.
  static func rank(_ assertion: Assertion) -> Int {
    rows.firstIndex { $0.name == NextStep.stem(assertion.name) } ?? rows.count
  }

  /// A reason as a clause: its last sentence, without the words that a headline says itself.
  private static func lowered(_ reason: String) -> String {
    let text = reason.hasSuffix(".") ? String(reason.dropLast()) : reason
    var clause = text.ranges(of: ". ").last.map { String(text[$0.upperBound...]) } ?? text
    if clause.hasPrefix("Not judged: ") { clause.removeFirst("Not judged: ".count) }
    let word = clause.prefix { $0.isLetter }
    // A name or an abbreviation stays as it is.
    return word.dropFirst().allSatisfy(\.isLowercase) ? clause.prefix(1).lowercased() + clause.dropFirst() : clause
  }

  /// Whom an assertion is about: what stands in parentheses behind its name.
  private static func subject(_ name: String) -> String? {
    guard let start = name.firstIndex(of: "("), name.hasSuffix(")") else { return nil }
    return String(name[name.index(after: start)...].dropLast())
  }

  typealias Row = (name: String, text: @Sendable (Assertion, String?) -> String)

  /// In the order in which a headline says them.
  static let rows: [Row] = [
    // Whether the site stands.
    (
      "siteUpAtTheEnd",
      { assertion, _ in
        assertion.actual.hasSuffix("no backend does")
          ? "the site's answers at the end come from no backend"
          : assertion.actual.hasPrefix("it answers")
            ? "the site answers at the end, and loses requests" : "the site is down now"
      }
    ),
    ("repaired", { _, _ in "the site is down: it did not come back after the repair" }),
    ("repairedAfterReload", { _, _ in "the repair after the broken reload failed" }),
    ("repairedAfterRestart", { _, _ in "the repair after the broken restart failed" }),
    ("servedByBackends", { assertion, _ in "answers came from no backend: \(assertion.actual)" }),

    // What visitors saw in place of the site.
    ("reloadServedByBackends", { assertion, _ in "during the reload \(assertion.actual)" }),
    ("restartServedByBackends", { assertion, _ in "during the restart \(assertion.actual)" }),
    ("brokenReloadServedByBackends", { assertion, _ in "during the broken reload \(assertion.actual)" }),
    ("brokenRestartServedByBackends", { assertion, _ in "during the broken restart \(assertion.actual)" }),
    ("failoverServedByBackends", { assertion, _ in assertion.actual }),
    ("lastPrimaryServedByBackends", { assertion, _ in "without primaries \(assertion.actual)" }),
    ("lastBackupServedByBackends", { assertion, _ in "with one backup alone \(assertion.actual)" }),

    // What was lost.
    ("reloadLostNoRequest", { assertion, _ in "the reload lost \(requests(assertion.actual))" }),
    ("restartLostNoRequest", { assertion, _ in "the restart lost \(requests(assertion.actual))" }),
    (
      "brokenReloadLostNoRequest",
      { assertion, _ in "the reload of the broken build lost \(requests(assertion.actual))" }
    ),
    (
      "brokenRestartLostNoRequest",
      { assertion, _ in "the restart into the broken build lost \(requests(assertion.actual))" }
    ),
    (
      "failoverLostNoRequest",
      { assertion, backend in
        "stopping and starting \(backend ?? "a backend") lost \(requests(assertion.actual))"
      }
    ),
    (
      "lastBackupLostNoRequest",
      { assertion, backend in
        "with \(backend ?? "one backup") alone, \(requests(assertion.actual)) were lost"
      }
    ),
    (
      "lastPrimaryLostNoRequest",
      { assertion, _ in "when the last primary went, \(requests(assertion.actual)) were lost" }
    ),
    (
      "noRequestFailed",
      { assertion, _ in
        assertion.actual == "0" ? "no request was answered" : "requests failed: \(assertion.actual)"
      }
    ),
    ("answers", { assertion, _ in "the site answers with status \(assertion.actual)" }),
    (
      "everyAddressAnswers",
      { assertion, _ in
        assertion.verdict == .fail
          ? "addresses of the site do not answer, and the visitors sent there fail: \(bare(assertion.actual))"
          : "addresses of the site could not be asked: \(bare(assertion.actual))"
      }
    ),
    ("expectedBody", { _, _ in "the page is not the one that was expected" }),
    ("certificateTrusted", { assertion, _ in "browsers refuse the certificate: \(assertion.actual)" }),
    ("noProbeFailed", { assertion, _ in "the first requests failed already: \(assertion.actual)" }),

    // How long nobody was answered.
    ("reloadLeftNoGap", { assertion, _ in "during the reload nobody got an answer for \(assertion.actual)" }),
    ("restartLeftNoGap", { assertion, _ in "during the restart nobody got an answer for \(assertion.actual)" }),
    (
      "brokenReloadLeftNoGap",
      { assertion, _ in "during the broken reload nobody got an answer for \(assertion.actual)" }
    ),
    (
      "brokenRestartLeftNoGap",
      { assertion, _ in "during the broken restart nobody got an answer for \(assertion.actual)" }
    ),
    ("failoverLeftNoGap", { assertion, _ in "nobody got an answer for \(assertion.actual)" }),
    ("lastPrimaryLeftNoGap", { assertion, _ in "without primaries nobody got an answer for \(assertion.actual)" }),

    // What the manager did.
    ("managerReloaded", { assertion, _ in manager(assertion, "reload") }),
    (
      "managerActed",
      { assertion, _ in
        assertion.verdict == .inconclusive
          ? "lbcheck was asked to stop while a command ran"
          : "the manager did not do what it was asked" + because(assertion)
      }
    ),
    ("managerRestarted", { assertion, _ in manager(assertion, "restart") }),
    ("everyInstanceUp", { assertion, _ in "instances are down: \(assertion.actual)" }),
    ("noUnaskedRestart", { assertion, _ in "processes change by themselves: \(assertion.actual)" }),
    ("reloadServedByPrimaries", { assertion, _ in assertion.actual }),
    ("restartServedByPrimaries", { assertion, _ in assertion.actual }),
    ("brokenReloadServedByPrimaries", { assertion, _ in assertion.actual }),
    ("brokenRestartServedByPrimaries", { assertion, _ in assertion.actual }),
    ("repairAfterReloadServedByPrimaries", { assertion, _ in "after the repair \(assertion.actual)" }),
    ("repairAfterRestartServedByPrimaries", { assertion, _ in "after the repair \(assertion.actual)" }),
    ("everyGenerationReplaced", { assertion, _ in "old processes were not replaced: \(bare(assertion.actual))" }),
    ("noStaleGeneration", { assertion, _ in "old processes still answer after the reload: \(bare(assertion.actual))" }),

    // Who answered, and how often.
    (
      "everyBackendAnswered",
      { assertion, _ in
        assertion.actual.hasPrefix("silent")
          ? "backends that never answered: \(bare(assertion.actual))"
          : assertion.actual == "none"
            ? "no backend answered" : "not every backend answered: \(assertion.actual)"
      }
    ),
    ("noOtherBackend", { assertion, _ in "backends answered that nobody named: \(bare(assertion.actual))" }),
    ("backupSilent", { assertion, _ in "a backup answered although primaries are there: \(bare(assertion.actual))" }),
    ("backupSilentBefore", { _, _ in "the backup answered although all primaries ran" }),
    (
      "oneBackendAnswered",
      { assertion, _ in
        assertion.actual == "none" ? "no backend answered" : "more than one backend answered: \(assertion.actual)"
      }
    ),
    ("policy", { assertion, _ in policy(assertion) }),
    ("maxDeviation", { assertion, _ in "a backend's share is off by \(assertion.actual)" }),
    ("chance", { assertion, _ in "the shares are no chance (\(assertion.actual))" }),
    ("rotationScore", { assertion, _ in "the rotation does not hold (score \(assertion.actual))" }),
    (
      "othersTookOver",
      { assertion, backend in
        "nobody took over from \(backend ?? "the stopped backend"): \(assertion.actual)"
      }
    ),
    (
      "chosenAgain",
      { assertion, backend in
        "\(backend ?? "the backend") was not used again after its start: \(assertion.actual)"
      }
    ),
    ("backupTookOver", { _, _ in "the backup did not take over when the last primary went" }),
    ("backupFellSilent", { _, _ in "the backup still answered although a primary was back" }),
    ("p99DuringReload", { assertion, _ in "answers were slower during the reload: p99 \(assertion.actual)" }),

    // Figures.
    ("demandedRate", { assertion, _ in "it does not carry \(assertion.expected): \(assertion.actual)" }),
    ("capacityFound", { assertion, _ in "no rate held \(assertion.expected.replacing("a rate with ", with: ""))" }),
    (
      "everyRequestSent",
      { assertion, _ in "\(requests(assertion.actual)) that were due were never sent: the target did not keep up" }
    ),

    // Why nothing is known.
    ("noRedirects", { assertion, _ in "the site redirects: \(assertion.actual)" }),
    ("noCacheAnswers", { assertion, _ in "a cache answers in place of backends: \(assertion.actual)" }),
    ("namesBackends", { _, _ in "nothing in the answers tells backends apart" }),
    ("baselineWithoutFailure", { assertion, _ in "\(requests(assertion.actual)) failed before anything was done" }),
    ("baselineKeptUp", { assertion, _ in "before anything was done \(assertion.actual)" }),
    ("backendAnsweredBefore", { _, backend in "\(backend ?? "the backend") did not answer before it was stopped" }),
    ("everyPhaseReached", { assertion, _ in "the check did not get to its end: \(assertion.actual)" }),
    ("everyPhaseJudged", { assertion, _ in "not judged: \(assertion.actual)" }),
    ("everyBackendStopped", { assertion, _ in "not every backend was stopped: \(assertion.actual)" }),
    ("brokenReloadSeen", { _, _ in "the build was not seen broken" }),
    ("brokenRestartSeen", { _, _ in "the build was not seen broken" }),
    ("everyGenerationTracked", { _, _ in "there were more generations than can be told apart" }),
    ("everyRequestKept", { _, _ in "there were more requests than could be looked at" }),
    ("generatorRan", { assertion, _ in assertion.actual }),
    ("generatorOnTime", { assertion, _ in "lbcheck itself was late: p99 \(assertion.actual)" }),
    ("measurement", { assertion, _ in "the measurement was \(assertion.actual)" }),
    ("everyPartThere", { assertion, _ in "parts are missing: \(assertion.actual)" }),
    ("startedTogether", { _, _ in "the parts did not begin together" }),
    ("rateConfirmed", { _, _ in "the rate was not shown to hold a second time" }),
  ]

  private static func requests(_ actual: String) -> String { actual == "1" ? "1 request" : "\(actual) requests" }

  /// What follows the label of a finding, such as `silent: `.
  private static func bare(_ actual: String) -> String {
    actual.firstRange(of: ": ").map { String(actual[$0.upperBound...]) } ?? actual
  }

  /// What became of a reload or restart that the manager did not carry out, as far as that is known.
  private static func manager(_ assertion: Assertion, _ action: String) -> String {
    if assertion.verdict == .inconclusive { return "lbcheck was asked to stop while the \(action)'s command ran" }
    return (assertion.actual == "it did not" ? "the manager did not \(action)" : "the \(action)'s command failed")
      + because(assertion)
  }

  private static func because(_ assertion: Assertion) -> String { assertion.detail.map { ": \($0)" } ?? "" }

  private static func policy(_ assertion: Assertion) -> String {
    let seen = assertion.actual
    switch assertion.expected {
    case "round-robin", "weighted-round-robin":
      let how =
        switch seen {
        case "single": "one backend gave every answer"
        case "random": "the order is that of chance"
        case "weighted-round-robin": "the turns are weighted"
        case "round-robin": "the turns are equal, not weighted"
        default: seen.hasPrefix("sticky by ") ? "visitors stay by \(seen.dropFirst("sticky by ".count))" : seen
        }
      return "the work is not shared in rotation as expected: \(how)"
    default: return "the policy is \(seen), not \(assertion.expected)"
    }
  }
}
