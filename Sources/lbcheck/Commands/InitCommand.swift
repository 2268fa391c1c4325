internal import Checks
internal import HTTP
internal import Report

extension Command {
  static let initialization = Command(
    name: "init", abstract: "Write a site's profile from what is there, and say which lines are missing.",
    discussion: """
        lbcheck init http://127.0.0.1:8080/
        lbcheck init alvin.xyz --nginx-conf /etc/nginx/nginx.conf

      Asks the site as inspect does, reads the configuration of nginx (`nginx -T` where there is an
      nginx) or HAProxy and pm2's list of apps, and changes none of them. Without a target it takes
      the one site that the configuration balances.
      """,
    positional: ("target", "A URL or a host; without it, the only site that the configuration balances."),
    groups: [.initialization, .initialTarget, .initialManager, .initialOutput]
  ) { (request, invocation) throws(CommandError) in
    let run = Initialization(request: request, invocation: invocation)
    let findings = try run.findings()
    let path = run.path(findings)
    let draft = ProfileDraft(findings)
    try run.write(draft.text, to: path)
    let site = request.initialization.file == nil ? findings.target.host : CommandWords.line(["--profile", path])
    let text = InitSummary(draft, file: path, site: site).lines.map { Escaping.terminal(Secrets.text($0)) + "\n" }
      .joined()
    guard findings.survey == nil else { return .text(text) }
    Terminal.result(text)
    return .summary(["The site was not asked, so nothing shows that the profile is right."], .inconclusive)
  }
}

extension OptionGroup {
  fileprivate static let initialization = OptionGroup(
    title: "Configuration", .process,
    options: [
      .value(
        "--nginx-conf", named: "FILE", help: "nginx's first file, or a file with what `nginx -T` prints.",
        defaultText: "`nginx -T`, where there is an nginx", as: .text, to: \.initialization.nginxFile),
      .value(
        "--haproxy-conf", named: "FILE", help: "HAProxy's configuration.", as: .text, to: \.initialization.haproxyFile),
    ])

  /// How the site is reached; all of it goes into the profile.
  fileprivate static let initialTarget = OptionGroup(
    title: "Target", .process,
    options: target.options.filter {
      ["--resolve", "--connect-to", "--insecure", "--cacert", "--cert", "--key"].contains($0.name)
    })

  fileprivate static let initialManager = OptionGroup(
    title: "Manager", .process, options: manager.options.filter { ["--pm2-program", "--pm2-home"].contains($0.name) })

  fileprivate static let initialOutput = OptionGroup(
    title: "Output", .process,
    options: [
      .value(
        "--out", "-o", named: "FILE", help: "The file to write.", defaultText: "Profiles/<host>.json5", as: .text,
        to: \.initialization.file),
      .flag("--force", help: "Replace the file if it is there.", sets: \.initialization.replaces),
      .flag("--no-progress", help: "Show no progress.", sets: \.report.showsProgress, to: false),
      .flag("--help", "-h", help: "Show help information.", sets: \.showsHelp),
    ])
}
