/// What a balancer's configuration says of one site.
package struct DeclaredSite: Sendable, Equatable {
  /// One thing that the configuration says, and where.
  package struct Finding: Sendable, Equatable {
    package let place: ConfigurationPlace?
    package let text: String
  }

  /// Lines that a check needs, and where to add them.
  package struct Missing: Sendable, Equatable {
    /// What is missing, and what for.
    package let what: String
    /// Where the lines go, such as `/etc/nginx/nginx.conf:12, in location /`.
    package let place: String
    package let lines: [String]
    /// What the lines might break, or what they need.
    package var traps: [String] = []

    package init(what: String, place: String, lines: [String], traps: [String] = []) {
      self.what = what
      self.place = place
      self.lines = lines
      self.traps = traps
    }
  }

  /// The servers that answer; `nil` where the configuration does not tell.
  package var group: DeclaredGroup?
  /// The header by which the balancer names the server that answered, where it has such a line.
  package var header: String?
  /// The header that ``missing`` adds.
  package var headerToAdd: String?
  package var found: [Finding] = []
  package var missing: [Missing] = []
  package var notUnderstood: [NotUnderstood] = []

  package init() {}

  mutating func find(_ place: ConfigurationPlace?, _ text: String) { found.append(Finding(place: place, text: text)) }

  /// The name of the header that is added where there is none.
  package static let usualHeader = "X-Backend"
  /// What ``missing`` says where the balancer has no line that names the server.
  package static let noHeader = "No header names the server that answered."

  /// The servers of the group in words.
  static func words(_ group: DeclaredGroup) -> String {
    group.backends.map { backend in
      let role =
        switch backend.role {
        case .primary: backend.weight > 1 ? " weight \(backend.weight)" : ""
        case .backup: " backup"
        case .down: " down"
        }
      return (backend.name ?? backend.address) + role
    }.joined(separator: ", ")
  }
}

/// A site that a configuration serves.
package struct DeclaredAddress: Sendable, Equatable {
  package let host: String
  package let port: UInt16
  package let isTLS: Bool
  /// The address on which it listens, if it is one of its own; `nil` for every address.
  package let address: String?

  package var url: String {
    let scheme = isTLS ? "https" : "http"
    let authority = host.contains(":") ? "[\(host)]" : host
    return "\(scheme)://\(authority)\(port == (isTLS ? 443 : 80) ? "" : ":\(port)")/"
  }
}
