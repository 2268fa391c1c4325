internal import HTTP
internal import Platform
internal import Statistics

/// What holds between the figures of every genuine run, as ``Worker/conclude(_:failure:status:at:)`` and the callers of it
/// count them: a file in which it does not hold was damaged, or edited.
///
/// Not among it: that each answer is of a backend or of nobody, since a response that breaks off behind its head counts for the
/// backend that it names.
extension Measurements {
  var consistency: [(field: Field, rule: Consistency)] {
    outcomes + times + reading + sending + connectionCounts + streams + answerers + overTime + kept
  }

  private var allFailed: Figure { Figure("the sum of failures", sumOf: failures.values) }
  private var answered: Figure { Figure("the sum of statuses", sumOf: statuses.values) }
  private var done: Figure { Figure("succeeded", counters.succeeded) + allFailed }
  private var leftOpen: Figure { Figure("abandoned", counters.abandoned) }

  private func failures(_ kinds: [FailureKind]) -> Figure {
    // Few runs have one of gRPC's many.
    let kinds = kinds.filter { !$0.isOfCall || failures[$0] != nil }
    return Figure(
      kinds.map { "failures.\($0.name)" }.joined(separator: " + "), sumOf: kinds.map { failures[$0] ?? 0 })
  }

  /// Each request with an outcome is a success or a failure of one kind; those with a complete response have a status.
  private var outcomes: [(field: Field, rule: Consistency)] {
    [
      (
        .statuses,
        .equal(answered, Figure("succeeded", counters.succeeded) + failures(FailureKind.allCases.filter(\.hasResponse)))
      ),
      (.counters, .atMost(Figure("upstreamRetried", counters.upstreamRetried), done)),
      (.counters, .atMost(Figure("failedAcrossPauses", counters.failedAcrossPauses), allFailed)),
      (.counters, .atMost(Figure("untrackedGenerations", counters.untrackedGenerations), done + leftOpen)),
      (
        .counters,
        .holds(
          counters.abandoned == 0 || wasStopped || error != nil,
          "contradicts itself: abandoned is \(counters.abandoned) in a run that was not stopped")
      ),
    ]
      + leniencies.sorted { $0.key.rawValue < $1.key.rawValue }.filter { $0.key != .strayLineEnd }.map {
        (.leniencies, .atMost(Figure($0.key.name, $0.value), answered))
      }
  }

  /// Successes have all times, each part of the next: first byte, sent to last byte, due to last byte.
  private var times: [(field: Field, rule: Consistency)] {
    let succeeded = Figure("succeeded", counters.succeeded)
    let longest = "has times that are longer than "
    return [
      (.latency, .equal(Figure("its count", latency.count), succeeded)),
      (.latencies, .holds(latency.holds(latencies), "have a value that latency has not")),
      (.serviceTime, .equal(Figure("its count", serviceTime.count), succeeded)),
      (.firstByte, .equal(Figure("its count", firstByte.count), succeeded)),
      (.firstByte, .holds(firstByte.isNowhereAbove(serviceTime), longest + "those of serviceTime")),
      (.serviceTime, .holds(serviceTime.isNowhereAbove(latency), longest + "those of latency")),
      (.duration, .atMost(Figure("the maximum of latency", latency.max ?? 0), Figure("duration", duration))),
    ]
  }

  /// Where the kernel's clock was read, each success has its time, or is counted as having none.
  private var reading: [(field: Field, rule: Consistency)] {
    guard !readDelay.isEmpty || counters.unstamped > 0 else { return [] }
    return [
      (
        .readDelay,
        .equal(
          Figure("its count", readDelay.count) + Figure("unstamped", counters.unstamped),
          Figure("succeeded", counters.succeeded))
      ),
      (.readDelay, .atMost(Figure("its maximum", readDelay.max ?? 0), Figure("duration", duration))),
    ]
  }

  /// A request goes over a connection once, and once more for each retry; in open loop each has a lateness.
  private var sending: [(field: Field, rule: Consistency)] {
    let all = Figure("the sum of sent", sumOf: sent)
    let retried = Figure("retried", counters.retried)
    let neverSent: [FailureKind] = [.resolve, .refused, .unreachable, .connectTimeout]
    let maySent = FailureKind.allCases.filter { !neverSent.contains($0) }
    let begun = done + leftOpen
    var rules: [(field: Field, rule: Consistency)] = [
      (.sent, .atMost(answered + failures([.timeout, .truncated, .oversized]) + retried, all)),
      (.sent, .atMost(all, Figure("succeeded", counters.succeeded) + failures(maySent) + leftOpen + retried)),
      (
        .counters,
        .atMost(
          Figure("waitedForConnection", counters.waitedForConnection), Figure("the count of lateness", lateness.count))
      ),
    ]
    guard !lateness.isEmpty else { return rules }
    let late = Figure("its count", lateness.count)
    if error == nil {
      rules.append((.lateness, .equal(late, begun)))
    } else {
      // Those that this machine could not send were begun, and taken back.
      rules += [
        (.lateness, .atMost(begun, late)), (.lateness, .atMost(late, begun + Figure("unsent", counters.unsent))),
      ]
    }
    return rules
  }

