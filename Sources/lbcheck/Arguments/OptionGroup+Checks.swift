internal import Checks
internal import HTTP
internal import Load
internal import Report
internal import Statistics

extension OptionGroup {
  static let target = OptionGroup(
    title: "Target",
    options: [
      .value(
        "--profile", named: "FILE",
        help: "Read target and options from a JSON5 profile; the command line wins over it.",
        as: .text, to: \.profile
      ).about(.process),
      .flag(
        "--print-profile", help: "Print what is in force, as a profile, and do nothing else.", sets: \.printsProfile
      ).about(.process),
      .list(
        "--resolve", named: "HOST:PORT:ADDR",
        help: "Use this address (or several, with commas) for a host and port, without resolving it. Repeatable.",
        as: .text, to: \.target.resolves),
      .list(
        "--connect-to", named: "H1:P1:H2:P2",
        help: "Connect to the second host and port instead of the first. Repeatable.", as: .text,
        to: \.target.connectTos),
      .value(
        "--method", "-X", named: "METHOD", help: "The request's method.", defaultText: "GET", as: .text,
        to: \.target.method),
      .list(
        "--header", "-H", named: "'N: V'",
        help:
          "Send a header. The value may be @FILE or @env:NAME, so that it is in no list of arguments; @@ stands for a "
          + "leading @. Repeatable.", as: .header, to: \.target.headers),
      .list(
        "--cookie", "-b", named: "NAME=VALUE",
        help: "Send a cookie, whose value may be @FILE or @env:NAME as well. Repeatable.", as: .cookies,
        to: \.target.cookies),
      .value(
        "--body", named: "TEXT", help: "Send a body: a text, @FILE or @env:NAME.", as: .content, to: \.target.body),
      .value(
        "--grpc", named: "SERVICE/METHOD",
        help:
          "Make a unary gRPC call of --body's message over HTTP/2; grpc-status decides. grpc.health.v1.Health/Check has to answer "
          + "SERVING.", as: .call, to: \.target.call),
      .list(
        "--request", named: "'[METHOD ]PATH[=WEIGHT]'",
        help: "Send this kind of request; with several, each as often as its weight says. Repeatable.",
        as: .request, to: \.target.requests),
      .value(
        "--http", named: "VERSION",
        help:
          "The version of HTTP: 1.1, 2 (chosen by ALPN over https, with prior knowledge over http), or auto, which takes what "
          + "ALPN gives.", defaultText: "1.1; 2 with --grpc", as: .choice(), to: \.traffic.askedHTTP),
      .value(
        "--wait-up", named: "D", help: "Wait so long, before anything else, until the target answers at all.",
        as: .duration, to: \.target.waitUp),
      .flag(
        "--insecure", "-k", help: "https: accept any certificate, even an expired or another host's.",
        sets: \.target.tls.verifies, to: false),
      .value(
        "--cacert", named: "FILE", help: "https: trust the certificates in a PEM file in place of the system's.",
        as: .text, to: \.target.tls.authorities),
      .value(
        "--cert", named: "FILE", help: "https: the client's own certificate, as PEM.", as: .text,
        to: \.target.tls.certificate),
      .value(
        "--key", named: "FILE", help: "https: its key, as PEM.", defaultText: "in the file of --cert",
        as: .text, to: \.target.tls.key),
      .flag(
        "--no-tls-resumption", help: "https: a full handshake for every connection.", sets: \.target.tls.resumes,
        to: false),
    ])

  /// The target of a check without traffic, which looks at answers of HTTP alone.
  static let inspected = OptionGroup(title: target.title, options: target.options.filter { $0.name != "--grpc" })

  /// The target of a check whose traffic may be any requests.
  static let targets = OptionGroup(
    title: target.title,
    options: target.options.flatMap { option in
      option.name != "--request"
        ? [option]
        : [
          option,
          .value(
            "--targets", named: "FILE",
            help:
              "Send the requests that a file lists as vegeta has them, in their order and then again; - is standard input.",
            as: .text, to: \.target.list),
        ]
    })

