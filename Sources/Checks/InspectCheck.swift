internal import HTTP
internal import Load
internal import Platform
package import Report

/// One page on what answers at a target.
package struct InspectCheck {
  private let settings: CheckSettings
  private let watch: CheckWatch

  package init(_ settings: CheckSettings, watch: CheckWatch) {
    self.settings = settings
    self.watch = watch
  }

  /// - Throws: ``CheckError`` where nothing answers.
  package func run() throws(CheckError) -> ReportDocument {
    let begun = ReportClock()
    let ledger = PreparationLedger()
    let (ready, distrust) = try Preparation(settings: settings, watch: watch, ledger: ledger).reachUntrusted()
    var settings = settings
    if distrust != nil { settings.tls.verifies = false }
    let preparation = Preparation(settings: settings, watch: watch, ledger: ledger)
    guard let template = preparation.template else { throw .usage("inspect does nothing but ask") }
    var probe = preparation.probe(ready.addresses[0], for: .inspection)
    let first: ProbedResponse
    let second: ProbedResponse
    let unknown: ProbedResponse?
    do throws(ProbeError) {
      first = try probe.send(
        template, to: settings.target, captureLimit: max(65_536, settings.captureLimit))
      second = try probe.send(template, to: settings.target)
      var other = preparation.probe(ready.addresses[0], for: .unknownPath)
      unknown = try? other.send(unknownPath(template), to: settings.target, captureLimit: 65_536)
    } catch {
      throw watch.stop.isStopped
        ? .interrupted : .unmeasurable("\(settings.target.url) stopped answering: \(error)", advice: [])
    }

    let origins = AnswerOrigins([first.head, second.head])
    var groups = [addresses(ready), answer(first, second, to: template)]
    if let tls = first.tls { groups.insert(tls.inspection(), at: 1) }
    if let unknown { groups.append(unknownPathGroup(unknown, first)) }
    var advice: [InspectionAdvice] = []
    let (naming, served) = try fingerprint(preparation, ready, origins, &groups, &advice)
    let isExpected = preparation.expectedStatuses.contains(first.head.status)
    var assertions = [
      Assertion(
        .answers, verdict: isExpected ? .pass : .fail, expected: "an expected status",
        actual: "\(first.head.status)"),
      naming,
    ]
    assertions += served
    if isExpected, let wanted = settings.expectedBody {
      let isMet = settings.accepts(first)
      assertions.append(
        Assertion(
          .expectedBody, verdict: isMet ? .pass : .fail, expected: "content with \(wanted.text)",
          actual: isMet ? "found" : "not found"))
    }
    if let addresses = ready.everyAddressAnswers { assertions.append(addresses) }
    assertions += origins.assertions(settings)
    // Whoever says --insecure does not ask for it.
    if settings.target.scheme == .https, settings.tls.verifies || distrust != nil {
      assertions.insert(
        Assertion(
          .certificateTrusted, verdict: distrust == nil ? .pass : .fail,
          expected: "a certificate that clients trust",
          actual: first.tls?.distrust ?? distrust ?? "trusted"), at: 1)
    }
    let sent = ledger.findings(header: naming.verdict == .pass ? naming.actual : nil)
    assertions += sent.assertions
    if let tried = sent.triedInWords, let index = groups.firstIndex(where: { $0.title == Self.whoAnswers }) {
      groups[index].rows.append(
        InspectionRow(name: "Tried in vain", value: tried, note: "The balancer then asked another backend."))
    }
    let notes = distrust.map { ["Looked at without trusting the certificate: \($0). \(Advice.distrust)"] } ?? []
    var document = ReportDocument(
      tool: .lbcheck, check: .inspect,
      target: TargetSection(url: settings.target.url, addresses: ready.attempts.map { $0.address.description }),
      startedAt: begun.startedAt, durationSeconds: begun.seconds,
      summary: summary(origins, naming, served, sent),
      assertions: assertions, notes: notes + sent.notes + leniencyNotes([first, second, unknown]) + ready.notes,
      command: settings.command,
      preparation: sent.sent, inspection: InspectionSection(groups: groups, advice: advice))
    if document.verdict == .fail {
      document.conclude(finding: "the target answers", down: origins.down(settings))
    } else {
      document.concludeAsSummarized()
    }
    return document
  }

  private func leniencyNotes(_ exchanges: [ProbedResponse?]) -> [String] {
    Leniency.allCases.compactMap { leniency in
      let count = exchanges.count { $0?.leniencies.contains(leniency) == true }
      return count > 0 ? leniency.note(answers: count) : nil
    }
  }

  private func summary(_ origins: AnswerOrigins, _ naming: Assertion, _ served: [Assertion], _ sent: PartPreparation)
    -> String
  {
    if let down = origins.down(settings) { return Headline.sentence(down) }
    if let (reason, _) = origins.insteadOfBackends(settings) { return Headline.sentence(reason) }
    if let open = served.first(where: { $0.verdict != .pass }) {
      return "A header tells the target's backends apart, but \(open.actual)."
    }
    return naming.verdict == .pass
      ? "The target answers, and a header tells its backends apart"
        + (sent.triedInWords.map { "; the balancer tried in vain: \($0)." } ?? ".")
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
            value: reached.connectTime.map { "connected in \(milliseconds($0))" } ?? "connected")
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
        InspectionRow(name: "HTTP version", value: "HTTP/1.\(first.head.minorVersion)"),
        InspectionRow(name: "Status", value: "\(first.head.status)"),
        InspectionRow(name: "Answered in", value: milliseconds(first.serviceTime)),
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

  /// Whether the site says so when there is nothing at a path.
  private func unknownPathGroup(_ unknown: ProbedResponse, _ first: ProbedResponse) -> InspectionGroup {
    let isSame = unknown.head.status == first.head.status && unknown.content == first.content
    let note: String? =
      switch unknown.head.status {
      case 404, 410: nil
      case 200..<300:
        isSame
          ? "The same page as the target's: a single-page app answers every path, so a wrong link never shows as 404."
          : "A page is there for a path that nobody made: wrong links never show as 404."
      case 300..<400: "Redirected to \(unknown.head.value(of: "location") ?? "nowhere")."
      default: "404 was to be expected."
      }
    return InspectionGroup(
      title: "Unknown path", rows: [InspectionRow(name: "Status", value: "\(unknown.head.status)", note: note)])
  }

  private func fingerprint(
    _ preparation: Preparation, _ ready: ReadyTarget, _ origins: AnswerOrigins, _ groups: inout [InspectionGroup],
    _ advice: inout [InspectionAdvice]
  ) throws(CheckError) -> (naming: Assertion, served: [Assertion]) {
    do throws(CheckError) {
      let found = try preparation.discover(ready)
      var rows = [
        InspectionRow(
          name: "Header", value: found.header, note: settings.backendHeader == nil ? "Found by looking." : nil),
        InspectionRow(
          name: "Backends", value: found.backends.joined(separator: ", "),
          note: found.backends.count == 1
            ? "One over \(Preparation.probeCount) requests on one connection; `lbcheck fairness` looks closer." : nil),
      ]
      if let header = settings.generationHeader {
        let lives = found.generations(in: header)
        rows.append(
          InspectionRow(
            name: "Generations", value: lives.isEmpty ? "none" : lives.joined(separator: ", "),
            note: lives.isEmpty ? "No answer has the header '\(header)'." : nil))
      }
      groups.append(InspectionGroup(title: Self.whoAnswers, rows: rows))
      return (
        Assertion(
          .namesBackends, verdict: .pass, expected: "a header that names the backend", actual: found.header),
        AnswerOrigins.servedByBackends(nameless: found.nameless, of: found.heads.count)
      )
    } catch {
      let text: String
      let lines: [String]
      switch error {
      case .unmeasurable(let reason, let advice): (text, lines) = (reason, advice)
      case .down(let reason): (text, lines) = (reason, [])
      case .usage, .interrupted: throw error
      }
      groups.append(
        InspectionGroup(title: Self.whoAnswers, rows: [InspectionRow(name: "Header", value: "none", note: text)]))
      let hidden = origins.insteadOfBackends(settings)
      guard hidden == nil, origins.down(settings) == nil else {
        if let hidden { advice = [InspectionAdvice(title: "What to ask", lines: hidden.advice)] }
        return (Self.namesNone, [])
      }
      let header = settings.backendHeader ?? "X-Backend"
      advice = [
        InspectionAdvice(title: "nginx, beside proxy_pass", lines: [Advice.nginx(header)]),
        InspectionAdvice(title: "HAProxy, in the backend", lines: [Advice.haproxy(header)]),
        InspectionAdvice(title: "Express, before the routes", lines: [Advice.express(header)]),
      ]
      if let hint = lines.first, hint.hasPrefix("Header '") {
        advice.insert(InspectionAdvice(title: "Or use what is there", lines: [hint]), at: 0)
      }
      return (Self.namesNone, [])
    }
  }

  private static let namesNone = Assertion(
    .namesBackends, verdict: .inconclusive, expected: "a header that names the backend", actual: "none")

  private func milliseconds(_ time: Nanoseconds) -> String { "\(Double(time / 1_000) / 1_000) ms" }
}
