import Report
import Statistics

/// The documents that the tests write.
enum Example {
  /// A document with every field, as a fairness check of a balancer that hides one failing backend would fill it.
  static var full: ReportDocument {
    var document = ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "1.0.0"),
      check: .fairness,
      target: TargetSection(url: "http://alvin.xyz/", addresses: ["192.0.2.7", "2001:db8::7"]),
      startedAt: "2026-11-25T06:45:28Z",
      durationSeconds: 12.5,
      summary: "Work is shared in rotation by weight, but 10.0.0.3:3001 gets less than its share and fails.",
      interrupted: true,
      assertions: [
        Assertion(
          name: "every backend answers", verdict: .pass, expected: "4 of 4 backends", actual: "4 of 4 backends"),
        Assertion(
          name: "shares as expected", verdict: .fail, expected: "within ±1.00 pp", actual: "2.50 pp off",
          detail: "10.0.0.3:3001 got 12.50% instead of 15.00%"),
        Assertion(
          name: "rotation", verdict: .inconclusive, expected: "score of 99% or more", actual: "97.40%",
          detail: "requests that failed interrupt the sequence"),
      ],
      notes: [
        "The balancer retried 12 requests on another backend: see `proxy_next_upstream`.",
        "Documentation: https://nginx.org/en/docs/http/ngx_http_upstream_module.html",
      ],
      command: [
        "lbcheck", "fairness", "http://alvin.xyz/", "--backend-header", "X-Backend", "--requests", "3000", "--header",
        "Cookie: it's=a \"test\"",
      ],
      traffic: TrafficSection(
        requests: RequestCounts(
          scheduled: 3000, completed: 2990, succeeded: 2950, failed: 40, retried: 3, unsent: 10, upstreamRetried: 12),
        statuses: ["200": 2950, "404": 1, "502": 30],
        failures: ["status": 31, "reset": 5, "timeout": 4],
        rate: RateSection(offered: 240, achieved: 239.2),
        latency: summary(of: 1),
        serviceTime: summary(of: 0.9),
        lateness: summary(of: 0.01)),
      preparation: preparation,
      backends: [
        BackendSection(
          name: "10.0.0.1:3001", requests: 1500, succeeded: 1500, failed: 0, share: 0.5017, expectedShare: 0.5,
          latency: summary(of: 1)),
        BackendSection(
          name: "10.0.0.2:3001", requests: 1050, succeeded: 1048, failed: 2, share: 0.3512, expectedShare: 0.35,
          latency: summary(of: 1.2)),
        BackendSection(
          name: "10.0.0.3:3001", requests: 374, succeeded: 336, failed: 38, share: 0.125, expectedShare: 0.15,
          latency: summary(of: 90)),
        BackendSection(
          name: "10.0.0.9:3001", requests: 66, succeeded: 66, failed: 0, share: 0.0221, expectedShare: 0, role: "backup"
        ),
      ],
      fairness: FairnessSection(
        policy: "weighted-round-robin",
        expectedPolicy: "weighted-round-robin",
        per: .request,
        period: [
          "10.0.0.1:3001", "10.0.0.1:3001", "10.0.0.2:3001", "10.0.0.1:3001", "10.0.0.3:3001", "10.0.0.1:3001",
          "10.0.0.1:3001",
        ],
        rotationScore: 0.974,
        maxDeviation: 0.025,
        jainIndex: 0.6512,
        chiSquare: ChiSquareSection(statistic: 18.4271, degreesOfFreedom: 3, pValue: 0.00036),
        detectableDeviation: 0.018,
        stickyBy: "nothing",
        nobody: NobodySection(because: ["502": 30, "noHeader": 2])),
      inspection: nil)
    document.settings = [
      Setting("rate", .number(240), unit: "1/s"), Setting("connections", .number(8)), Setting("workers", .number(1)),
      Setting(.backendHeader, .text("X-Backend")),
    ]
    document.advice = ["Mend 10.0.0.3:3001: it refuses one connection in ten."]
    return document
  }

  static var preparation: PreparationSection {
    var sent = PreparationSection()
    sent.add(2, for: .reachability, method: "GET")
    sent.add(24, for: .headerSearch, method: "GET")
    sent.add(1_000, for: .serialStage, method: "GET")
    sent.add(400, for: .serialStage, method: "HEAD")
    return sent
  }

  /// A document as a look at a target would fill it.
  static var inspection: ReportDocument {
    ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "1.0.0"),
      check: .inspect,
      target: TargetSection(url: "https://alvin.xyz/", addresses: ["192.0.2.7"]),
      startedAt: "2026-11-25T06:45:28Z",
      durationSeconds: 0.85,
      verdict: .inconclusive,
      summary: "No answer tells which backend it came from.",
      command: ["lbcheck", "inspect", "https://alvin.xyz/"],
      inspection: InspectionSection(
        groups: [
          InspectionGroup(
            title: "Answer",
            rows: [
              InspectionRow(name: "status", value: "200"),
              InspectionRow(name: "server", value: "nginx/1.27.3", note: "the balancer, or a backend behind another"),
            ]),
          InspectionGroup(
            title: "Backend",
            rows: [InspectionRow(name: "header X-Backend", value: "absent", note: "nothing to tell backends apart by")]),
        ],
        advice: [
          InspectionAdvice(
            title: "Let nginx name the backend of each answer, in the location block:",
            lines: ["location / {", "\tproxy_pass http://app;", "\tadd_header X-Backend $upstream_addr always;", "}"])
        ]))
  }

  /// A document whose every text is the given one.
  static func hostile(_ text: String) -> ReportDocument {
    var document = full
    document.tool = ToolSection(name: text, version: text)
    document.target = TargetSection(url: text, addresses: [text, text])
    document.startedAt = text
    document.summary = text
    document.assertions = [.pass, .fail, .inconclusive].map {
      Assertion(name: text, verdict: $0, expected: text, actual: text, detail: text)
    }
    document.notes = [text, text]
    document.command = [text, text]
    document.method = [MeasuredBy(name: text, value: text)]
    document.traffic?.statuses = [text: 1]
    document.traffic?.failures = [text: 1, "b": 2]
    document.backends = document.backends?.map { backend in
      var backend = backend
      backend.name = text
      backend.role = text
      return backend
    }
    document.fairness?.policy = text
    document.fairness?.expectedPolicy = text + "?"
    document.fairness?.period = [text, "b", text]
    document.fairness?.stickyBy = text
    document.fairness?.nobody = NobodySection(because: [text: 3])
    document.inspection = InspectionSection(
      groups: [InspectionGroup(title: text, rows: [InspectionRow(name: text, value: text, note: text)])],
      advice: [InspectionAdvice(title: text, lines: [text])])
    return document
  }

  /// A distribution around so many milliseconds.
  static func summary(of scale: Double) -> LatencySummary {
    LatencySummary(
      min: 0.4 * scale, mean: 1.3 * scale, p50: 1.1 * scale, p90: 2.2 * scale, p99: 9.6 * scale, p999: 41 * scale,
      max: 104 * scale, histogram: "HISTFAAAABh42pNpmSzMwMDAxQABTDBagAEA")
  }
}
