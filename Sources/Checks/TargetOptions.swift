package import HTTP
package import Load
package import Platform

/// What is requested: the URL, the requests, and the TLS settings.
package struct TargetOptions: Sendable, Equatable {
  /// A URL or a host.
  package var url: String?
  /// Addresses that replace name resolution, as in curl's `--resolve`.
  package var resolves: [String] = []
  /// Other hosts and ports to connect to, as in curl's `--connect-to`.
  package var connectTos: [String] = []
  /// `nil` is GET, or POST with a body.
  package var method: String?
  /// As they are given: a value may be a `ValueReference`.
  package var headers: [HeaderField] = []
  /// As `NAME=VALUE; …`, each value as it is given.
  package var cookies: [String] = []
  /// As it is given.
  package var body: String?
  /// The kinds of request; empty for the URL's own path alone.
  package var requests: [RequestChoice] = []
  /// The gRPC method that is called in place of a request of HTTP; `nil` for none.
  package var call: GRPCMethod?
  /// The file that lists the requests, `-` for standard input; `nil` for those above.
  package var list: String?
  package var tls = TLSSettings()
  /// How long to wait at most until it answers at all; `nil` for not at all.
  package var waitUp: Nanoseconds?

  package init() {}

  /// Chooses the method where the user does not, and leaves out a kind of request that is the one made without any.
  package mutating func complete() {
    guard list == nil, call == nil else { return }
    method = usedMethod
    guard requests.count == 1, let target = url.flatMap({ try? Target($0) }) else { return }
    let choice = requests[0]
    var (alone, usual) = (self, self)
    alone.requests = [RequestChoice(method: choice.method, path: choice.path, weight: 1)]
    usual.requests = []
    if let own = try? alone.templates(for: target, [], []), own == (try? usual.templates(for: target, [], [])) {
      requests = []
    }
  }

  private var usedMethod: String { method ?? (body?.isEmpty == false ? "POST" : "GET") }

  /// The requests of the options, with what all of them send.
  ///
  /// - Parameter timeout: how long an answer is waited for, in nanoseconds, which calls tell the server.
  func templates(
    for target: Target, _ headers: [HeaderField], _ content: [UInt8], within timeout: Nanoseconds? = nil
  ) throws(TemplateError) -> [RequestTemplate] {
    if let call { return [try RequestTemplate(calling: call, message: content, headers: headers, timeout: timeout)] }
    var templates: [RequestTemplate] = []
    for choice in requests.isEmpty ? [RequestChoice(method: nil, path: target.path, weight: 1)] : requests {
      let method = choice.method ?? usedMethod
      let takesBody = choice.method == nil || !["GET", "HEAD"].contains(method)
      templates.append(
        try RequestTemplate(
          method: method, path: choice.path, headers: headers, body: takesBody ? content : [], weight: choice.weight))
    }
    return templates
  }
}

/// A kind of request: `nil` for the method that all have.
package struct RequestChoice: Sendable, Equatable {
  package let method: String?
  package let path: String
  package let weight: Int

  package init(method: String?, path: String, weight: Int) {
    self.method = method
    self.path = path
    self.weight = weight
  }
}

/// What may be sent beside the traffic.
package struct ProbingOptions: Sendable, Equatable {
  /// Whether the request is sent as it is, instead of GET in place of an unsafe method.
  package var isAsIs = false
  package var isAllowed = true

  package init() {}

  /// `nil` where the two contradict each other.
  var policy: ProbePolicy? { isAsIs ? (isAllowed ? .asIs : nil) : isAllowed ? .safe : ProbePolicy.none }
}

extension TrafficOptions {
  /// The same for gRPC calls: over HTTP/2, whose answers have the status 200.
  ///
  /// - Throws: ``CheckError/usage(_:)`` where the user asks for something else.
  func calling() throws(CheckError) -> TrafficOptions {
    guard http == .http2 || askedHTTP == nil else {
      throw .usage("--grpc needs HTTP/2: leave out --http \(http.rawValue)")
    }
    guard askedStatuses == nil else {
      throw .usage("--grpc: an answer to a call has the status 200, and grpc-status decides: leave out --expect-status")
    }
    var traffic = self
    traffic.http = .http2
    traffic.expectedStatuses = StatusSet([200...200])
    return traffic
  }

  /// The default traffic beside a manager's actions: open loop, over kept and fresh connections.
  package static var besideActions: TrafficOptions {
    var traffic = TrafficOptions()
    traffic.rate = 200
    traffic.freshShare = 0.5
    return traffic
  }

  /// When requests become due.
  ///
  /// - Throws: ``CheckError/usage(_:)`` where the options contradict each other.
  package var pacer: Pacer {
    get throws(CheckError) {
      guard [rate != nil, ramp != nil, steps != nil].count(where: { $0 }) <= 1 else {
        throw .usage("--rate, --ramp and --steps exclude each other")
      }
      if isPoisson, rate == nil { throw .usage("--poisson needs --rate") }
      if let rate { return isPoisson ? .poisson(rate: rate, seed: seed) : .constant(rate: rate) }
      if let ramp {
        guard let duration else { throw .usage("--ramp needs --duration") }
        return .ramp(from: ramp.from, to: ramp.to, seconds: Double(duration) / 1e9)
      }
      return steps.map(Pacer.steps) ?? .closedLoop
    }
  }
}
