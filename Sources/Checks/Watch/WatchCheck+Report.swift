internal import HTTP
internal import Load
package import Report
internal import Statistics

extension WatchCheck {
  package func report(on findings: WatchFindings) -> ReportDocument {
    let measured = findings.check.measured(.traffic)
    let (seen, origins) = (findings.seen, AnswerOrigins(measured))
    // Where nothing ever succeeded there was no site that a deploy could have changed.
    let deploys = measured.counters.succeeded == 0 ? [] : seen.deploys
    let own = WatchJudgement(measured, seen, deploys, settings.expectedStatuses)
    var document = ReportDocument(
      check: .watch, settings, findings.check, summary: "",
      assertions: own.assertions + deploys.flatMap(\.assertions) + origins.assertions(settings)
        + measured.unnamed(by: findings.check.backendHeader, settings) + measured.completion
        + findings.problems.map(Self.unwritten),
      notes: measured.remarks() + settings.unseenContents + (findings.goesOn ? ["The watch goes on."] : [])
        + Self.dropped(seen),
      traffic: measured.trafficSection(pacer: settings.pacer), backends: measured.backendSections)
    document.traffic?.methods = seen.methods
    document.phases = deploys.isEmpty ? nil : deploys.flatMap(\.phases)
    document.watch = WatchSection(
      events: seen.events, eventsSeen: seen.eventCount, deploysSeen: seen.deployCount)
    document.nobody = measured.nobodySection
    document.conclude(
      finding: finding(measured, seen),
      notJudged: notJudged(findings) + deploys.flatMap(\.notJudged),
      down: measured.counters.succeeded == 0 ? origins.down(settings) : nil)
    return document
  }

  private static func unwritten(_ problem: String) -> Assertion {
    Assertion(
      .evidence(.measurement), verdict: .inconclusive, expected: "everything seen is written",
      actual: "not all written",
      detail: problem)
  }

  private static func dropped(_ seen: WatchRecorder.Seen) -> [String] {
    let more = seen.deployCount - seen.deploys.count - (seen.isUnderWay ? 1 : 0)
    guard more > 0 else { return [] }
    return ["\(Formatting.count(more)) earlier deploys are not shown: those that lost nothing are dropped first."]
  }

  private func finding(_ measured: Measurements, _ seen: WatchRecorder.Seen) -> String {
    let requests = "\(Formatting.count(measured.completed)) requests"
    guard seen.deployCount > 0 else {
      return "no request was lost of \(requests); nothing was deployed as far as the answers show"
    }
    let deploys =
      seen.deployCount == 1 ? "one deploy was seen" : "\(Formatting.count(seen.deployCount)) deploys were seen"
    return "\(deploys), and no request was lost of \(requests)"
  }

  /// What was not judged, a clause each.
  private func notJudged(_ findings: WatchFindings) -> [String] {
    let seen = findings.seen
    return [
      seen.deployCount == 0 ? "what a deploy does (none was seen)" : nil,
      seen.isUnderWay && findings.goesOn ? "the deploy that is under way" : nil,
      findings.check.backendHeader == nil ? "who answered (no header names backends)" : nil,
      findings.check.backendHeader != nil && findings.check.generationHeader == nil
        && !settings.fingerprint.readsGenerationElsewhere
        ? "whether processes were replaced (no generation header; see --generation-header)" : nil,
      findings.unreadVersion.map { "whether the version changed (\($0) was not read; see --generation-header)" },
      seen.generationsChangeByThemselves
        ? "whether processes were replaced (the generation changes with the answers; see --generation-header)" : nil,
      seen.events.contains { if case .latencyUp = $0.kind { true } else { false } }
        ? "times in which answers were slower" : nil,
    ].compactMap(\.self)
  }
}

/// Judges what a watch saw as a whole: values in, values out.
struct WatchJudgement {
  private(set) var assertions: [Assertion] = []

  /// The fewest requests that show that none is lost.
  private static let fewest = 30

  /// - Parameters:
  ///   - deploys: those that are judged by themselves.
  ///   - expected: the statuses that count as success.
  init(_ measured: Measurements, _ seen: WatchRecorder.Seen, _ deploys: [JudgedDeploy], _ expected: StatusSet) {
    assertions = [
      Self.noRequestFailed(measured, seen, in: deploys, expected), Self.standing(measured, seen),
      measured.everyRequestSent,
    ]
    if !seen.servingBackups.isEmpty {
      let names = seen.servingBackups.joined(separator: ", ")
      assertions.append(
        Assertion(
          .sharing(.backupSilent), verdict: .fail, expected: "no backup serves when the watch ends",
          actual: "\(names) still serves", detail: "A backup answers only when no primary does.", finding: .nothing))
    }
  }

  /// Whether no request failed beside those that the deploys' own assertions are about.
  private static func noRequestFailed(
    _ measured: Measurements, _ seen: WatchRecorder.Seen, in deploys: [JudgedDeploy], _ expected: StatusSet
  ) -> Assertion {
    let judged = deploys.reduce(0) { $0 + ($1.phase?.traffic.requests.failed ?? 0) }
    let failed = max(measured.failed - judged, 0)
    let words =
      measured.failuresInWords(expecting: expected) + (seen.methods?.lossInWords.map { " (\($0))" } ?? "")
      + measured.acrossPausesInWords
    let verdict: Verdict =
      if measured.counters.succeeded == 0 || failed == 0 && measured.completed < fewest {
        .inconclusive
      } else {
        Verdict(onFailures: failed, acrossPauses: measured.counters.failedAcrossPauses)
      }
    return Assertion(
      .traffic(.noRequestFailed), verdict: verdict,
      expected: "0 of \(Formatting.count(measured.completed)) failed\(deploys.isEmpty ? "" : " outside of deploys")",
      actual: failed == 0 ? "0" : "\(Formatting.count(failed)) failed\(deploys.isEmpty ? ": " : "; in all: ")\(words)",
      detail: verdict == .inconclusive && failed == 0 ? "Too few requests: watch for longer." : nil,
      finding: measured.counters.succeeded == 0 || failed == 0 ? .nothing : .labelled(words))
  }

  private static func standing(_ measured: Measurements, _ seen: WatchRecorder.Seen) -> Assertion {
    let (verdict, actual, finding): (Verdict, String, Assertion.Finding?) =
      if measured.counters.succeeded == 0 {
        (.inconclusive, "it never answered as expected", nil)
      } else if seen.isDown {
        (.fail, "an outage goes on", nil)
      } else if seen.isServedByNobody {
        (.fail, "it answers, but no backend does", .servedByNobody)
      } else {
        (.pass, "it does", nil)
      }
    return Assertion(
      .standing(.siteUpAtTheEnd), verdict: verdict, expected: "the site answers when the watch ends", actual: actual,
      finding: finding)
  }
}
