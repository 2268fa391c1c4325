/// Why no backend is credited with an answer.
public enum NobodyReason: Hashable, Sendable {
  /// An error that names no backend: the balancer's own page, or an application's that its server does not name.
  case status(Int)
  /// A redirect that names no backend.
  case redirect
  /// A cache answered; whoever is named in it had filled it.
  case cache
  /// An answer otherwise in order that names no backend.
  case noHeader

  /// The reason for a complete answer that names no backend.
  public init(unnamed status: Int) {
    self = isRedirect(status) ? .redirect : status >= 400 ? .status(status) : .noHeader
  }

  /// The key in reports and parts: the status in digits, or the reason's name.
  public var name: String {
    switch self {
    case .status(let status): "\(status)"
    case .redirect: "redirect"
    case .cache: "cache"
    case .noHeader: "noHeader"
    }
  }

  /// `nil` for a text that is no reason's name.
  public init?(name: String) {
    switch name {
    case "redirect": self = .redirect
    case "cache": self = .cache
    case "noHeader": self = .noHeader
    default:
      guard name.utf8.count == 3, name.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let status = Int(name), status >= 400
      else {
        return nil
      }
      self = .status(status)
    }
  }
}

/// Whether a status redirects the client (RFC 9110 15.4): a browser requests the `Location` next.
@inline(__always)
public func isRedirect(_ status: Int) -> Bool {
  (301...303).contains(status) || status == 307 || status == 308
}

/// What the answers under one name say about whether it is a backend's.
public struct NamedAnswers: Sendable {
  public let name: String
  /// Answers with 502, which nginx gives when no server of a group is available (RFC 9110 15.6.3).
  public let badGateways: Int
  /// All other answers.
  public let others: Int

  public init(name: String, badGateways: Int, others: Int) {
    self.name = name
    self.badGateways = badGateways
    self.others = others
  }

  /// Which names are no backend's, as indices.
  ///
  /// HAProxy's `<NOSRV>` stands for no server. nginx's `$upstream_addr` is the group's name where no server could be chosen:
  /// no address although others are, or, where every answer is a 502 that names no address, any name. An address is always a
  /// server's, also where it failed; so is the name that an application gives itself on a 503, as in maintenance, or on a 504.
  public static func nobodies(among all: [NamedAnswers]) -> [Int] {
    let namesAddresses = all.contains { isUpstreamAddress($0.name) }
    let serves = all.contains { $0.others > 0 }
    return all.indices.filter { index in
      let name = all[index].name
      if name == "<NOSRV>" || name.hasSuffix("/<NOSRV>") { return true }
      guard !isUpstreamAddress(name) else { return false }
      return namesAddresses || (!serves && all[index].badGateways > 0)
    }
  }
}
