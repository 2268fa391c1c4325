internal import Statistics

extension ReportDocument {
  /// How it was measured, a detail a row: what the report itself says, as earlier versions did, or else what follows from its
  /// settings and findings.
  public var methodRows: [MeasuredBy] { method ?? MethodWording(self).rows }
}

/// How a report was measured, in words that are made of its data.
private struct MethodWording {
  let document: ReportDocument

  init(_ document: ReportDocument) { self.document = document }

  var rows: [MeasuredBy] {
    let measured =
      switch document.check {
      case .load: traffic + clock + version + handshakes + headers
      case .fairness: headers + stages + clock + version + handshakes + samples
      case .reloadTest, .watch, .failover: traffic + clock + version + handshakes + manager + headers
      case .sessions: visitors + clock + version + handshakes + manager + headers
      case .capacity: search + connections(" at most") + clock + version + handshakes + headers
      case .compare: comparison
      case .gate, .inspect: [MeasuredBy]()
      }
    return measured + shards
  }

  private func setting(_ key: String) -> Setting? { document.settings?.first { $0.key == key } }

  private func row(_ name: String, _ value: String?) -> [MeasuredBy] {
    value.map { [MeasuredBy(name: name, value: $0)] } ?? []
  }

  // MARK: Traffic

  private var headers: [MeasuredBy] {
    func header(_ found: FoundSetting) -> String? { setting(found.rawValue)?.value.inWords }
    return row("Backend header", header(.backendHeader)) + row("Generation header", header(.generationHeader))
      + row("Generation", setting("generationBody").map { "in the page, by \($0.value.inWords)" })
      + row(
        "Generation",
        setting("generationCertificate")?.value == .truth(true) ? "the certificate's serial number" : nil)
  }

  private var traffic: [MeasuredBy] {
    let opened = document.traffic?.connectionsOpened.map { ", \(Formatting.count($0)) opened in all" }
    return row("Pace", pace) + connections(opened ?? "")
  }

  private func connections(_ addition: String) -> [MeasuredBy] {
    let fresh = freshShare.map { ", \($0)" } ?? ""
    return row("Connections", setting("connections").map { $0.value.inWords + addition + fresh }) + workers
  }

  private var workers: [MeasuredBy] {
    guard let workers = setting("workers") else { return [] }
    let inEach = (document.shards?.count ?? 1) > 1 ? " in each part" : ""
    return row("Workers", workers.value.inWords + inEach + ", at most one a connection")
  }

  /// `nil` where the report does not list all settings.
  private var pace: String? {
    if let rate = setting("rate")?.value.inWords {
      return setting("poisson")?.value == .truth(true)
        ? "\(rate) requests a second on average, at random times (Poisson)" : "\(rate) requests a second"
    }
    if let ramp = setting("ramp")?.value.inWords {
      return "\(ramp) requests a second" + (setting("duration").map { " within \($0.inWords)" } ?? "")
    }
    if let steps = setting("steps")?.value.inWords { return "in steps of \(steps)" }
    return setting("connections").map { _ in "each sending as soon as it has its answer" }
  }

  /// `nil` where all connections are kept.
  private var freshShare: String? {
    guard case .number(let share)? = setting("freshConnections")?.value, share > 0 else { return nil }
    return "\(Formatting.shortPercent(share)) of the requests on connections of their own"
  }

  /// Nothing where the kernel's clock was not read.
  private var clock: [MeasuredBy] {
    guard let traffic = document.traffic, let unstamped = traffic.unstamped else { return [] }
    guard traffic.readDelay != nil else { return row("Clock", "lbcheck's own: the kernel told no times") }
    return row(
      "Clock",
      "the kernel's: an answer ends when its last byte has come, not when it is read"
        + (unstamped > 0 ? "; \(Formatting.count(unstamped, "answer")) without such a time ended when read" : ""))
  }

  /// Nothing where all is HTTP/1.1.
  private var version: [MeasuredBy] {
    guard let http2 = document.traffic?.http2 else { return [] }
    let others = http2.connectionsOfHTTP1.map { ", \(Formatting.count($0)) of HTTP/1.1" } ?? ""
    let stream = Formatting.count(http2.windows.stream >> 20)
    return row(
      "HTTP/2",
      "\(Formatting.count(http2.connections, "connection"))\(others), \(Formatting.count(http2.streams, "stream")), "
        + "\(Formatting.count(http2.goAways)) GOAWAY, \(Formatting.count(http2.refusedStreams, "attempt")) refused; "
        + "windows of \(stream) MiB a stream and 2 GiB a connection")
  }

  private var handshakes: [MeasuredBy] {
    guard let handshakes = document.traffic?.handshakes else { return [] }
    let count = Formatting.count(handshakes.full + handshakes.resumed, "handshake")
    return row(
      "TLS",
      "\(handshakes.kinds.joined(separator: " or ")), \(count), \(Formatting.count(handshakes.resumed)) resumed"
    )
  }

