internal import Statistics

/// The words shared by all writers for people, so that a page and a terminal say the same.
///
/// Nothing here is escaped: what comes back may hold text from the network.
enum Wording {
  /// The most backends that a table or a legend lists.
  static let mostBackends = 256

  /// The text with a capital at its beginning, unless that is a percentile's name.
  static func capitalised(_ text: String) -> String {
    text.first == "p" && text.dropFirst().first?.isNumber == true
      ? text : text.prefix(1).uppercased() + text.dropFirst()
  }

  // MARK: Head

  /// The host and port of a URL, without user name, path or query; the whole text when it is no URL.
  static func host(of url: String) -> String {
    let scalars = url.unicodeScalars
    var rest = scalars[...]
    if let scheme = rest.firstIndex(of: ":"), rest[scheme...].starts(with: "://".unicodeScalars) {
      rest = rest[rest.index(scheme, offsetBy: 3)...]
    }
    if let end = rest.firstIndex(where: { $0 == "/" || $0 == "?" || $0 == "#" }) { rest = rest[..<end] }
    if let user = rest.lastIndex(of: "@") { rest = rest[rest.index(after: user)...] }
    return rest.isEmpty ? url : String(rest)
  }

  /// What was found, in one sentence: the check's own, or one made of its assertions.
  static func finding(_ document: ReportDocument) -> String {
    if let summary = document.summary, !summary.isEmpty { return summary }
    let total = document.assertions.count
    guard total > 0 else { return "Nothing was asserted." }
    func named(_ verdict: Verdict) -> [String] {
      document.assertions.filter { $0.verdict == verdict }.map(\.name)
    }
    let failed = named(.fail)
    if !failed.isEmpty { return "\(failed.count) of \(total) assertions failed: \(failed.joined(separator: ", "))." }
    let open = named(.inconclusive)
    if !open.isEmpty {
      return "\(open.count) of \(total) assertions could not be decided: \(open.joined(separator: ", "))."
    }
    return total == 1 ? "The one assertion held." : "All \(total) assertions held."
  }

  /// The sign of a verdict.
  static func sign(_ verdict: Verdict) -> String {
    switch verdict {
    case .pass: "✓"
    case .fail: "✗"
    case .inconclusive: "?"
    }
  }

  /// The word of a verdict.
  static func word(_ verdict: Verdict) -> String {
    switch verdict {
    case .pass: "Pass"
    case .fail: "Fail"
    case .inconclusive: "Inconclusive"
    }
  }

  /// What an interrupted run means for the reader.
  static func interruption(_ document: ReportDocument) -> String {
    "The run was stopped after \(Formatting.duration(seconds: document.durationSeconds)), before its end: "
      + "the figures cover only that part."
  }

  // MARK: Traffic

  /// The account of all requests, such as `3,000 scheduled = 2,998 succeeded + 2 failed + 0 unsent`.
  static func balance(_ requests: RequestCounts) -> String {
    let sum = [requests.failed, requests.unsent].reduce(requests.succeeded) { sum, next in
      let (value, overflow) = sum.addingReportingOverflow(next)
      return overflow ? .max : value
    }
    let holds = sum == requests.scheduled
    return "\(Formatting.count(requests.scheduled)) scheduled \(holds ? "=" : "≠") "
      + "\(Formatting.count(requests.succeeded)) succeeded + \(Formatting.count(requests.failed)) failed + "
      + "\(Formatting.count(requests.unsent)) unsent"
      + (holds ? "" : " (the counts do not add up)")
  }

  /// What else is known of the requests, one phrase each.
  static func besides(_ requests: RequestCounts) -> [String] {
    var phrases: [String] = []
    if requests.retried > 0 {
      phrases.append("\(Formatting.count(requests.retried, "repeated attempt")) (a request sent again)")
    }
    if let count = requests.upstreamRetried, count > 0 {
      phrases.append("\(Formatting.count(count)) answered only after the balancer had tried another backend")
    }
    return phrases
  }

