internal import HTTP
internal import Load
internal import Report

/// Whether a target speaks HTTP/2, and how it says so.
package enum HTTP2Offer: Equatable {
  /// What ALPN chooses of h2 and http/1.1; `nil` for nothing.
  case chosenByALPN(String?)
  /// Whether it answers one that begins with HTTP/2 in clear text.
  case withPriorKnowledge(Bool)

  /// Asks an address whose first answer is known; `nil` where this machine has no libnghttp2.
  init?(asking targetProbe: TargetProbe, at address: SocketAddress, _ first: ProbedResponse) {
    guard (try? HTTPVersionChoice.http2.requireLibrary(for: .http)) != nil else { return nil }
    var settings = targetProbe.settings
    let target = settings.target
    guard target.scheme == .https || first.version == .http1 else {
      self = .withPriorKnowledge(true)
      return
    }
    settings.traffic.http = target.scheme == .https ? .automatic : .http2
    let asking = TargetProbe(settings: settings, watch: targetProbe.watch, ledger: targetProbe.ledger)
    var probe = asking.probe(address, for: .inspection)
    self =
      target.scheme == .https
      ? .chosenByALPN(probe.chosenProtocol(by: target)) : .withPriorKnowledge(probe.speaksHTTP2(at: target))
  }

  /// - Parameter first: an answer, which may tell of other versions by Alt-Svc (RFC 7838).
  func inspection(_ first: ProbedResponse) -> InspectionGroup {
    var rows: [InspectionRow]
    switch self {
    case .chosenByALPN(let name):
      let offered = "ALPN offered h2 and http/1.1; the server chose \(name ?? "neither")."
      rows = [
        InspectionRow(name: "HTTP/2", value: name == HTTPVersion.http2.protocolName ? "yes" : "no", note: offered)
      ]
    case .withPriorKnowledge(true):
      rows = [
        InspectionRow(name: "HTTP/2", value: "yes", note: "In clear text, to whom begins with it (prior knowledge).")
      ]
    case .withPriorKnowledge(false):
      rows = [
        InspectionRow(name: "HTTP/2", value: "no", note: "Not in clear text; over https, ALPN chooses the version.")
      ]
    }
    if let other = first.head.value(of: "alt-svc") { rows.append(InspectionRow(name: "Alt-Svc", value: other)) }
    return InspectionGroup(title: "Versions of HTTP", rows: rows)
  }
}
