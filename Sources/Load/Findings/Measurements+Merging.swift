public import Platform
internal import Statistics

extension Measurements {
  /// Adds what another part of the same traffic measured: counts and histograms are added, never averaged.
  ///
  /// Times are taken to count from the same start; ``delayed(by:)`` makes that so.
  public mutating func add(_ other: Measurements) {
    sent += Array(repeating: 0, count: max(0, other.sent.count - sent.count))
    for (template, count) in other.sent.enumerated() { sent[template] = sent[template].addingSaturated(count) }
    nobody.merge(other.nobody, uniquingKeysWith: Self.sum)
    locations.merge(other.locations, uniquingKeysWith: Self.sum)
    leniencies.merge(other.leniencies, uniquingKeysWith: Self.sum)
    failures.merge(other.failures, uniquingKeysWith: Self.sum)
    statuses.merge(other.statuses, uniquingKeysWith: Self.sum)
    pauses = GeneratorPause.merged(pauses + other.pauses)
    for (_, histogram) in Self.histograms { self[keyPath: histogram].add(other[keyPath: histogram]) }
    latencies = LatencySequence(interleaving: [latencies, other.latencies])
    let numbers = other.backends.map { add($0) }
    var others = other.series
    others.renumber(numbers)
    series.add(others)
    let generationNumbers = add(other.generations.map { Generation(backend: numbers[$0.backend], name: $0.name) })
    for var record in other.records {
      record.generation = record.generation.map { generationNumbers[$0] }
      record.backend = record.backend.map { numbers[$0] }
      record.connection &+= UInt32(truncatingIfNeeded: counters.connectionsOpened)
      records.append(record)
    }
    openDues += other.openDues
    counters += other.counters
    waitedForSink = waitedForSink.addingSaturated(other.waitedForSink)
    for fault in other.faults where !faults.contains(fault) { faults.append(fault) }
    tls.add(other.tls)
    resets.merge(other.resets, uniquingKeysWith: Self.sum)
    startLateness = max(startLateness, other.startLateness)
    duration = max(duration, other.duration)
    wasStopped = wasStopped || other.wasStopped
    if error == nil { error = other.error }
  }

  /// Parts are untrusted: their counts may have any value.
  private static func sum(_ count: Int, _ other: Int) -> Int { count.addingSaturated(other) }

  /// Adds a backend's counts; returns its number.
  private mutating func add(_ backend: Backend) -> Int {
    guard let number = backends.firstIndex(where: { $0.name == backend.name }) else {
      backends.append(backend)
      return backends.count - 1
    }
    backends[number].requests = backends[number].requests.addingSaturated(backend.requests)
    backends[number].succeeded = backends[number].succeeded.addingSaturated(backend.succeeded)
    backends[number].connections = backends[number].connections.addingSaturated(backend.connections)
    backends[number].failedTries = backends[number].failedTries.addingSaturated(backend.failedTries)
    backends[number].gatewayErrors += backend.gatewayErrors
    backends[number].latency.add(backend.latency)
    return number
  }

  /// Adds generations that are not yet there; returns the number of each.
  private mutating func add(_ others: [Generation]) -> [Int] {
    guard !others.isEmpty else { return [] }
    var numbers = Dictionary(generations.enumerated().map { ($1, $0) }) { first, _ in first }
    return others.map { generation in
      if let number = numbers[generation] { return number }
      generations.append(generation)
      numbers[generation] = generations.count - 1
      return generations.count - 1
    }
  }

  /// Discards the generations: each answer then counts as one of an untracked generation.
  public mutating func dropGenerations() {
    let named = backends.reduce(0) { $0.addingSaturated($1.requests) }
    counters.untrackedGenerations = counters.untrackedGenerations.addingSaturated(named)
    generations = []
    for index in records.indices { records[index].generation = nil }
  }

  /// The same measurements with all times counted from an earlier start.
  public func delayed(by delay: Nanoseconds) -> Measurements {
    var delayed = self
    delayed.start = start - min(start, delay)
    delayed.duration = duration.addingSaturated(delay)
    delayed.pauses = pauses.map {
      GeneratorPause(
        $0.cause, start: $0.start + delay, end: $0.end + delay, length: $0.length, caughtUp: $0.caughtUp + delay)
    }
    delayed.series = series.delayed(by: delay)
    delayed.openDues = openDues.map { $0 + delay }
    delayed.records = records.map { record in
      RequestRecord(
        due: record.due + delay, sent: record.sent + delay, done: record.done + delay, connection: record.connection,
        backend: record.backend, generation: record.generation, status: record.status, failure: record.failure,
        isRetry: record.isRetry, isUpstreamRetried: record.isUpstreamRetried, template: record.template)
    }
    return delayed
  }
}