  static let whoAnswers = OptionGroup(
    title: "Who answers",
    options: [
      .value(
        "--backend-header", named: "NAME", help: "The response header that names the backend.",
        defaultText: "found by looking", as: .text, to: \.fingerprint.backendHeader),
      .value(
        "--backend-list", named: "KIND",
        help:
          "What a list in that header is: the servers tried (tries) or the path through proxies (path); auto goes by its entries.",
        as: .choice(), to: \.fingerprint.backendList
      ),
      .value(
        "--generation-header", named: "NAME",
        help: "The response header that names the generation of a backend: its pid or version.",
        as: .text, to: \.fingerprint.generationHeader),
    ])

  /// The same for a check that follows generations, which need not be named by a header.
  static let whoAnswersWhen = OptionGroup(
    title: whoAnswers.title,
    options: whoAnswers.options + [
      .value(
        "--generation-body", named: "PATTERN",
        help:
          "Read the generation off the page instead: the first group of a regular expression such as 'build-(\\w+)', or its match, "
          + "in the first line of the first 64 KiB that has one.",
        as: .generation, to: \.fingerprint.generationBody),
      .flag(
        "--generation-certificate",
        help:
          "https: take the serial number of the server's certificate for the generation; no session is then resumed.",
        sets: \.fingerprint.generationCertificate),
    ])

  private static let probesAsIs = Option.flag(
    "--probe-as-is",
    help:
      "Send the request as it is beside the traffic too, instead of GET in place of an unsafe method.",
    sets: \.probing.isAsIs)

  /// What may be sent beside the traffic.
  static let probing = OptionGroup(
    title: "Beside the traffic",
    options: [
      probesAsIs,
      .flag(
        "--no-probe",
        help:
          "Send no request beside the traffic, only connect; without --backend-header, backends are then not distinguished.",
        sets: \.probing.isAllowed, to: false),
    ])

  /// The same for a check that has no traffic.
  static let inspecting = OptionGroup(title: probing.title, options: [probesAsIs])

  static let expectations = OptionGroup(
    title: "What is expected",
    options: [
      .list(
        "--backend", named: "NAME[=WEIGHT]",
        help:
          "A backend that has to answer, with its weight, or NAME=backup for one that must stay silent. Repeatable.",
        as: .backend, to: \.expectation.backends),
      .value(
        "--policy", named: "POLICY",
        help: "How the work is shared: \(BalancingPolicy.expectable.map(\.rawValue).joined(separator: ", ")).",
        defaultText: "round-robin; weighted-round-robin with weights; single with one backend and backups", as: .policy,
        to: \.expectation.policy),
      // Given, it demands that the unit was seen for sure, even where it is the one expected without it.
      .value(
        "--per", named: "UNIT",
        help: "What is dealt out by it: each request, or each connection with all of its requests.",
        defaultText: "request; either with --fresh-connections 100%", as: .choice(), to: \.expectation.per),
      .value(
        "--tolerance", named: "SHARE",
        help: "The largest distance of a backend's share from its expectation, as 0.02 or 2%.",
        as: .share, to: \.expectation.tolerance),
      .value(
        "--unequal", named: "PATH",
        help:
          "A path whose answers take long, or longer from some backends: a load of GETs for it tells least connections and two "
          + "choices from a rotation.", as: .text, to: \.expectation.unequalPath),
    ])

  private static let multiplex = Option.value(
    "--multiplex", named: "M", help: "With --http 2: how many requests a connection carries at a time.", as: .multiplex,
    to: \.traffic.multiplex)

  private static let clock = Option.value(
    "--clock", named: "CLOCK",
    help:
      "When an answer ends: kernel, when its last byte has come to this machine, or user, when lbcheck has read it.",
    defaultText: "kernel in open loop, user in closed loop", as: .choice(), to: \.traffic.clock)