  private var connectionCounts: [(field: Field, rule: Consistency)] {
    let opened = Figure("connectionsOpened", counters.connectionsOpened)
    let connected = Figure("the count of connect", connect.count)
    return [
      (.connect, .atMost(connected, opened)),
      (.handshake, .atMost(Figure("the count of handshake", handshake.count), connected)),
      (
        .tls,
        .equal(
          Figure("full", tls.full) + Figure("resumed", tls.resumed), Figure("the count of handshake", handshake.count))
      ),
      (
        .backends,
        .atMost(Figure("the sum of connections", sumOf: backends.map(\.connections)), connected)
      ),
      (.counters, .atMost(Figure("mixedConnections", counters.mixedConnections), connected)),
      (.connect, .holds(answered.value == 0 || !connect.isEmpty, "is empty, although there are answers")),
      // The shortest beginning of a response is `HTTP/1.1 200` (RFC 9112 4), or a frame's header and one byte (RFC 9113 4.1).
      (
        .counters,
        .atMost(
          Figure(
            "\(shortest) times the sum of statuses", sumOf: [shortest * min(answered.value, FindingsLimits.bytes)]),
          Figure("bytesReceived", counters.bytesReceived))
      ),
    ]
  }

  private var shortest: Int { counters.streams > 0 ? 10 : 12 }

  /// What is counted of HTTP/2: of connections that speak it, and of requests that were sent.
  private var streams: [(field: Field, rule: Consistency)] {
    let (http2, streams) = (
      Figure("connectionsOfHTTP2", counters.connectionsOfHTTP2), Figure("streams", counters.streams)
    )
    let refused = Figure("refusedStreams", counters.refusedStreams)
    let isSpoken = counters.connectionsOfHTTP2 > 0
    return [
      (
        .counters,
        .atMost(
          http2 + Figure("connectionsOfHTTP1", counters.connectionsOfHTTP1),
          Figure("the count of connect", connect.count))
      ),
      (.counters, .atMost(http2, streams)),
      (.counters, .atMost(streams, Figure("the sum of sent", sumOf: sent))),
      (.counters, .holds(isSpoken || counters.goAways == 0, "has goAways without a connection of HTTP/2")),
      (
        .counters,
        .atMost(
          refused, Figure("retried", counters.retried) + failures([.streamReset, .connectionError, .closed]))
      ),
      (.counters, .atMost(refused, streams)),
      (.counters, .atMost(Figure("waitedForStream", counters.waitedForStream), streams)),
      (
        .resets,
        .equal(Figure("the sum of resets", sumOf: resets.values), failures([.streamReset, .connectionError]))
      ),
    ]
  }

  /// Each answer is of a backend, or of nobody.
  private var answerers: [(field: Field, rule: Consistency)] {
    let credited = Figure("the sum of backends' requests", sumOf: backends.map(\.requests))
    let nobodys = Figure("the sum of nobody", sumOf: nobody.values)
    let attributed =
      Figure("the sum of backends' succeeded", sumOf: backends.map(\.succeeded))
      + Figure("unattributed", counters.unattributed)
    var rules: [(field: Field, rule: Consistency)] = [(.nobody, .atMost(credited + nobodys, done))]
    for backend in backends {
      rules += [
        (.backends, .atMost(Figure("a backend's succeeded", backend.succeeded), Figure("requests", backend.requests))),
        (
          .backends,
          .equal(
            Figure("the count of a backend's latency", backend.latency.count), Figure("succeeded", backend.succeeded))
        ),
        (
          .backends,
          .atMost(Figure("a backend's connections", backend.connections), Figure("succeeded", backend.succeeded))
        ),
      ]
    }
    var ofBackends = Histogram()
    for backend in backends { ofBackends.add(backend.latency) }
    rules.append((.backends, .holds(latency.holds(ofBackends), "have latencies that latency has not")))
    if !backends.isEmpty || counters.unattributed > 0 {
      rules.append((.backends, .equal(attributed, Figure("succeeded", counters.succeeded))))
      rules.append((.nobody, .atMost(answered, credited + nobodys)))
    }
    for (reason, count) in nobody {
      guard case .status(let status) = reason else { continue }
      rules.append((.nobody, .atMost(Figure("\(status)", count), Figure("statuses.\(status)", statuses[status] ?? 0))))
    }
    let failedTries = Figure("the sum of backends' failedTries", sumOf: backends.map(\.failedTries))
    if failedTries.value > 0 {
      rules.append(
        (.backends, .atMost(Figure("1", 1), Figure("upstreamRetried", counters.upstreamRetried) + leftOpen)))
    }
    let redirects = Figure(
      "the sum of redirects", sumOf: statuses.filter { isRedirect($0.key) }.map(\.value))
    let brokenOff = FailureKind.allCases.filter { !$0.hasResponse }
    rules.append(
      (
        .locations,
        .atMost(
          Figure("the sum of locations", sumOf: locations.values), redirects + failures(brokenOff) + leftOpen)
      ))
    return rules
  }

