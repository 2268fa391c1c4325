internal import Platform

/// A fault injected into a backend, as its control port sets it.
package enum BackendFault: Sendable, Equatable {
  /// Nothing.
  case none
  /// Every answer takes this much longer, or those for one path alone.
  case slow(Duration, path: String? = nil)
  /// Its port refuses connections; kept ones end after the answers in flight.
  case refuse
  /// Every request is answered by a reset.
  case reset
  /// Connections are accepted, and no request is ever answered.
  case hang
  /// Exactly this share of the requests, spread evenly, is answered by this status.
  case errors(share: Double, status: Int)
  /// It works for `on`, refuses for `off`, and so on.
  case flap(on: Duration, off: Duration)

  /// The kinds by the names that ``init(query:)`` takes, with their parameters.
  static let usage = [
    "kind=ok", "kind=slow&delay=200ms", "kind=slow&delay=200ms&path=/report", "kind=refuse", "kind=reset", "kind=hang",
    "kind=errors&share=0.5&status=503",
    "kind=flap&on=2s&off=1s",
  ]

  /// Reads `kind=slow&delay=200ms`; a parameter left out is as ``usage`` has it, but `delay`, `on` and `off` must be given.
  ///
  /// - Throws: `invalidConfiguration`, naming the parameter and what it takes.
  package init(query: [String: String]) throws(TestbedError) {
    func duration(_ name: String) throws(TestbedError) -> Duration {
      guard let text = query[name], let duration = Self.duration(text) else {
        throw .invalidConfiguration(
          "\(name) takes a duration such as 200ms or 2s (1ms to 1h), not '\(query[name] ?? "")'")
      }
      return duration
    }
    let parameters: Set<String>
    switch query["kind"] {
    case "ok": (self, parameters) = (.none, [])
    case "slow":
      if let path = query["path"], !path.hasPrefix("/") {
        throw .invalidConfiguration("path takes one such as /report, not '\(path)'")
      }
      (self, parameters) = (.slow(try duration("delay"), path: query["path"]), ["delay", "path"])
    case "refuse": (self, parameters) = (.refuse, [])
    case "reset": (self, parameters) = (.reset, [])
    case "hang": (self, parameters) = (.hang, [])
    case "errors":
      let share = query["share"] ?? "0.5"
      let status = query["status"] ?? "503"
      guard let share = Double(share), share > 0, share <= 1 else {
        throw .invalidConfiguration("share takes a number above 0 and at most 1, not '\(share)'")
      }
      guard let status = Int(status), (500...599).contains(status) else {
        throw .invalidConfiguration("status takes 500 to 599, not '\(status)'")
      }
      (self, parameters) = (.errors(share: share, status: status), ["share", "status"])
    case "flap": (self, parameters) = (.flap(on: try duration("on"), off: try duration("off")), ["on", "off"])
    case let kind:
      throw .invalidConfiguration(
        "kind takes ok, slow, refuse, reset, hang, errors or flap, not '\(kind ?? "")'; for instance "
          + Self.usage.joined(separator: ", "))
    }
    if let unknown = query.keys.sorted().first(where: { $0 != "kind" && !parameters.contains($0) }) {
      throw .invalidConfiguration("kind=\(query["kind"] ?? "") takes no '\(unknown)'")
    }
  }

  /// As ``init(query:)`` reads it.
  package var query: String {
    switch self {
    case .none: "kind=ok"
    case .slow(let delay, let path):
      "kind=slow&delay=\(Self.text(delay))" + (path.map { "&path=\($0)" } ?? "")
    case .refuse: "kind=refuse"
    case .reset: "kind=reset"
    case .hang: "kind=hang"
    case .errors(let share, let status): "kind=errors&share=\(share)&status=\(status)"
    case .flap(let on, let off): "kind=flap&on=\(Self.text(on))&off=\(Self.text(off))"
    }
  }

  private static func text(_ duration: Duration) -> String { "\(Double(duration.nanoseconds) / 1e6)ms" }

  private static func duration(_ text: String) -> Duration? {
    let units: [(name: String, nanoseconds: Double)] = [("ms", 1e6), ("s", 1e9), ("m", 6e10)]
    guard let unit = units.first(where: { text.hasSuffix($0.name) }) else { return nil }
    let digits = text.dropLast(unit.name.count)
    guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(digits) else {
      return nil
    }
    let length = number * unit.nanoseconds
    return (1e6...3.6e12).contains(length) ? .nanoseconds(Int64(length.rounded())) : nil
  }
}
