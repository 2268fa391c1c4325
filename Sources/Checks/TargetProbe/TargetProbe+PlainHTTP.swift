internal import HTTP
internal import Load
internal import Report

extension TargetProbe {
  /// Refuses a target that is asked in plain HTTP on a port that speaks TLS.
  ///
  /// Servers differ in what they say then: 400 with a page of their own, an alert, or nothing. So where the first answer is of
  /// that kind, a handshake is tried, over which nothing is asked.
  ///
  /// - Throws: ``CheckError/unmeasurable(_:advice:)`` with the URL to ask.
  func refusePlainHTTP(
    _ attempts: [Attempt]
  ) throws(CheckError) {
    guard settings.target.scheme == .http else { return }
    for attempt in attempts {
      switch attempt.outcome {
      case .success(let reached): guard reached.head?.status == 400 else { continue }
      case .failure(let error): guard [.malformed, .closed, .reset, .noHTTP2].contains(error.kind) else { continue }
      }
      var probe = probe(attempt.address, for: .reachability)
      guard probe.speaksTLS(for: settings.target) else { continue }
      let url = settings.target.overTLS.url
      throw .unmeasurable(
        "\(settings.target.url) is asked in plain HTTP on a port that speaks TLS",
        advice: ["Ask \(url) in its place."])
    }
  }
}

extension CheckSettings {
  /// How much of a probe's content to keep.
  var captureLimit: Int { traffic.expectedBody == nil ? 0 : BodyExpectation.limit }

  /// Why an answer is not what was asked for: by its status, that of a gRPC call and, where one is expected, its content.
  ///
  /// - Parameter body: the expected body's matcher.
  func failure(of answer: ProbedResponse, _ body: BodyMatcher?) -> FailureKind? {
    guard traffic.expectedStatuses.contains(answer.head.status) else { return .status }
    if let failure = answer.callFailure { return .call(failure) }
    return body.map { $0.isMet(by: answer.content) } ?? true ? nil : .body
  }

  /// Whether an answer is what was asked for.
  func accepts(_ answer: ProbedResponse) -> Bool { failure(of: answer, traffic.expectedBody?.matcher()) == nil }
}