  /// The series holds each request with an outcome once, by when it was due.
  private var overTime: [(field: Field, rule: Consistency)] {
    let points = series.points
    var spread = CoarseHistogram()
    for point in points { spread.add(point.latency) }
    var rules: [(field: Field, rule: Consistency)] = [
      (.series, .equal(Figure("the sum of its requests", sumOf: points.map(\.requests)), done)),
      (.series, .equal(Figure("the sum of its failed", sumOf: points.map(\.failed)), allFailed)),
      (.series, .holds(spread == CoarseHistogram(latency), "has latencies that are not those of latency")),
      (
        .series,
        .equal(
          Figure("its slowest", points.map(\.slowest).max() ?? 0), Figure("the maximum of latency", latency.max ?? 0))
      ),
      (
        .series,
        .atMost(
          Figure("its last interval's begin", Nanoseconds(max(0, points.count - 1)) * series.interval),
          Figure("duration", duration))
      ),
    ]
    for (number, backend) in backends.enumerated() {
      let answers = points.lazy.map { number < $0.answers.count ? $0.answers[number] : 0 }
      rules.append(
        (
          .series,
          .equal(Figure("the sum of its answers of a backend", sumOf: answers), Figure("requests", backend.requests))
        ))
    }
    let caughtUp = pauses.map(\.caughtUp).max() ?? 0
    let touched = points.indices.filter { Nanoseconds($0) * series.interval < caughtUp }.map { points[$0].failed }
    rules.append(
      (
        .counters,
        .atMost(
          Figure("failedAcrossPauses", counters.failedAcrossPauses),
          Figure("the failures due before the end of a pause", sumOf: touched))
      ))
    return rules
  }

  /// The requests that were kept are among those that were counted; where all were kept, they are those.
  private var kept: [(field: Field, rule: Consistency)] {
    let open = Figure("the number of its due times", openDues.count)
    var rules: [(field: Field, rule: Consistency)] = [
      (.openDues, .atMost(open, Figure("unsent", counters.unsent) + leftOpen))
    ]
    guard !records.isEmpty else { return rules }
    let found = RecordedCounts(of: self)
    let isAll = records.count == done.value
    func matches(_ what: String, _ recorded: Int, _ counted: Int) -> Consistency {
      let (recorded, counted) = (Figure("\(what) in it", recorded), Figure(what, counted))
      return isAll ? .equal(recorded, counted) : .atMost(recorded, counted)
    }
    rules += [
      (.openDues, .atMost(leftOpen, open)),
      (.records, .holds(found.areGenuine, "hold a request that cannot have been made")),
      (.records, .atMost(Figure("the number of its requests", records.count), done)),
      (.records, matches("succeeded", found.succeeded, counters.succeeded)),
      (.records, matches("upstreamRetried", found.upstreamRetried, counters.upstreamRetried)),
      (.records, .atMost(Figure("retried in it", found.retried), Figure("retried", counters.retried))),
      (.records, .holds(latency.holds(found.latency), "have latencies that latency has not")),
      (.records, .holds(serviceTime.holds(found.serviceTime), "have times that serviceTime has not")),
      (.records, .holds(!isAll || series == found.series, "were due at other times than series has")),
      (.records, .atMost(Figure("their last end", found.lastDone), Figure("duration", duration))),
    ]
    for kind in FailureKind.allCases {
      rules.append((.records, matches("failures.\(kind.name)", found.failures[kind] ?? 0, failures[kind] ?? 0)))
    }
    for status in Set(statuses.keys).union(found.statuses.keys).sorted() {
      rules.append((.records, matches("statuses.\(status)", found.statuses[status] ?? 0, statuses[status] ?? 0)))
    }
    for (template, answers) in found.answers.sorted(by: { $0.key < $1.key }) {
      let sent = Figure("sent", sent.indices.contains(template) ? sent[template] : 0)
      rules.append((.records, .atMost(Figure("the answers to one kind of request in it", answers), sent)))
    }
    for (own, backend) in zip(found.backends, backends) {
      rules += [
        (.records, matches("a backend's requests", own.requests, backend.requests)),
        (.records, matches("a backend's succeeded", own.succeeded, backend.succeeded)),
        (.records, .holds(backend.latency.holds(own.latency), "have latencies that a backend's has not")),
      ]
    }
    return rules
  }
}
