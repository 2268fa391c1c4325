internal import HTTP
internal import Load
internal import Report
internal import Statistics

extension LatencySummary {
  /// A histogram of nanoseconds as milliseconds; `nil` if it is empty.
  ///
  /// - Parameter sequence: the same times in their order; `nil` where it is not kept.
  init?(_ histogram: Histogram, in sequence: LatencySequence? = nil) {
    func milliseconds(_ percentile: Double) -> Double {
      Double(histogram.value(atPercentile: percentile) ?? 0) / 1e6
    }
    guard let least = histogram.min, let mean = histogram.mean, let most = histogram.max else { return nil }
    self.init(
      min: Double(least) / 1e6, mean: mean / 1e6, p50: milliseconds(50), p90: milliseconds(90), p95: milliseconds(95),
      p99: milliseconds(99), p999: milliseconds(99.9), p9999: milliseconds(99.99), max: Double(most) / 1e6,
      histogram: histogram.base64V2(valueToUnitRatio: 1e-6))
    guard let sequence, sequence.count > 0 else { return }
    let found = PercentileIntervals(
      Self.percentiles.map { (name: $0.key, percentile: $0.percentile) }, of: histogram, in: sequence)
    if !found.intervals.isEmpty { intervals = found.intervals }
    if !found.notKnown.isEmpty { intervalsNotKnown = found.notKnown }
    if !found.precision.isEmpty { precision = found.precision }
  }
}

extension Measurements {
  /// Whether the backend header lists tries, so that none seen means none made.
  var canShowTries: Bool { counters.upstreamRetried > 0 || backends.contains { isUpstreamAddress($0.name) } }

  /// The backends by name, as a report shows them; `nil` if there are none.
  var backendSections: [BackendSection]? {
    guard !backends.isEmpty else { return nil }
    let total = backends.reduce(0) { $0 + $1.succeeded }
    return backends.sorted { $0.name < $1.name }.map { BackendSection($0, of: total) }
  }

  /// The traffic as a report shows it.
  ///
  /// - Parameters:
  ///   - pacer: the pace that was asked for.
  ///   - shareMade: the share of it that was sent, where shards are missing.
  func trafficSection(pacer: Pacer, shareMade: Double = 1) -> TrafficSection {
    var section = TrafficSection(
      requests: RequestCounts(
        scheduled: scheduled, completed: completed, succeeded: counters.succeeded, failed: failed,
        retried: counters.retried,
        unsent: counters.unsent + counters.abandoned, upstreamRetried: canShowTries ? counters.upstreamRetried : nil),
      statuses: Dictionary(uniqueKeysWithValues: statuses.map { (String($0.key), $0.value) }),
      failures: Dictionary(uniqueKeysWithValues: failures.map { ($0.key.name, $0.value) }),
      rate: RateSection(offered: pacer.meanRate(over: Double(duration) / 1e9).map { $0 * shareMade }, achieved: rate),
      latency: LatencySummary(latency, in: latencies), serviceTime: LatencySummary(serviceTime),
      lateness: pacer.isOpenLoop ? LatencySummary(lateness) : nil)
    section.connect = LatencySummary(connect)
    section.tls = LatencySummary(handshake)
    section.connectionsOpened = counters.connectionsOpened
    if tls.full + tls.resumed > 0 {
      section.handshakes = HandshakeCounts(kinds: tls.kinds, full: tls.full, resumed: tls.resumed)
    }
    section.http2 = http2Section
    section.firstByte = LatencySummary(firstByte)
    section.readDelay = LatencySummary(readDelay)
    if hasKernelTimes { section.unstamped = counters.unstamped }
    if counters.bytesSent > 0 { section.bytes = ByteCounts(sent: counters.bytesSent, received: counters.bytesReceived) }
    if !series.points.isEmpty {
      section.series = seriesPoints
      section.seriesIntervalSeconds = Int(series.interval / TrafficSeries.shortest)
    }
    return section
  }

  /// Whether the kernel's clock was read.
  private var hasKernelTimes: Bool { !readDelay.isEmpty || counters.unstamped > 0 }

  /// What was HTTP/2 in it; `nil` where it was neither spoken nor offered.
  private var http2Section: HTTP2Section? {
    guard counters.connectionsOfHTTP2 > 0 || counters.connectionsOfHTTP1 > 0 else { return nil }
    return HTTP2Section(
      connections: counters.connectionsOfHTTP2,
      connectionsOfHTTP1: counters.connectionsOfHTTP1 > 0 ? counters.connectionsOfHTTP1 : nil,
      streams: counters.streams, goAways: counters.goAways, refusedStreams: counters.refusedStreams,
      resets: Dictionary(uniqueKeysWithValues: resets.map { ($0.key.name, $0.value) }),
      windows: HTTP2Section.Windows(stream: HTTP2Windows.stream, connection: HTTP2Windows.connection))
  }