  static func traffic(requests: String) -> OptionGroup {
    OptionGroup(
      title: "Traffic",
      options: [
        .value(
          "--requests", "-n", named: "N", help: "How many requests to make.", defaultText: requests,
          as: .requests, to: \.traffic.requests),
        .value(
          "--duration", "-d", named: "D", help: "For how long requests become due.", as: .duration,
          to: \.traffic.duration),
        .value(
          "--connections", "-c", named: "N",
          help: "How many connections carry requests, one at a time each unless --multiplex says otherwise.",
          as: .connections, to: \.traffic.connections),
        multiplex,
        .value(
          "--fresh-connections", named: "SHARE", help: "The share of requests that get a connection of their own.",
          as: .share, to: \.traffic.freshShare),
        .value(
          "--rate", "-r", named: "R",
          help:
            "Open loop: R requests a second, however slow the answers. Without it, each connection waits for an answer before its next request.",
          as: .rate, to: \.traffic.rate),
        .value(
          "--ramp", named: "R1..R2", help: "Open loop: from one rate to another over --duration.",
          as: .ramp, to: \.traffic.ramp),
        .value(
          "--steps", named: "R:D,…", help: "Open loop: one rate after another.", as: .steps, to: \.traffic.steps),
        .flag(
          "--poisson", help: "With --rate: at random times, as many independent visitors would.",
          sets: \.traffic.isPoisson),
        clock,
        .value(
          "--workers", named: "N", help: "How many threads send the traffic.", as: .workers,
          to: \.traffic.workers),
        .value(
          "--timeout", named: "D", help: "How long a response may take.", as: .timeout,
          to: \.traffic.responseTimeout),
        .value(
          "--connect-timeout", named: "D", help: "How long a connection may take.",
          as: .timeout, to: \.traffic.connectTimeout),
        .value(
          "--expect-status", named: "LIST", help: "Statuses that count as success, such as 200,204 or 2xx.",
          defaultText: "200-399", as: .statuses, to: \.traffic.askedStatuses),
        .value(
          "--expect-body", named: "TEXT",
          help:
            "Count an answer without this text in its first MiB as a failure; or /regular expression/, in its first "
            + "256 KiB, of no more than \(BodyExpectation.mostPatternSteps) steps, without backreferences and lookaround.",
          as: .body, to: \.traffic.expectedBody),
        .flag("--allow-cache", help: "Accept answers from a cache, too.", sets: \.traffic.allowsCache),
        .flag(
          "--cookies", help: "Give each connection a cookie jar, so that it sends back what answers set.",
          sets: \.traffic.keepsCookies),
        .flag(
          "--no-retry", help: "Count a reused connection that the server had just closed as a failure.",
          sets: \.traffic.retriesClosedConnections, to: false),
        .value("--seed", named: "N", help: "Fixes every random choice.", as: .seed, to: \.traffic.seed),
      ])
  }

  /// The report of a check that makes traffic.
  static let trafficReport = OptionGroup(
    title: report.title, .output,
    options: [
      .list(
        "--format", named: "LIST",
        help: "Also write the figures for other programs: csv (requests, seconds and latencies), hgrm (percentiles for "
          + "HdrHistogram's plotter), prometheus (for node_exporter) or junit (for CI servers), or several with commas. Repeatable.",
        as: .formats, to: \.report.formatLists),
      live,
    ] + report.options)

  /// The report of a gate.
  static let gateReport = OptionGroup(title: report.title, .output, options: [live] + report.options)

  private static let live = Option.value(
    "--live", named: "PORT",
    help: "Serve a page that shows the check while it goes on, and then its report, on 127.0.0.1; 0 takes a free port.",
    as: .anyPort, to: \.report.livePort)

  static let report = OptionGroup(
    title: "Report", .output,
    options: [
      .value(
        "--out", "-o", named: "DIR", help: "The folder for the report.",
        defaultText: "Reports/<check>-<host>-<UTC time>",
        as: .text, to: \.report.folder),
      .flag("--json", help: "Print the report as JSON.", sets: \.report.printsJSON),
      .flag("--quiet", "-q", help: "Print the result only.", sets: \.report.isQuiet),
      .flag("--no-progress", help: "Show no progress.", sets: \.report.showsProgress, to: false),
      .flag(
        "--show-secrets",
        help: "Show header values, bodies, cookies, passwords and tokens, which are otherwise masked everywhere.",
        sets: \.report.showsSecrets),
      .flag(
        "--no-color", help: "Use no colours (as does NO_COLOR in the environment).", sets: \.report.usesColour,
        to: false),
      .flag("--help", "-h", help: "Show help information.", sets: \.showsHelp).about(.process),
    ])
}
