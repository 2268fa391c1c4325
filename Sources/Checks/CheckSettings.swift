package import HTTP
package import Load
internal import Report

/// What the user asked for, as every check understands it.
///
/// The fields of its groups can be read directly: `settings.connections` is `settings.traffic.connections`.
package struct CheckSettings: Sendable, HoldsTrafficOptions {
  package var target: Target
  package var overrides = ConnectOverrides()
  package var templates: [RequestTemplate]
  /// The list that the templates are from, in whose order they are sent; `nil` where they are drawn by chance and weight.
  package var list: RequestList?
  /// The settings that name a file or a variable, with the size of what is in it.
  var found: [Setting] = []
  /// The templates of a check that acts or watches, with POSTs behind those of ``templates``; `nil` where none are asked for.
  package var withPost: [RequestTemplate]?
  package var pacer = Pacer.closedLoop
  package var tls = TLSSettings()
  /// Its header is `nil` where the check has to find one.
  package var fingerprint = FingerprintOptions()
  /// What may be sent beside the traffic.
  package var probing = ProbePolicy.safe
  package var expectedBackends: [ExpectedBackend] = []
  package var traffic = TrafficOptions()
  /// Receives every request of the reported traffic; `nil` for none.
  package var recordSink: (any RecordSink)?
  /// Waits for the target before the check; `nil` for not at all.
  package var waitUp: UpWait?
  /// Which shard of several this is; `nil` for the whole.
  package var sharding: Sharding?
  /// The command line that repeats the check.
  package var command: [String] = []

  package init(target: Target, templates: [RequestTemplate]) {
    self.target = target
    self.templates = templates
  }

  /// Makes the settings from the options.
  ///
  /// - Parameter values: reads what files and variables hold.
  /// - Throws: ``CheckError/usage(_:)`` for a target or an override that cannot be read, or options that contradict each other.
  package init(
    _ options: TargetOptions, _ fingerprint: FingerprintOptions, _ probing: ProbingOptions,
    _ expectation: FairnessExpectation, _ traffic: TrafficOptions, reading values: ValueReader = ValueReader(),
    command: [String]
  ) throws(CheckError) {
    guard let url = options.url else {
      throw .usage("no target: give a URL or a host, such as http://127.0.0.1:8080/, or a --profile with one")
    }
    do throws(TargetError) {
      target = try Target(url)
      for resolve in options.resolves { try overrides.addResolve(resolve) }
      for connect in options.connectTos { try overrides.addConnectTo(connect) }
    } catch {
      throw .usage(error.description)
    }
    let source = try options.source(for: target, reading: values, within: traffic.responseTimeout)
    (templates, list, found) = (source.templates, source.list, source.found)
    guard let policy = probing.policy else { throw .usage("--probe-as-is and --no-probe exclude each other") }
    if traffic.expectedBody != nil, templates.contains(where: \.expectsNoContent) {
      throw .usage("--expect-body: answers to HEAD have no body")
    }
    let traffic = options.call == nil ? traffic : try traffic.calling()
    if let fault = traffic.multiplexFault { throw .usage(fault) }
    pacer = try traffic.pacer
    tls = options.tls
    self.fingerprint = fingerprint
    try requireOneGeneration()
    self.probing = policy
    waitUp = options.waitUp.map { UpWait(atMost: $0) }
    expectedBackends = expectation.backends
    self.traffic = traffic
    self.command = command
  }

  /// - Throws: ``CheckError/usage(_:)`` where generations are to be read from several places, or from a certificate that there is not.
  private func requireOneGeneration() throws(CheckError) {
    let places = [
      fingerprint.generationHeader.map { _ in "--generation-header" },
      fingerprint.generationBody.map { _ in "--generation-body" },
      fingerprint.generationCertificate ? "--generation-certificate" : nil,
    ].compactMap(\.self)
    guard places.count <= 1 else { throw .usage("\(places.joined(separator: " and ")) exclude each other") }
    guard !fingerprint.generationCertificate || target.scheme == .https else {
      throw .usage("--generation-certificate: \(target.url) has no certificate: give an https:// URL")
    }
  }

  /// Whether the user says what the generation is to be read from.
  var namesGeneration: Bool { fingerprint.generationHeader != nil || fingerprint.readsGenerationElsewhere }

  /// A plan for one stage of a check at addresses that are known to answer.
  func plan(_ addresses: [SocketAddress]) -> Plan {
    var plan = Plan(target: target, addresses: addresses, templates: templates)
    plan.takesTemplatesInTurn = list != nil
    plan.pacer = pacer
    plan.traffic = traffic
    plan.fingerprint = fingerprint
    plan.tls = tls
    plan.recordSink = recordSink
    plan.shard = sharding?.shard ?? .whole
    return plan
  }
}

/// A backend that the user named.
package struct ExpectedBackend: Sendable, Equatable {
  package enum Role: Sendable, Equatable {
    /// Takes a share of the requests in proportion to `weight` (1 or more).
    case primary(weight: Int)
    /// Must stay silent as long as a primary answers.
    case backup
  }

  package let name: String
  package let role: Role

  package init(name: String, role: Role) {
    self.name = name
    self.role = role
  }

  package var weight: Int? {
    if case .primary(let weight) = role { weight } else { nil }
  }
}