  /// The rate got beside the rate wanted.
  static func rate(_ rate: RateSection) -> String {
    let achieved = Formatting.rate(rate.achieved)
    guard let offered = rate.offered else { return achieved }
    return "\(achieved) of \(Formatting.rate(offered)) offered"
  }

  /// Statuses with their counts, by number.
  static func statuses(_ traffic: TrafficSection) -> [(name: String, count: Int)] {
    traffic.statuses
      .sorted { ($0.key.utf8.count, $0.key) < ($1.key.utf8.count, $1.key) }
      .map { (name: $0.key, count: $0.value) }
  }

  /// Failure kinds with their counts, the most frequent first.
  static func failures(_ traffic: TrafficSection) -> [(name: String, count: Int)] {
    traffic.failures
      .sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
      .map { (name: $0.key, count: $0.value) }
  }

  /// What a failure kind means; nothing for a kind that explains itself or is not known.
  static func meaning(ofFailure kind: String) -> String? {
    switch kind {
    case "resolve": "the name could not be resolved"
    case "refused": "the connection was refused"
    case "unreachable": "the network or host could not be reached"
    case "connectTimeout": "the connection was not set up in time"
    case "tls": "the TLS handshake failed"
    case "reset": "the connection was reset"
    case "closed": "the connection was closed before any byte of the answer"
    case "truncated": "the answer broke off"
    case "timeout": "the answer did not come in time"
    case "malformed": "the answer was not valid HTTP"
    case "oversized": "the answer was larger than allowed"
    case "noHTTP2": "the server does not speak HTTP/2"
    case "streamReset": "the server reset the stream of HTTP/2"
    case "connectionError": "the server ended the connection of HTTP/2 with an error"
    case "status": "the status was not an expected one"
    case "no grpc-status": "the answer said no outcome of the gRPC call"
    case "body": "the content was not the expected one"
    default: nil
    }
  }

  /// The distributions of a run that there are, with their names.
  static func distributions(_ traffic: TrafficSection) -> [(name: String, meaning: String, summary: LatencySummary)] {
    [
      ("latency", "due to last byte", traffic.latency),
      ("service time", "sent to last byte", traffic.serviceTime),
      ("first byte", "sent to first byte", traffic.firstByte),
      ("connect", "a connection's making", traffic.connect),
      ("TLS", "a handshake", traffic.tls),
      ("lateness", "due to sent", traffic.lateness),
      ("read delay", "last byte to lbcheck", traffic.readDelay),
    ].compactMap { name, meaning, summary in summary.map { (name: name, meaning: meaning, summary: $0) } }
  }

  /// The figures of a distribution in milliseconds, without units, by the heads of their columns.
  ///
  /// - Parameter isBrief: only those for which a line of a terminal has room.
  static func figures(_ summary: LatencySummary, isBrief: Bool = false) -> [(head: String, value: String)] {
    let figures: [(String, Double?, inBrief: Bool)] = [
      ("min", summary.min, true), ("mean", summary.mean, true), ("p50", summary.p50, true), ("p90", summary.p90, true),
      ("p95", summary.p95, false), ("p99", summary.p99, true), ("p99.9", summary.p999, true),
      ("p99.99", summary.p9999, false), ("max", summary.max, true),
    ]
    return figures.filter { $0.inBrief || !isBrief }.map {
      ($0.0, $0.1.map(Formatting.milliseconds) ?? Formatting.none)
    }
  }

  // MARK: Fairness

  /// The policy that was seen, with what it deals out, beside the one that was expected.
  static func policy(_ fairness: FairnessSection) -> String {
    let seen = fairness.policy + (fairness.per.map { " per \($0.rawValue)" } ?? "")
    guard let expected = fairness.expectedPolicy else { return seen }
    return expected == fairness.policy ? "\(seen), as expected" : "\(seen), not \(expected)"
  }

