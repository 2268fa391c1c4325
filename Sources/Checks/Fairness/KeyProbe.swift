internal import HTTP
internal import Load
internal import Platform
internal import Report
internal import Statistics

/// Asks a target what ``KeySearch`` and ``CookieSearch`` want to know.
struct KeyProbe {
  let targetProbe: TargetProbe
  /// The one that names backends.
  let header: String
  let address: SocketAddress
  let expectation: FairnessExpectation
  /// Whether the client address is one of the properties to vary.
  var variesAddress = true

  /// How long one search may take.
  static let limit: Nanoseconds = 60_000_000_000

  private var settings: CheckSettings { targetProbe.settings }
  /// Whether requests can come from several addresses: where the target is on this machine's IPv4 loopback.
  private var hasAddresses: Bool { variesAddress && address.isLoopback && !address.isIPv6 }

  /// What decides which backend answers; `nil` where nothing may be asked.
  func choice() -> BackendChoice? {
    guard let template = targetProbe.template else { return nil }
    let varied = VariedRequest(template: template)
    let end = MonotonicClock.now() + Self.limit
    var search = KeySearch(
      varied.properties(address: hasAddresses), shares: expectation.namedShares,
      wanted: wantedValues, seed: settings.traffic.seed,
      isOver: { targetProbe.watch.stop.isStopped || MonotonicClock.now() > end })
    return search.run { questions in ask(questions, varied, until: end) }
  }

  /// The cookie of the server that keeps visitors; `nil` where there is none, or nothing may be asked.
  ///
  /// - Parameter backends: those that are known to answer.
  func cookie(_ backends: Set<String>) -> CookieAffinity? {
    guard let template = targetProbe.template else { return nil }
    let target = settings.target.with(path: template.path)
    let end = MonotonicClock.now() + Self.limit
    var addresses = SplitMix64(seed: ~settings.traffic.seed)
    var search = CookieSearch(
      backends, seed: settings.traffic.seed, isOver: { targetProbe.watch.stop.isStopped || MonotonicClock.now() > end })
    return search.run { jar in
      let source = hasAddresses ? VariedRequest.source(addresses.next()) : nil
      return visit(template, target, jar, from: source, until: end)
    }
  }

  /// How many values show the shares, where these are judged.
  private var wantedValues: Int {
    guard expectation.judgedPolicy.shareRule == .keys else { return 0 }
    let limit = KeyShareLimit(expectation, isHashed: true)
    let needed = limit.valuesNeeded(Array(expectation.namedShares.values), risk: expectation.significance)
    return min(needed, KeySearch.mostValues)
  }

  // MARK: Requests

  private func ask(_ questions: [KeySearch.Question], _ varied: VariedRequest, until end: Nanoseconds) -> [String?] {
    let source = questions.first?.values[.clientAddress].flatMap(VariedRequest.source)
    var probe = targetProbe.probe(address, for: .stickyProbe, from: source, until: end)
    var answers: [String?] = []
    for (index, question) in questions.enumerated() {
      guard let request = varied.request(question.values),
        let exchange = try? probe.send(request, to: settings.target, closing: index == questions.count - 1),
        // Over a connection that was opened anew nothing follows from the one before.
        exchange.wasReused || index == 0
      else { break }
      answers.append(backend(exchange.head))
    }
    return answers + Array(repeating: nil, count: questions.count - answers.count)
  }

  private func visit(
    _ template: RequestTemplate, _ target: Target, _ jar: CookieJar, from source: SocketAddress?, until end: Nanoseconds
  ) -> (backend: String?, jar: CookieJar) {
    var jar = jar
    let now = Int64(WallClock.seconds)
    var probe = targetProbe.probe(address, for: .stickyProbe, from: source, until: end)
    let request = template.carrying(jar.field(for: target, at: now))
    let isVisitor = !jar.cookies.isEmpty
    guard let exchange = try? probe.send(request, to: target, closing: !isVisitor) else { return (nil, jar) }
    for field in exchange.head.setCookies { jar.store(field, from: target, at: now) }
    let met = backend(exchange.head)
    // The cookie has to count in each request of a connection, not in the first alone.
    if isVisitor, let next = try? probe.send(request, to: target, closing: true), next.wasReused,
      let other = backend(next.head), other != met
    {
      return (other, jar)
    }
    return (met, jar)
  }

  /// Who answered; `nil` where a cache or the balancer itself did.
  private func backend(_ head: ResponseHead) -> String? {
    // A stored answer tells who filled the cache.
    guard CacheEvidence.field(in: head) == nil, !GatewayErrors.statuses.contains(head.status),
      let value = head.value(of: header)
    else { return nil }
    return FingerprintDiscovery.backend(in: value, listing: settings.fingerprint.backendList)
  }
}
