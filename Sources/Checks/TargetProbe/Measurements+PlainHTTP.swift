internal import HTTP
internal import Load

extension Measurements {
  /// What is said where every request over plain HTTP failed as it does on a port that speaks TLS, and no handshake was tried;
  /// `nil` elsewhere.
  func suspectedTLS(_ settings: CheckSettings) -> String? {
    guard settings.target.scheme == .http, settings.probing == .none, completed > 0, counters.succeeded == 0 else {
      return nil
    }
    // Servers close without a word, send an alert, or answer 400 with a page of their own.
    let isOfTLS = failures.allSatisfy { kind, count in
      switch kind {
      case .closed, .malformed, .reset: true
      case .status: statuses[400] == count
      default: count == 0
      }
    }
    guard isOfTLS else { return nil }
    return
      "Every request failed as over plain HTTP on a port that speaks TLS: if it does, ask \(settings.target.overTLS.url)"
  }
}
