internal import Checks
internal import HTTP
internal import Load
internal import Platform
internal import Report
internal import Statistics
internal import Testbed

/// Everything that subcommands can be told; each takes its own part of it.
package struct Options: Sendable, Equatable {
  package init() {}

  var target: String?
  /// All positional arguments.
  var operands: [String] = []
  var profile: String?
  var printsProfile = false
  var resolves: [String] = []
  var connectTos: [String] = []
  var method: String?
  var headers: [HeaderField] = []
  var body: String?
  var requestChoices: [RequestChoice] = []

  var verifiesCertificate = true
  var authorities: String?
  var certificate: String?
  var certificateKey: String?
  var resumesTLS = true

  var backendHeader: String?
  var backendList = BackendList.automatic
  var generationHeader: String?
  var probesAsIs = false
  var probes = true
  var backends: [ExpectedBackend] = []

  var requests: Int?
  var duration: Nanoseconds?
  var connections: Int?
  var freshShare = 0.0
  var workers = 1
  var rate: Double?
  var ramp: RateRamp?
  var steps: [Pacer.Step]?
  var isPoisson = false
  var timeout: Nanoseconds = 10_000_000_000
  var connectTimeout: Nanoseconds = 5_000_000_000
  var expectedStatuses: [ClosedRange<Int>]?
  var expectedBody: BodyExpectation?
  var allowsCache = false
  var retries = true
  var seed: UInt64 = 1

  var policy: BalancingPolicy?
  var tolerance = 0.02

  var port: UInt16 = 0

  var pm2App: String?
  var pm2Program = "pm2"
  var pm2Home: String?
  var reloadCommand: [String]?
  var restartCommand: [String]?
  var usesTestbed = false
  var stopCommand: [String]?
  var startCommand: [String]?
  var breakCommand: [String]?
  var repairCommand: [String]?
  var managerTimeout: Nanoseconds = 120_000_000_000
  var instance: String?
  var allInTurn = false
  var failoverSettle: Nanoseconds?
  var restarts = true
  var breaksBuild = false
  var demandsSurvivingBrokenBuild = false
  var demandsSurvivingRestart = false
  var slowPath: String?
  var testbedBackends = 3
  var brokenBuild = EmbeddedStack.Build.crashing
  var reloadFault = EmbeddedStack.ReloadFault.none
  var startDelay: Nanoseconds?
  var demandsReplacement = true
  var settle: Nanoseconds = 5_000_000_000
  var p99Factor = 5.0
  var recovery: Nanoseconds = 30_000_000_000
  var mostGap: Nanoseconds?

  /// Limits by percentile.
  var objectives: [Double: Nanoseconds] = [:]
  var percentiles: [LatencyObjective] = []
  var failedShare = 0.001
  var demandedRate: Double?
  var precision = 0.05
  var startRate: Double?
  var maxRate = CapacityPlan.defaultMaxRate
  var shortestStep: Nanoseconds = 3_000_000_000
  var budget: Nanoseconds = 300_000_000_000
  var scale: [Int] = []
  var ladder: [Pacer.Step]?
  var testbedDelay: Nanoseconds = 10_000_000
  var testbedConcurrency = 2
  var gatedChecks: [CheckKind] = []
  var thresholds: [Threshold] = []
  var baseline: String?

  var comparisonMargin = ReportComparison.defaultMargin
  var level = ReportComparison.defaultLevel
  var failsOnRegression = false

  var shard: Shard?
  var isWhole = false
  /// In nanoseconds since 1970.
  var startAt: Int64?
  var startFile: String?
  var startTimeout: Nanoseconds = 300_000_000_000
  var allowsMissing = false

  var outputFolder: String?
  var formatLists: [[ReportFormat]] = []
  var formats: Set<ReportFormat> { Set(formatLists.joined()) }
  var printsJSON = false
  var isQuiet = false
  var showsProgress = true
  var usesColour = true
  var showsSecrets = false
  var showsHelp = false
}

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
        help: "Use this address (or several, with commas) for a host and port, without a look-up. Repeatable.",
        as: .text, to: \.resolves),
      .list(
        "--connect-to", named: "H1:P1:H2:P2",
        help: "Connect to the second host and port for the first. Repeatable.", as: .text, to: \.connectTos),
      .value(
        "--method", "-X", named: "METHOD", help: "The request's method.", standard: "GET", as: .text,
        to: \.method),
      .list(
        "--header", "-H", named: "'N: V'", help: "Send a header. Repeatable.", as: .header, to: \.headers),
      .value("--body", named: "TEXT", help: "Send a body.", as: .content, to: \.body),
      .list(
        "--request", named: "'[METHOD ]PATH[=WEIGHT]'",
        help: "Send this kind of request; with several, each as often as its weight says. Repeatable.",
        as: .request, to: \.requestChoices),
      .flag(
        "--insecure", "-k", help: "https: take any certificate, also an expired or another host's.",
        sets: \.verifiesCertificate, to: false),
      .value(
        "--cacert", named: "FILE", help: "https: trust the certificates in a PEM file in place of the system's.",
        as: .text, to: \.authorities),
      .value(
        "--cert", named: "FILE", help: "https: the client's own certificate, as PEM.", as: .text,
        to: \.certificate),
      .value(
        "--key", named: "FILE", help: "https: its key, as PEM.", standard: "in the file of --cert",
        as: .text, to: \.certificateKey),
      .flag(
        "--no-tls-resumption", help: "https: a full handshake for every connection.", sets: \.resumesTLS, to: false),
    ])

  static let whoAnswers = OptionGroup(
    title: "Who answers",
    options: [
      .value(
        "--backend-header", named: "NAME", help: "The response header that names the backend.",
        standard: "found by looking", as: .text, to: \.backendHeader),
      .value(
        "--backend-list", named: "KIND",
        help:
          "What a list in that header is: the servers tried (tries) or the way through (path); auto tells by its entries.",
        standard: "auto", as: .choice(), to: \.backendList
      ),
      .value(
        "--generation-header", named: "NAME",
        help: "The response header that tells one life of a backend from the next: its pid or version.",
        as: .text, to: \.generationHeader),
    ])

  private static let probesAsIs = Option.flag(
    "--probe-as-is",
    help:
      "Send the request as it is beside the traffic as well, where GET is sent in place of a method that is not safe.",
    sets: \.probesAsIs)

  /// What may be sent beside the traffic.
  static let probing = OptionGroup(
    title: "Beside the traffic",
    options: [
      probesAsIs,
      .flag(
        "--no-probe",
        help: "Send nothing beside the traffic; without --backend-header, backends are then not told apart.",
        sets: \.probes, to: false),
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
        as: .backend, to: \.backends),
      .value(
        "--policy", named: "POLICY",
        help: "round-robin, weighted-round-robin, random, sticky or single.",
        standard: "round-robin; weighted-round-robin with weights", as: .policy, to: \.policy),
      .value(
        "--tolerance", named: "SHARE",
        help: "The largest distance of a backend's share from its expectation, as 0.02 or 2%.", standard: "0.02",
        as: .share, to: \.tolerance),
    ])

  static func traffic(requests: String, connections: Int) -> OptionGroup {
    OptionGroup(
      title: "Traffic",
      options: [
        .value(
          "--requests", "-n", named: "N", help: "How many requests to make.", standard: requests,
          as: .requests, to: \.requests),
        .value(
          "--duration", "-d", named: "D", help: "How long requests become due.", as: .duration,
          to: \.duration),
        .value(
          "--connections", "-c", named: "N", help: "How many requests may be in flight at a time.",
          standard: "\(connections)", as: .connections, to: \.connections),
        .value(
          "--fresh-connections", named: "SHARE", help: "The share of requests that get a connection of their own.",
          standard: "0", as: .share, to: \.freshShare),
        .value(
          "--rate", "-r", named: "R",
          help:
            "Open loop: R requests a second, however slow the answers. Without it each answer is followed by the next request.",
          as: .rate, to: \.rate),
        .value(
          "--ramp", named: "R1..R2", help: "Open loop: from one rate to another over --duration.",
          as: .ramp, to: \.ramp),
        .value(
          "--steps", named: "R:D,…", help: "Open loop: one rate after another.", as: .steps, to: \.steps),
        .flag("--poisson", help: "With --rate: at random times, as from many independent visitors.", sets: \.isPoisson),
        .value(
          "--workers", named: "N", help: "How many threads make the traffic.", standard: "1", as: .workers,
          to: \.workers),
        .value(
          "--timeout", named: "D", help: "How long a response may take.", standard: "10s", as: .timeout,
          to: \.timeout),
        .value(
          "--connect-timeout", named: "D", help: "How long a connection may take.", standard: "5s",
          as: .timeout, to: \.connectTimeout),
        .value(
          "--expect-status", named: "LIST", help: "Statuses that count as success, such as 200,204 or 2xx.",
          standard: "200-399", as: .statuses, to: \.expectedStatuses),
        .value(
          "--expect-body", named: "TEXT",
          help:
            "Count an answer without this text in its first MiB as a failure; or /regular expression/, in its first "
            + "256 KiB, of no more than \(BodyExpectation.mostPatternSteps) steps, without backreferences and lookaround.",
          as: .body, to: \.expectedBody),
        .flag("--allow-cache", help: "Judge answers out of a cache, too.", sets: \.allowsCache),
        .flag(
          "--no-retry", help: "Count a reused connection that the server had just closed as a failure.",
          sets: \.retries, to: false),
        .value(
          "--seed", named: "N", help: "Fixes every random choice.", standard: "1", as: .seed, to: \.seed),
      ])
  }

  /// The report of a check that makes traffic.
  static let trafficReport = OptionGroup(
    title: report.title, .output,
    options: [
      .list(
        "--format", named: "LIST",
        help: "Also write the figures for other programs: csv (every request), hgrm (percentiles for HdrHistogram's "
          + "plotter), prometheus (for node_exporter) or junit (for CI servers), or several with commas. Repeatable.",
        as: .formats, to: \.formatLists)
    ] + report.options)

  static let report = OptionGroup(
    title: "Report", .output,
    options: [
      .value(
        "--out", "-o", named: "DIR", help: "The folder for the report.", standard: "Reports/<check>-<host>-<UTC time>",
        as: .text, to: \.outputFolder),
      .flag("--json", help: "Print the report as JSON.", sets: \.printsJSON),
      .flag("--quiet", "-q", help: "Print the result only.", sets: \.isQuiet),
      .flag("--no-progress", help: "Show no progress.", sets: \.showsProgress, to: false),
      .flag(
        "--show-secrets",
        help: "Show header values, bodies, cookies, passwords and tokens, which are otherwise left out everywhere.",
        sets: \.showsSecrets),
      .flag("--no-color", help: "Use no colours (as does NO_COLOR in the environment).", sets: \.usesColour, to: false),
      .flag("--help", "-h", help: "Show help information.", sets: \.showsHelp).about(.process),
    ])
}
