internal import Checks
internal import HTTP
internal import Load

extension CheckSettings {
  /// The settings that the options mean.
  ///
  /// - Throws: ``UsageError`` for a target or an override that cannot be read, or options that contradict each other.
  init(_ options: Options, command: [String]) throws(UsageError) {
    guard let text = options.target else {
      throw UsageError("which target? Give a URL or a host, such as http://127.0.0.1:8080/, or a --profile with one")
    }
    var overrides = ConnectOverrides()
    let target: Target
    do throws(TargetError) {
      target = try Target(text)
      for resolve in options.resolves { try overrides.addResolve(resolve) }
      for connect in options.connectTos { try overrides.addConnectTo(connect) }
    } catch {
      throw UsageError(error.description)
    }
    var settings = CheckSettings(target: target, templates: try Self.templates(options, target))
    settings.overrides = overrides
    settings.backendHeader = options.backendHeader
    settings.generationHeader = options.generationHeader
    guard options.probes || !options.probesAsIs else {
      throw UsageError("--probe-as-is and --no-probe exclude each other")
    }
    settings.probing = options.probesAsIs ? .asIs : options.probes ? .safe : .none
    settings.expectedBackends = options.backends
    settings.pacer = try Self.pacer(options)
    settings.requests = options.requests
    settings.duration = options.duration
    settings.connections = options.connections
    settings.freshShare = options.freshShare
    settings.workers = options.workers
    settings.connectTimeout = options.connectTimeout
    settings.responseTimeout = options.timeout
    settings.retriesClosedConnections = options.retries
    if let ranges = options.expectedStatuses {
      settings.expectedStatuses = StatusSet(ranges)
      settings.askedStatuses = settings.expectedStatuses
    }
    settings.expectedBody = options.expectedBody
    if options.expectedBody != nil, settings.templates.contains(where: \.expectsNoContent) {
      throw UsageError("--expect-body: answers to HEAD have no body")
    }
    settings.allowsCache = options.allowsCache
    settings.backendList = options.backendList
    settings.tls.verifies = options.verifiesCertificate
    settings.tls.authorities = options.authorities
    settings.tls.certificate = options.certificate
    settings.tls.key = options.certificateKey
    settings.tls.resumes = options.resumesTLS
    settings.seed = options.seed
    settings.command = command
    self = settings
  }

  private static func templates(_ options: Options, _ target: Target) throws(UsageError) -> [RequestTemplate] {
    let choices =
      options.requestChoices.isEmpty
      ? [RequestChoice(method: nil, path: target.path, weight: 1)] : options.requestChoices
    let body = Array((options.body ?? "").utf8)
    var templates: [RequestTemplate] = []
    do throws(TemplateError) {
      for choice in choices {
        let method = choice.method ?? options.method ?? (body.isEmpty ? "GET" : "POST")
        let takesBody = choice.method == nil || !["GET", "HEAD"].contains(method)
        templates.append(
          try RequestTemplate(
            method: method, path: choice.path, headers: options.headers, body: takesBody ? body : [],
            weight: choice.weight))
      }
    } catch {
      throw UsageError(error.description)
    }
    return templates
  }

  private static func pacer(_ options: Options) throws(UsageError) -> Pacer {
    guard [options.rate != nil, options.ramp != nil, options.steps != nil].count(where: { $0 }) <= 1 else {
      throw UsageError("--rate, --ramp and --steps exclude each other")
    }
    if options.isPoisson, options.rate == nil { throw UsageError("--poisson needs --rate") }
    if let rate = options.rate {
      return options.isPoisson ? .poisson(rate: rate, seed: options.seed) : .constant(rate: rate)
    }
    if let ramp = options.ramp {
      guard let duration = options.duration else { throw UsageError("--ramp needs --duration") }
      return .ramp(from: ramp.from, to: ramp.to, seconds: Double(duration) / 1e9)
    }
    return options.steps.map(Pacer.steps) ?? .closedLoop
  }
}
