internal import Checks
internal import Deployment
internal import HTTP
internal import Load
internal import Report
internal import Statistics

/// The profile that `init` writes, as JSON5 with comments.
struct ProfileDraft {
  let findings: InitFindings
  let naming: BackendNaming

  init(_ findings: InitFindings) {
    self.findings = findings
    naming = BackendNaming(findings)
  }

  var text: String {
    var lines = ["// \(comment("Written by `lbcheck init`. The command line wins over what stands here."))", "{"]
    lines.append("  target: \(quoted(findings.target.url)),")
    lines += targetLines + [""] + headerLines + [""] + backendLines + policyLines + [""] + generationLines + [""]
    lines += deployLines
    return lines.joined(separator: "\n") + "\n}\n"
  }

  private func quoted(_ text: String) -> String { ProfileWriting.quoted(text) }

  /// A text from outside that ends neither its line nor the comment.
  private func comment(_ text: String) -> String { Escaping.terminal(text) }

  private func list(_ key: String, _ items: [String]) -> [String] {
    items.isEmpty ? [] : ["  \(key): [\(items.map(quoted).joined(separator: ", "))],"]
  }

  private var targetLines: [String] {
    let options = findings.options
    var lines = list("resolve", options.resolves) + list("connectTo", options.connectTos)
    if !lines.isEmpty {
      lines.insert("  // Where its connections go; take it out to ask the address that the name has.", at: 0)
    }
    if !options.tls.verifies { lines.append("  insecure: true,") }
    for (key, file) in [
      ("cacert", options.tls.authorities), ("cert", options.tls.certificate), ("key", options.tls.key),
    ] {
      if let file { lines.append("  \(key): \(quoted(file)),") }
    }
    return lines
  }

  private var headerLines: [String] {
    let standing =
      switch naming.standing {
      case .answered: "The header by which answers name the backend."
      case .onlyDeclared: "The configuration adds this header; the answers do not have it yet."
      case .toAdd: "The header that the lines to add will send; no answer has it yet."
      }
    return ["  // \(standing)", "  backendHeader: \(quoted(naming.header)),"]
  }

  private var backendLines: [String] {
    if let omission = naming.omission {
      return [
        "  // No backends: \(comment(omission)). Then whoever answers has to do so in rotation.",
        "  // backends: { \"NAME\": 1 },",
      ]
    }
    let items = naming.backends.map { backend in
      "\(quoted(backend.name ?? "")): \(backend.role == .backup ? "\"backup\"" : "\(backend.weight)")"
    }
    let group = findings.declared?.group
    let place = group.map { "As \($0.place) declares them, by their names in that header: " } ?? ""
    return ["  // \(comment(place))a weight, or \"backup\" for one that must stay silent."]
      + (items.joined(separator: ", ").count < 80
        ? ["  backends: { \(items.joined(separator: ", ")) },"]
        : ["  backends: {"] + items.map { "    \($0)," } + ["  },"])
  }

  private var policyLines: [String] {
    guard let group = findings.declared?.group, naming.omission == nil, group.primaries.count > 1 else { return [] }
    let policy: BalancingPolicy
    switch group.method {
    case .roundRobin: return []
    case .cookie:
      return [
        "  // A cookie keeps visitors: new ones are dealt out, and `lbcheck sessions` looks at whether they stay."
      ]
    case .other(let words):
      return [
        "  // How a server is chosen is not understood (\(comment(words))): give it with policy.",
        "  // policy: \"round-robin\",",
      ]
    case .leastConnections: policy = .leastConnections
    case .random: policy = .random
    case .twoChoices: policy = .twoChoices
    case .keyed: policy = .sticky
    }
    return ["  // \(comment("Declared: \(group.method)."))", "  policy: \(quoted(policy.rawValue)),"]
  }

  private var generationLines: [String] {
    if let header = findings.survey?.generationHeader {
      return ["  // It tells one life of a backend from the next.", "  generationHeader: \(quoted(header)),"]
    }
    return [
      "  // A header with the app's process id tells one life of a backend from the next; reload-test finds it by itself.",
      "  // generationHeader: \"X-Generation\",",
    ]
  }

  private var deployLines: [String] {
    let apps = findings.deployedApps
    if !apps.isEmpty {
      return [
        "  // \(comment("Who reloads: pm2 lists \(apps.map(\.text).joined(separator: "; "))."))",
        "  deploy: { pm2: \(quoted(apps.map(\.name).joined(separator: ","))) },",
      ]
    }
    let guess = findings.apps.count == 1 ? quoted(findings.apps[0].name) : "\"APP\""
    let why =
      findings.apps.isEmpty
      ? "What reloads, for reload-test: an app of pm2, or any commands."
      : comment(
        "What reloads is not known: no app of pm2 shows the port of a backend (\(findings.apps.map(\.text).joined(separator: "; ")))."
      )
    return [
      "  // \(why)",
      "  // deploy: { pm2: \(guess) },",
      "  // deploy: { reload: \"systemctl reload APP\", restart: \"systemctl restart APP\" },",
    ]
  }
}