  /// The requests over time.
  private var seriesPoints: [SeriesPoint] {
    let seconds = Int(series.interval / TrafficSeries.shortest)
    return series.points.enumerated().map { index, point in
      func milliseconds(_ percentile: Double) -> Double? {
        point.latency.value(atPercentile: percentile).map { Double(min($0, point.slowest)) / 1e6 }
      }
      let shares = Dictionary(
        zip(backends, point.answers).filter { $0.1 > 0 }.map { ($0.0.name, $0.1) }, uniquingKeysWith: { $0 + $1 })
      return SeriesPoint(
        second: index * seconds, requests: point.requests, failed: point.failed, p50: milliseconds(50),
        p99: milliseconds(99), max: point.requests > point.failed ? Double(point.slowest) / 1e6 : nil,
        shares: shares.isEmpty ? nil : shares)
    }
  }

  /// The assertions that a run adds to a check's own if it was paused or ended early.
  var completion: [Assertion] {
    let early = error.map {
      Assertion(
        .evidence(.measurement), verdict: .inconclusive, expected: "completed", actual: "ended early",
        detail: $0.description)
    }
    return pauseAssertions + [early].compactMap(\.self)
  }

  /// The assertions about answers that name no backend: `servedByBackends` where others do, `namesBackends` where none does.
  ///
  /// - Parameter header: the one that was read; `nil` where none was looked for.
  func unnamed(by header: String?, _ settings: CheckSettings) -> [Assertion] {
    guard backends.isEmpty else {
      return AnswerOrigins.servedByBackends(
        nameless: nameless(expecting: settings.expectedStatuses), of: statuses.values.reduce(0, +))
    }
    guard let header, counters.succeeded > 0, AnswerOrigins(self).shouldNameBackends(settings) else { return [] }
    return [
      Assertion(
        .evidence(.namesBackends), verdict: .inconclusive, expected: "answers with the header '\(header)'",
        actual: "none has it", detail: "`lbcheck inspect` shows which headers there are, and the line to add.")
    ]
  }

  /// Successful answers that name no backend, without redirects and cached ones.
  private func nameless(expecting expected: StatusSet) -> Int {
    (nobody[.noHeader] ?? 0) + namelessErrors(expecting: expected)
  }

  /// Those of them with an error status.
  func namelessErrors(expecting expected: StatusSet) -> Int {
    nobody.reduce(0) { sum, entry in
      switch entry.key {
      case .status(let status): sum + (expected.contains(status) ? entry.value : 0)
      case .redirect, .cache, .noHeader: sum
      }
    }
  }

  /// Whether everything that was due in open loop was sent.
  var everyRequestSent: Assertion {
    // A generator that ran out of something, or was paused, is itself the reason.
    let isOwnFault = error != nil || !pauses.isEmpty
    return Assertion(
      .figure(.everyRequestSent), verdict: counters.unsent == 0 ? .pass : isOwnFault ? .inconclusive : .fail,
      expected: "0 unsent at the end", actual: Formatting.count(counters.unsent),
      detail: counters.unsent == 0
        ? nil
        : isOwnFault
          ? "lbcheck itself did not keep up: give it a machine of its own, more --workers or a lower --rate."
          : "All connections were busy: the target did not keep up with the rate.")
  }

  /// Failures in words, such as `2 reset, 1 status 502`; empty if there are none.
  func failuresInWords(expecting statuses: StatusSet) -> String { [self].failuresInWords(expecting: statuses) }

  private var http2Remarks: [String] {
    var notes: [String] = []
    if counters.connectionsOfHTTP2 > 0, counters.connectionsOfHTTP1 > 0 {
      notes.append(
        "\(Formatting.count(counters.connectionsOfHTTP2, "connection")) spoke HTTP/2 and "
          + "\(Formatting.count(counters.connectionsOfHTTP1)) HTTP/1.1, as ALPN chose.")
    } else if counters.connectionsOfHTTP1 > 0 {
      notes.append("All connections spoke HTTP/1.1: the server does not choose HTTP/2 by ALPN.")
    }
    if counters.goAways > 0 {
      notes.append(
        "The server ended connections \(Formatting.count(counters.goAways, "time")) by GOAWAY: what it left out, and what came "
          + "after, went over new ones.")
    }
    if counters.refusedStreams > 0 {
      notes.append(
        "\(Formatting.count(counters.refusedStreams, "attempt")) refused before any part of an answer (REFUSED_STREAM or GOAWAY), "
          + "which is no failure where the request was sent again.")
    }
    if counters.waitedForStream > 0 {
      notes.append(
        "\(Formatting.count(counters.waitedForStream, "attempt")) waited on a connection until the server took another stream, or the "
          + "socket more bytes; latency includes the wait, service time does not.")
    }
    return notes
  }

