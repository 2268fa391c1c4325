internal import Report

extension SiteState {
  /// - Parameters:
  ///   - wasWell: whether the traffic ended in a second without failure; `nil` if its end was early.
  ///   - last: the outcomes of the last second's requests.
  ///   - answers: whether the site answers single requests, asked only where that is needed.
  init(wasWell: Bool?, last: (succeeded: Int, failed: Int), answers: () -> Verdict) {
    // It may only have been slow, which shows once all outcomes are known.
    guard wasWell != true, wasWell == nil || last.succeeded == 0 || last.failed > 0 else {
      self = .answers
      return
    }
    switch answers() {
    case .pass: self = wasWell == nil || last.failed == 0 ? .answers : .losesRequests
    case .fail: self = .down
    case .inconclusive: self = .unknown
    }
  }
}
