internal import HTTP
public import Platform
internal import Statistics

/// Counts what probes were answered as a ``Run`` counts its requests, in a closed loop.
///
/// One thread uses it at a time.
public struct ProbeTally: Sendable {
  private var measurements = Measurements()
  private var numbers: [String: Int] = [:]
  private let fingerprint: FingerprintOptions
  private static let mostFaults = 4
  private static let mostLocations = 16

  /// - Parameter templates: how many kinds of requests are sent.
  public init(_ fingerprint: FingerprintOptions, templates: Int) {
    self.fingerprint = fingerprint
    measurements.sent = Array(repeating: 0, count: templates)
  }

  /// Counts an answer.
  ///
  /// - Parameters:
  ///   - failure: why it counts as none; `nil` for a success.
  ///   - template: which kind of request it answers.
  ///   - sent: how often that went over a connection.
  /// - Returns: the number of the backend that it names, from 0 in order of appearance; `nil` where it names none, or a cache
  ///   answered.
  public mutating func add(
    _ response: ProbedResponse, failure: FailureKind?, to template: Int, sent count: Int
  ) -> Int? {
    self.count(count, template)
    let (head, isCached) = (response.head, CacheEvidence.field(in: response.head) != nil)
    measurements.statuses[head.status, default: 0] += 1
    if let time = response.connectTime {
      measurements.connect.record(time)
      measurements.counters.connectionsOpened += 1
      if response.version == .http2 { measurements.counters.connectionsOfHTTP2 += 1 }
    }
    if response.version == .http2 { measurements.counters.streams += 1 }
    for leniency in Leniency.allCases where response.leniencies.contains(leniency) {
      measurements.leniencies[leniency, default: 0] += 1
    }
    if isRedirect(head.status), let location = head.value(of: "location"),
      measurements.locations[location] != nil || measurements.locations.count < Self.mostLocations
    {
      measurements.locations[location, default: 0] += 1
    }
    if let failure {
      measurements.failures[failure, default: 0] += 1
    } else {
      measurements.counters.succeeded += 1
      measurements.latency.record((response.connectTime ?? 0) + response.serviceTime)
      measurements.latencies.append((response.connectTime ?? 0) + response.serviceTime)
      measurements.serviceTime.record(response.serviceTime)
    }
    let backend = isCached ? nil : credit(response, failure == nil)
    if backend == nil { measurements.nobody[isCached ? .cache : NobodyReason(unnamed: head.status), default: 0] += 1 }
    return backend
  }

  /// Counts a request that got no answer; one that this machine could not send ends the run.
  public mutating func add(_ error: ProbeError, to template: Int, sent count: Int) {
    self.count(count, template)
    if error.isGeneratorLimit {
      if measurements.error == nil { measurements.error = .generatorLimit(error.description) }
      return
    }
    measurements.failures[error.kind, default: 0] += 1
    if let reset = error.reset { measurements.resets[reset, default: 0] += 1 }
    if [.malformed, .oversized, .tls, .noHTTP2, .streamReset, .connectionError].contains(error.kind),
      measurements.faults.count < Self.mostFaults,
      !measurements.faults.contains(error.description)
    {
      measurements.faults.append(error.description)
    }
  }

  /// All of it; names of nobody, see ``Measurements/setNobodiesApart()``, are still among the backends.
  ///
  /// - Parameters:
  ///   - start: the clock's reading at the first request.
  ///   - duration: how long it took.
  public func measured(since start: Nanoseconds, in duration: Nanoseconds) -> Measurements {
    var measurements = measurements
    measurements.start = start
    measurements.duration = duration
    return measurements
  }

  /// The backends by their numbers.
  public var backends: [String] { measurements.backends.map(\.name) }

  /// Why no more should be sent.
  public var error: LoadError? { measurements.error }

  private mutating func count(_ count: Int, _ template: Int) {
    measurements.sent[template] += count
    // The first is no repetition.
    if count > 1 { measurements.counters.retried += count - 1 }
  }

  /// Credits the backend that an answer names with it.
  private mutating func credit(_ response: ProbedResponse, _ isExpected: Bool) -> Int? {
    guard let header = fingerprint.backendHeader, var value = response.head.value(of: header) else { return nil }
    let (name, tried) = value.withUTF8 { bytes in
      let reading = Fingerprint.read(UnsafeRawBufferPointer(bytes), listing: fingerprint.backendList)
      return (
        reading.backend.map { String(decoding: $0, as: UTF8.self) },
        Fingerprint.failed(in: reading.earlier).map { String(decoding: $0, as: UTF8.self) }
      )
    }
    if !tried.isEmpty { measurements.counters.upstreamRetried += 1 }
    for name in tried {
      if let number = number(of: name) { measurements.backends[number].failedTries += 1 }
    }
    guard let name, let number = number(of: name) else { return nil }
    measurements.backends[number].requests += 1
    if isExpected {
      measurements.backends[number].succeeded += 1
      measurements.backends[number].latency.record((response.connectTime ?? 0) + response.serviceTime)
    }
    let status = response.head.status
    if GatewayErrors.statuses.contains(status) { measurements.backends[number].gatewayErrors.note(status) }
    return number
  }

  private mutating func number(of name: String) -> Int? {
    if let number = numbers[name] { return number }
    guard measurements.backends.count < FingerprintDiscovery.backendLimit else {
      measurements.error = .tooManyBackends(
        header: fingerprint.backendHeader ?? "", limit: FingerprintDiscovery.backendLimit)
      return nil
    }
    numbers[name] = measurements.backends.count
    measurements.backends.append(Measurements.Backend(name: name))
    return measurements.backends.count - 1
  }
}