  private var manager: [MeasuredBy] { row("Manager", document.manager) }

  // MARK: Checks

  private var stages: [MeasuredBy] {
    let looks = [
      (PreparationPurpose.serialStage, "on one keep-alive connection"), (.freshStage, "on a new connection each"),
    ]
    .compactMap { purpose, how in
      document.preparation?.purposes[purpose].map { "\(Formatting.count($0, "request")) one after another \(how)" }
    }
    let serial = looks.isEmpty ? nil : looks.joined(separator: ", then ")
    var concurrent = (document.traffic?.requests.completed).map { Formatting.count($0, "request") }
    if let connections = setting("connections")?.value.inWords {
      concurrent? += " over \(connections) connection" + (connections == "1" ? "" : "s")
    }
    for part in [pace, freshShare].compactMap(\.self) { concurrent? += ", \(part)" }
    return row("Serial stage", serial) + row("Concurrent stage", concurrent)
  }

  private var samples: [MeasuredBy] {
    guard let samples = document.fairness?.samples, samples > 1 else { return [] }
    guard (document.fairness?.expectedPolicy ?? document.fairness?.policy) == "random" else {
      return row(
        "Samples",
        "\(samples), since the first may have met a backend that paused for a moment, which a balancer that prefers idle ones then "
          + "gives fewer requests: most have to be even. The last one is shown.")
    }
    return row("Samples", "The first sample's p-value was below 0.001; the second, shown here, decides.")
  }

  private var visitors: [MeasuredBy] {
    guard let sessions = document.sessions else { return [] }
    let from =
      sessions.addresses == 1
      ? "one address"
      : sessions.addresses < sessions.visitors
        ? "\(Formatting.count(sessions.addresses)) addresses" : "an address each"
    let atATime = setting("connections").map { ", \($0.value.inWords) at a time" } ?? ""
    let came = sessions.controls.map { control in
      "\(Formatting.count(control.visitors)) came "
        + (control.with == "address"
          ? "without cookies from their own address"
          : control.with == "other address"
            ? "to another address of the site"
            : control.with == "cookies" ? "with their cookies from another address" : "with the \(control.with) alone")
        + ", and \(Formatting.count(control.kept)) met their backend"
    }
    return row(
      "Visitors",
      "\(Formatting.count(sessions.visitors)) with a cookie jar each, from \(from)\(atATime); each came \(Formatting.count(sessions.visits, "time")) in an "
        + "order of chance, each time over a new connection with \(Formatting.count(sessions.requestsPerVisit, "request"))"
    )
      + row("What they stay by", came.isEmpty ? nil : came.joined(separator: "; "))
  }

  private var search: [MeasuredBy] {
    guard let capacity = document.capacity else { return [] }
    let objectives = row("Objectives", capacity.objectives.joined(separator: ", "))
    if let ladder = setting("capacity.ladder") { return objectives + row("Steps", ladder.value.inWords) }
    let search = setting("capacity.step").map {
      "doubling, then halving to \(Formatting.shortPercent(capacity.precision)); steps of \($0.inWords) or longer, "
        + "so that 30 requests are beyond the percentile"
    }
    return objectives + row("Search", search)
  }

  private var comparison: [MeasuredBy] {
    guard let comparison = document.comparison else { return [] }
    let hasPercentiles = comparison.figures.contains { $0.unit == .milliseconds && $0.changeInterval != nil }
    return row("Base", comparison.base.path) + row("Candidate", comparison.candidate.path)
      + row(
        "Percentiles",
        hasPercentiles
          ? "from ranks, whatever the distribution; requests within 10 ms count as one; "
            + "the margin is at least 0.2 ms and the generator's own lateness"
          : nil)
      + row("Shares", "by Wilson and Newcombe; the margin is at least 0.1 pp, of a backend's share 2 pp")
      + row("All figures together", "Holm's method")
  }

  // MARK: Shards

  private var shards: [MeasuredBy] {
    guard let shards = document.shards else { return [] }
    var value = "\(shards.parts.count) of \(shards.count)"
    value += shards.commonStart.map { ", to begin at \($0)" } ?? ", each begun when it was ready"
    let offsets = shards.parts.compactMap(\.clockOffset).map(abs)
    if offsets.count == shards.parts.count, let most = offsets.max() {
      let doubt = shards.parts.compactMap(\.clockUncertainty).max() ?? 0
      value += ", clocks at most \(Formatting.number(most)) ms from the first's (± \(Formatting.number(doubt)) ms)"
    } else {
      value += "; how far their clocks are apart is unknown"
    }
    return row("Parts", value)
  }
}
