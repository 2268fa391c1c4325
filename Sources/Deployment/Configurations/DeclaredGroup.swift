/// The servers that a configuration shares work among: an `upstream` of nginx, a `backend` of HAProxy, or one address.
package struct DeclaredGroup: Sendable, Equatable {
  package var name: String
  package var place: ConfigurationPlace
  package var backends: [DeclaredBackend]
  package var method = DeclaredMethod.roundRobin
  /// Whether the list of servers is complete, and each weight and role is known.
  package var isComplete = true

  /// The backends that take requests while all is well.
  package var primaries: [DeclaredBackend] { backends.filter { $0.role == .primary } }
}

/// One server of a group.
package struct DeclaredBackend: Sendable, Equatable {
  package enum Role: Sendable, Equatable {
    case primary
    /// Takes requests only where no primary does.
    case backup
    /// Takes none: `down`, `disabled`, or weight 0.
    case down
  }

  /// What the balancer's own variable calls it (`$upstream_addr`, `%s`); `nil` where only a run shows it, as for host names.
  package var name: String?
  /// As the configuration writes it.
  package var address: String
  /// The port on this machine, where it is one of this machine.
  package var localPort: UInt16?
  package var weight = 1
  package var role = Role.primary
  package var place: ConfigurationPlace
}

/// How a group chooses a server, as declared.
package enum DeclaredMethod: Sendable, Equatable {
  case roundRobin
  case leastConnections
  case random
  case twoChoices
  /// Always the same server for one value of the key, such as "client address" or `$request_uri`.
  case keyed(String)
  /// New visitors as without it; later requests by a cookie.
  case cookie
  /// Written in words that are not understood, or that no policy of lbcheck stands for.
  case other(String)
}

extension DeclaredMethod: CustomStringConvertible {
  package var description: String {
    switch self {
    case .roundRobin: "round robin"
    case .leastConnections: "least connections"
    case .random: "random"
    case .twoChoices: "the better of two random ones"
    case .keyed(let key): "by \(key)"
    case .cookie: "by a cookie"
    case .other(let words): words
    }
  }
}
