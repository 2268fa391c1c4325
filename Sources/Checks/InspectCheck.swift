internal import HTTP
internal import Load
internal import Platform
package import Report
internal import Statistics

/// One page on what answers at a target.
package struct InspectCheck: Check {
  private let settings: CheckSettings
  private let watch: CheckWatch

  package init(_ settings: CheckSettings, watch: CheckWatch) {
    self.settings = settings
    self.watch = watch
  }

  /// The answers to a few requests.
  package struct Findings {
    var common = CheckFindings()
    let ready: ReadyTarget
    /// Why the certificate is not trusted, where inspection went on without trust.
    let distrust: String?
    let template: RequestTemplate
    let first: ProbedResponse
    let second: ProbedResponse
    /// The answer at a path that does not exist; `nil` if there was none.
    let unknown: ProbedResponse?
    let named: Result<FoundFingerprint, CheckError>
    /// Whether it speaks HTTP/2, and how it says so; `nil` where that was not asked.
    var http2: HTTP2Offer?
  }

  package func measure() throws(CheckError) -> Findings {
    var common = CheckFindings()
    let ledger = TargetProbeLedger()
    let (ready, distrust) = try TargetProbe(settings: settings, watch: watch, ledger: ledger).reachUntrusted()
    var settings = settings
    if distrust != nil { settings.tls.verifies = false }
    let targetProbe = TargetProbe(settings: settings, watch: watch, ledger: ledger)
    guard let template = targetProbe.template else { throw .usage("inspect only sends probes") }
    var probe = targetProbe.probe(ready.addresses[0], for: .inspection)
    let (first, second): (ProbedResponse, ProbedResponse)
    do throws(ProbeError) {
      first = try probe.send(template, to: settings.target, captureLimit: max(65_536, settings.captureLimit))
      second = try probe.send(template, to: settings.target)
    } catch {
      throw watch.stop.isStopped
        ? .interrupted : .unmeasurable("\(settings.target.url) stopped answering: \(error)", advice: [])
    }
    var other = targetProbe.probe(ready.addresses[0], for: .unknownPath)
    let unknown = try? other.send(unknownPath(template), to: settings.target, captureLimit: 65_536)
    let named = Result { () throws(CheckError) in try targetProbe.discover(ready) }
    switch named {
    case .success(let found): common.backendHeader = found.header
    case .failure(let error) where error.isOfNobodysHeader: break
    case .failure(let error): throw error
    }
    let http2 = HTTP2Offer(asking: targetProbe, at: ready.addresses[0], first)
    common.addresses = ready.attempts.map(\.address.description)
    common.notes = distrust.map { ["Inspected without trusting the certificate: \($0). \(Advice.distrust)"] } ?? []
    common.end(isInterrupted: false, ledger)
    return Findings(
      common: common, ready: ready, distrust: distrust, template: template, first: first, second: second,
      unknown: unknown, named: named, http2: http2)
  }

  package func report(on findings: Findings) -> ReportDocument {
    let (first, second) = (findings.first, findings.second)
    let sent = findings.common.preparation
    let origins = AnswerOrigins([first.head, second.head])
    var groups = [addresses(findings.ready), answer(first, second, to: findings.template)]
    if let tls = first.tls { groups.insert(tls.inspection(), at: 1) }
    if let http2 = findings.http2 { groups.append(http2.inspection(first)) }
    if let unknown = findings.unknown { groups.append(unknownPathGroup(unknown, first)) }
    var advice: [InspectionAdvice] = []
    let (naming, served, who) = fingerprint(findings.named, origins, &advice)
    groups.append(who)
    if let tried = sent.triedInWords {
      groups[groups.count - 1].rows.append(
        InspectionRow(name: "Failed tries", value: tried, note: "The balancer then tried another backend."))
    }
    var document = ReportDocument(
      check: .inspect, settings, findings.common, summary: summary(origins, naming, served, sent),
      assertions: answering(findings, naming) + served + promised(findings) + origins.assertions(settings),
      notes: leniencyNotes([first, second, findings.unknown]) + findings.ready.notes)
    document.inspection = InspectionSection(groups: groups, advice: advice)
    if document.verdict == .fail {
      document.conclude(finding: "the target answers", down: origins.down(settings))
    } else {
      document.concludeAsSummarized()
    }
    return document
  }

  private func isExpected(_ answer: ProbedResponse) -> Bool {
    settings.probing.expectedStatuses(settings.expectedStatuses, inPlaceOf: settings.templates[0])
      .contains(answer.head.status)
  }

  /// The assertions that it answers, over a connection that clients trust, and names its backends.
  private func answering(_ findings: Findings, _ naming: Assertion) -> [Assertion] {
    let (first, distrust) = (findings.first, findings.distrust)
    var assertions = [
      Assertion(
        .traffic(.answers), verdict: isExpected(first) ? .pass : .fail, expected: "an expected status",
        actual: "\(first.head.status)")
    ]
    // With --insecure this is not judged.
    if settings.target.scheme == .https, settings.tls.verifies {
      assertions.append(
        Assertion(
          .traffic(.certificateTrusted), verdict: distrust == nil ? .pass : .fail,
          expected: "a certificate that clients trust", actual: first.tls?.distrust ?? distrust ?? "trusted"))
    }
    return assertions + [naming]
  }

  /// The assertions that its content is the expected one, and that every address answers.
  private func promised(_ findings: Findings) -> [Assertion] {
    var assertions: [Assertion] = []
    if isExpected(findings.first), let wanted = settings.expectedBody {
      let isMet = settings.accepts(findings.first)
      assertions.append(
        Assertion(
          .traffic(.expectedBody), verdict: isMet ? .pass : .fail, expected: "content with \(wanted.text)",
          actual: isMet ? "found" : "not found"))
    }
    return assertions + [findings.ready.everyAddressAnswers].compactMap(\.self)
  }

  private func leniencyNotes(_ exchanges: [ProbedResponse?]) -> [String] {
    Leniency.allCases.compactMap { leniency in
      let count = exchanges.count { $0?.leniencies.contains(leniency) == true }
      return count > 0 ? leniency.note(answers: count) : nil
    }
  }

  private func summary(
    _ origins: AnswerOrigins, _ naming: Assertion, _ served: [Assertion], _ sent: TargetProbeFindings
  )
    -> String
  {
    if let down = origins.down(settings) { return Headline.sentence(down) }
    if let (reason, _) = origins.insteadOfBackends(settings) { return Headline.sentence(reason) }
    if let open = served.first(where: { $0.verdict != .pass }) {
      return "A header tells the target's backends apart, but \(open.actual)."
    }
    return naming.verdict == .pass
      ? "The target answers, and a header tells its backends apart"
        + (sent.triedInWords.map { "; the balancer's failed tries: \($0)." } ?? ".")
      : "The target answers, but nothing in its answers tells backends apart."
  }

  private static let whoAnswers = "Who answers"

  private func addresses(_ ready: ReadyTarget) -> InspectionGroup {
    InspectionGroup(
      title: "Addresses",
      rows: ready.attempts.map { attempt in
        switch attempt.outcome {
        case .success(let reached):
          InspectionRow(
            name: attempt.address.description,
            value: reached.connectTime.map { "connected in \(Formatting.duration(seconds: Double($0) / 1e9))" }
              ?? "connected"
          )
        case .failure(let error):
          InspectionRow(name: attempt.address.description, value: "does not answer", note: error.description)
        }
      })
  }

  private func answer(
    _ first: ProbedResponse, _ second: ProbedResponse, to template: RequestTemplate
  ) -> InspectionGroup {
    func row(_ name: String, _ field: String) -> InspectionRow? {
      first.head.value(of: field).map { InspectionRow(name: name, value: $0) }
    }
    return InspectionGroup(
      title: "Answer to \(template.method) \(template.path)",
      rows: [
        InspectionRow(
          name: "HTTP version", value: first.version == .http2 ? "HTTP/2" : "HTTP/1.\(first.head.minorVersion)"),
        InspectionRow(name: "Status", value: "\(first.head.status)"),
        InspectionRow(name: "Answered in", value: Formatting.duration(seconds: Double(first.serviceTime) / 1e9)),
        InspectionRow(name: "Content", value: "\(first.contentLength) bytes"),
        row("Content type", "content-type"), row("Server", "server"), row("Via", "via"), row("Location", "location"),
        CacheEvidence.field(in: second.head).map {
          InspectionRow(name: "Cache", value: "\($0.name): \($0.value)", note: "A cache answers, not a backend.")
        },
        InspectionRow(
          name: "Keep-alive", value: second.wasReused ? "yes" : "no",
          note: second.wasReused ? nil : "Every request needs a new connection."),
      ].compactMap { $0 })
  }

  private func unknownPath(_ template: RequestTemplate) throws -> RequestTemplate {
    let random = UInt64.random(in: .min ... .max)
    return try RequestTemplate(path: "/lbcheck-\(String(random, radix: 16))", headers: template.headers)
  }

  /// How the site answers when there is nothing at a path.
  private func unknownPathGroup(_ unknown: ProbedResponse, _ first: ProbedResponse) -> InspectionGroup {
    let isSame = unknown.head.status == first.head.status && unknown.content == first.content
    let note: String? =
      switch unknown.head.status {
      case 404, 410: nil
      case 200..<300:
        isSame
          ? "The same page as the target's: a single-page app answers every path, so a wrong link never shows as 404."
          : "A path that does not exist has a page: wrong links never show as 404."
      case 300..<400: "Redirected to \(unknown.head.value(of: "location") ?? "nowhere")."
      default: "404 was expected."
      }
    return InspectionGroup(
      title: "Unknown path", rows: [InspectionRow(name: "Status", value: "\(unknown.head.status)", note: note)])
  }

  private func fingerprint(
    _ named: Result<FoundFingerprint, CheckError>, _ origins: AnswerOrigins, _ advice: inout [InspectionAdvice]
  ) -> (naming: Assertion, served: [Assertion], group: InspectionGroup) {
    switch named {
    case .success(let found):
      return (
        Assertion(
          .evidence(.namesBackends), verdict: .pass, expected: "a header that names the backend", actual: found.header),
        AnswerOrigins.servedByBackends(nameless: found.nameless, of: found.heads.count),
        InspectionGroup(title: Self.whoAnswers, rows: rows(found))
      )
    case .failure(let error):
      advice = suggestions(origins, error)
      return (
        Self.namesNone, [],
        InspectionGroup(
          title: Self.whoAnswers, rows: [InspectionRow(name: "Header", value: "none", note: error.description)])
      )
    }
  }

  private func rows(_ found: FoundFingerprint) -> [InspectionRow] {
    var rows = [
      InspectionRow(
        name: "Header", value: found.header, note: settings.backendHeader == nil ? "Found by lbcheck." : nil),
      InspectionRow(
        name: "Backends", value: found.backends.joined(separator: ", "),
        note: found.backends.count == 1
          ? "One over \(TargetProbe.probeCount) requests on one connection; `lbcheck fairness` looks closer." : nil),
    ]
    if let header = settings.generationHeader {
      let generations = found.generations(in: header)
      rows.append(
        InspectionRow(
          name: "Generations", value: generations.isEmpty ? "none" : generations.joined(separator: ", "),
          note: generations.isEmpty ? "No answer has the header '\(header)'." : nil))
    }
    return rows
  }

  /// How to distinguish backends where no header does.
  private func suggestions(_ origins: AnswerOrigins, _ error: CheckError) -> [InspectionAdvice] {
    if let hidden = origins.insteadOfBackends(settings) {
      return [InspectionAdvice(title: "What to ask", lines: hidden.advice)]
    }
    guard origins.down(settings) == nil else { return [] }
    let header = settings.backendHeader ?? "X-Backend"
    let other: String? = if case .headerMissing(_, _, let other) = error { other } else { nil }
    return (other.map { [InspectionAdvice(title: "Or use what is there", lines: [Advice.instead($0)])] } ?? []) + [
      InspectionAdvice(title: "nginx, beside proxy_pass", lines: [Advice.nginx(header)]),
      InspectionAdvice(title: "HAProxy, in the backend", lines: [Advice.haproxy(header)]),
      InspectionAdvice(title: "Express, before the routes", lines: [Advice.express(header)]),
    ]
  }

  private static let namesNone = Assertion(
    .evidence(.namesBackends), verdict: .inconclusive, expected: "a header that names the backend", actual: "none")

}

extension CheckError {
  /// Whether it only says that no header distinguishes backends.
  fileprivate var isOfNobodysHeader: Bool {
    switch self {
    case .unmeasurable, .headerMissing, .down: true
    case .usage, .interrupted: false
    }
  }
}