  private var pauseRemark: String {
    hasKernelTimes
      ? "Requests due in the generator's own pause were sent late, which their latency includes; answers kept the times at which "
        + "they came: \(pauses.inWords)."
      : "All times include the generator's own pause: \(pauses.inWords)."
  }

  /// Notes about the run beyond its figures.
  func remarks() -> [String] {
    var notes: [String] = []
    notes += http2Remarks
    let closed = counters.retried - min(counters.retried, counters.refusedStreams)
    if closed > 0 {
      notes.append(
        "\(Formatting.count(closed, "request")) met a reused connection just as the server closed it: retried on a new one."
      )
    }
    if counters.upstreamRetried > 0 {
      let tried = backends.filter { $0.failedTries > 0 }.map { "\($0.name) (\(Formatting.count($0.failedTries))×)" }
      notes.append(
        "\(Formatting.count(counters.upstreamRetried, "answer")) came only after a failed try at another backend: "
          + tried.joined(separator: ", ") + ".")
    }
    if counters.untrackedGenerations > 0 {
      notes.append(
        "\(Formatting.count(counters.untrackedGenerations, "answer")) named a generation beyond the \(Generation.limit) that are distinguished."
      )
    }
    for leniency in Leniency.allCases {
      if let count = leniencies[leniency] { notes.append(leniency.note(answers: count)) }
    }
    if counters.waitedForConnection > 0 {
      notes.append(
        "\(Formatting.count(counters.waitedForConnection, "request")) came due while all connections were busy; latency includes the wait."
      )
    }
    if counters.postponed > 0 {
      notes.append(
        "\(Formatting.count(counters.postponed, "time")) a connection exceeded its timeout only because the generator was busy with others: "
          + "use more --workers or fewer --connections.")
    }
    if counters.abandoned > 0 {
      notes.append(
        "In flight when the run was stopped, and counted as unsent: \(Formatting.count(counters.abandoned, "request"))."
      )
    }
    if latency.saturated > 0 {
      notes.append(
        "\(Formatting.count(Int(clamping: latency.saturated))) latencies were above 5 minutes and are recorded as 5 minutes."
      )
    }
    // A millisecond is no more than a thread's time slice.
    if waitedForSink > 1_000_000 {
      notes.append(
        "Writing every request to disk held up the traffic for \(waitedForSink / 1_000_000) ms."
      )
    }
    if !faults.isEmpty {
      notes.append((failed > 0 ? "Reasons for failures: " : "Also seen: ") + faults.joined(separator: "; "))
    }
    if !pauses.isEmpty {
      notes.append(pauseRemark)
    }
    if let error { notes.append("The run ended early: \(error).") }
    return notes
  }
}

extension [Measurements] {
  /// The failures of all of them in words, each kind and status once; empty if there are none.
  func failuresInWords(expecting expected: StatusSet) -> String {
    var kinds: [FailureKind: Int] = [:]
    var statuses: [Int: Int] = [:]
    var resets: [HTTP2ErrorCode: Int] = [:]
    for measured in self {
      resets.merge(measured.resets, uniquingKeysWith: +)
      kinds.merge(measured.failures, uniquingKeysWith: +)
      statuses.merge(measured.statuses.filter { !expected.contains($0.key) }, uniquingKeysWith: +)
    }
    kinds[.status] = nil
    let codes = resets.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.key.name).joined(separator: ", ")
    return
      (FailureKind.allCases.compactMap { kind in
        kinds[kind].map { count in
          let named =
            switch kind {
            case .streamReset: "stream reset (\(codes))"
            case .connectionError: "connection error (\(codes))"
            default: kind.name
            }
          return "\(Formatting.count(count)) \(named)"
        }
      }
      + statuses.sorted { $0.key < $1.key }.map { "\(Formatting.count($0.value)) status \($0.key)" }).joined(
        separator: ", ")
  }
}