  /// A repeating sequence drawn with one letter a backend, and what the letters stand for.
  struct Period {
    /// The sequence, such as `a a b a c a a`.
    let drawing: String
    /// The letters in order, each with its backend.
    let legend: [(letter: String, name: String)]
    /// How long the sequence is before it repeats.
    let length: Int
  }

  /// The repeating sequence of a policy; nothing when none was seen.
  static func period(_ fairness: FairnessSection) -> Period? {
    guard !fairness.period.isEmpty else { return nil }
    let longest = 64
    var letters: [String: String] = [:]
    var legend: [(letter: String, name: String)] = []
    var drawn: [String] = []
    for name in fairness.period.prefix(longest) {
      let letter = letters[name] ?? Self.letter(legend.count)
      if letters.updateValue(letter, forKey: name) == nil { legend.append((letter, name)) }
      drawn.append(letter)
    }
    if fairness.period.count > longest { drawn.append("…") }
    return Period(drawing: drawn.joined(separator: " "), legend: legend, length: fairness.period.count)
  }

  private static func letter(_ position: Int) -> String {
    let letter = String(UnicodeScalar(UInt8(ascii: "a") + UInt8(position % 26)))
    return position < 26 ? letter : letter + String(position / 26)
  }

  /// A chi-square test with what its p-value says.
  static func chiSquare(_ test: ChiSquareSection) -> String {
    let figures =
      "χ² = \(Formatting.fixed(test.statistic, decimals: 2)), \(Formatting.count(test.degreesOfFreedom)) "
      + (test.degreesOfFreedom == 1 ? "degree" : "degrees")
      + " of freedom, p \(Formatting.pValue(test.pValue))"
    let words =
      switch test.pValue {
      case ..<0.001: "chance alone would almost never stray this far from the expected shares"
      case ..<0.01: "strong evidence against the expected shares"
      case ..<0.05: "some evidence against the expected shares"
      case ...0.99: "no evidence against the expected shares"
      case 0.99...: "closer to the expected shares than chance: dealt out in turn, not drawn at random"
      default: "the test came to nothing"
      }
    return "\(figures): \(words)"
  }

  /// The details of fairness in order, without the policy and the period.
  static func particulars(_ fairness: FairnessSection) -> [(name: String, value: String)] {
    var rows: [(name: String, value: String)] = []
    if let score = fairness.rotationScore {
      rows.append(("rotation score", "\(Formatting.percent(score)) of requests went where the rotation says"))
    }
    if let deviation = fairness.maxDeviation {
      rows.append(("largest deviation", "\(Formatting.pointsSize(deviation)) from the expected share"))
    }
    if let deviation = fairness.detectableDeviation {
      rows.append(
        (
          "detectable deviation",
          "\(Formatting.pointsSize(deviation)): if chance chose, less would not stand out in this many requests"
        ))
    }
    if let test = fairness.chiSquare { rows.append(("chi-square test", chiSquare(test))) }
    if let index = fairness.jainIndex {
      rows.append(("Jain's index", "\(Formatting.fixed(index, decimals: 4)) (1 is perfectly even)"))
    }
    for row in fairness.rows ?? [] {
      let per = row.per.map { " per \($0.rawValue)" } ?? ""
      rows.append(("\(row.request) at \(row.address)", "\(row.policy)\(per): \(row.verdict.rawValue)"))
    }
    if let shares = fairness.busyShares {
      let parts = shares.sorted { $0.key < $1.key }.map { "\($0.key) \(Formatting.percent($0.value))" }
      rows.append(("busy shares", parts.joined(separator: ", ")))
    }
    if let key = fairness.stickyBy { rows.append(("sticky by", key)) }
    return rows
  }

  /// How far a backend's share is from its expectation.
  static func deviation(_ backend: BackendSection) -> String {
    backend.expectedShare.map { Formatting.points(backend.share - $0) } ?? Formatting.none
  }
}
