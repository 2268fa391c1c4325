internal import Checks
internal import Deployment
internal import HTTP
internal import Report

/// What `init` says on the terminal: what it found, what is missing with the lines to add, and what to run.
struct InitSummary {
  private let findings: InitFindings
  private let naming: BackendNaming
  private let file: String
  /// What stands for the site in commands: its host, or `--profile FILE`.
  private let site: String

  init(_ draft: ProfileDraft, file: String, site: String) {
    findings = draft.findings
    naming = draft.naming
    self.file = file
    self.site = site
  }

  /// Each line as it is shown, nothing of it yet escaped.
  var lines: [String] {
    var lines = ["Wrote \(file)"]
    lines += section("Found", found)
    lines += section("Missing", Array(missing.flatMap(Self.lines).dropLast()))
    lines += section("Not understood", notUnderstood)
    lines += section(
      missing.isEmpty ? "Now run" : "Then run",
      [
        "lbcheck inspect \(site)", "lbcheck fairness \(site)",
        "lbcheck reload-test \(site)\(findings.deployedApps.isEmpty ? "   # once the profile's deploy says what reloads" : "")",
      ])
    return lines
  }

  private func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", title] + lines.map { $0.isEmpty ? "" : "  \($0)" }
  }

  private var found: [String] {
    var lines: [String] = []
    let url = findings.target.url
    if let survey = findings.survey {
      let server = survey.server.map { " from \($0)" } ?? ""
      lines.append("\(url): \(survey.status)\(server) at \(survey.addresses.joined(separator: ", "))")
      if let location = survey.location { lines.append("\(url) redirects to \(location)") }
      if let reason = survey.distrust { lines.append("its certificate is not trusted: \(reason)") }
      if let header = survey.backendHeader {
        lines.append("header \(header): \(survey.backends.joined(separator: ", "))")
      }
      if let header = survey.generationHeader { lines.append("header \(header): tells lives of a backend apart") }
      if !survey.silentAddresses.isEmpty {
        lines.append("no answer at \(survey.silentAddresses.joined(separator: ", "))")
      }
    }
    lines += (findings.declared?.found ?? []).map { finding in
      (finding.place.map { "\($0): " } ?? "") + finding.text
    }
    if !naming.strangers.isEmpty {
      lines.append("answers name \(naming.strangers.joined(separator: ", ")), which the configuration does not have")
    }
    lines += findings.apps.map { "pm2 \($0.text)" }
    return lines + findings.notes
  }

  private var notUnderstood: [String] {
    var seen: Set<NotUnderstood> = []
    return (findings.declared?.notUnderstood ?? []).filter { seen.insert($0).inserted }.map(\.description)
  }

  /// What is to be added, by the site's answers as well as by the configuration.
  private var missing: [DeclaredSite.Missing] {
    var missing = findings.declared?.missing ?? []
    // A header that answers have needs no line; one that only the app can send needs another.
    if naming.standing == .answered || findings.isOneForMany { missing.removeAll { $0.what == DeclaredSite.noHeader } }
    if naming.standing == .toAdd, !missing.contains(where: { $0.what == DeclaredSite.noHeader }) {
      missing.insert(contentsOf: headerLines, at: 0)
    }
    if naming.standing == .onlyDeclared, findings.survey != nil {
      missing.insert(
        .init(
          what:
            "The configuration adds \(naming.header), and the answers do not have it: the balancer has to be reloaded.",
          place: "", lines: []), at: 0)
    }
    if let balancer = findings.balancer, findings.declared?.group != nil, !missing.isEmpty {
      missing.append(
        .init(what: "Then the balancer has to be reloaded, on its machine:", place: "", lines: [balancer.reload]))
    }
    if findings.survey != nil, findings.survey?.generationHeader == nil {
      missing.append(
        .init(
          what: "For reload-test: no header tells one life of a backend from the next.",
          place: "the app, before its routes; without Express the handler begins with \(Advice.nodeGeneration)",
          lines: [Advice.expressGeneration]))
    }
    for app in findings.deployedApps where app.isClusterMode == false {
      missing.append(
        .init(
          what:
            "pm2 runs \(app.name) in fork mode, in which `pm2 reload` restarts it: reload-test shows what that costs.",
          place: "", lines: []))
    }
    return missing
  }

  /// The lines for a header where no configuration says where they go.
  private var headerLines: [DeclaredSite.Missing] {
    if findings.isOneForMany {
      return [
        .init(
          what: "\(DeclaredSite.noHeader) Several processes share one port, so only the app can name them.",
          place: "the app, before its routes", lines: [Advice.express(naming.header)])
      ]
    }
    let advice = findings.survey?.advice ?? []
    return advice.isEmpty
      ? []
      : [
        .init(
          what: DeclaredSite.noHeader, place: "one of these", lines: advice.flatMap { ["# \($0.title)"] + $0.lines })
      ]
  }

  private static func lines(_ missing: DeclaredSite.Missing) -> [String] {
    var lines = [missing.what]
    if !missing.place.isEmpty { lines.append("\(missing.place):") }
    lines += missing.lines.map { "    \($0)" }
    return lines + missing.traps.map { "  Mind: \($0)" } + [""]
  }
}
