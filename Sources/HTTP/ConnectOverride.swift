/// Overrides of where connections go, in curl's two notations.
///
/// `--resolve HOST:PORT:ADDR[,ADDR]` gives addresses for one host and port in place of a look-up.
/// `--connect-to HOST1:PORT1:HOST2:PORT2` sends connections for the first pair to the second; an empty
/// part matches anything, or keeps what was asked for. The `Host` field stays the target's.
public struct ConnectOverrides: Sendable, Equatable {
  struct Resolve: Sendable, Equatable {
    let host: String
    let port: UInt16
    let addresses: [String]
  }

  struct ConnectTo: Sendable, Equatable {
    let fromHost: String?
    let fromPort: UInt16?
    let toHost: String?
    let toPort: UInt16?
  }

  private(set) var resolves: [Resolve] = []
  private(set) var connects: [ConnectTo] = []

  public init() {}

  /// Adds one `--resolve` argument; of two for the same host and port the later one counts, and a host's own
  /// before one for `*`, any host.
  ///
  /// - Throws: ``TargetError`` if the text is not `HOST:PORT:ADDR[,ADDR]`.
  public mutating func addResolve(_ text: String) throws(TargetError) {
    let parts = ConnectOverrides.split(text)
    // An unbracketed IPv6 address is accepted as the last part, as curl does.
    guard parts.count >= 3, let port = Target.parsePort(parts[1]),
      let host = parts[0] == "*" ? "*" : ConnectOverrides.host(parts[0])
    else {
      throw TargetError(text, "expected HOST:PORT:ADDRESS[,ADDRESS], such as alvin.xyz:80:127.0.0.1 or *:80:[::1]")
    }
    let list = parts[2...].joined(separator: ":")
    let addresses = list.split(separator: ",", omittingEmptySubsequences: false).map { part in
      String(ConnectOverrides.insideBrackets(part) ?? part)
    }
    guard addresses.allSatisfy({ isIPv4($0) || isIPv6($0) }) else {
      throw TargetError(text, "'\(list)' must be IPv4 or IPv6 addresses, separated by commas")
    }
    resolves.append(Resolve(host: host, port: port, addresses: addresses))
  }

  /// Adds one `--connect-to` argument; the first that matches counts.
  ///
  /// - Throws: ``TargetError`` if the text is not `HOST1:PORT1:HOST2:PORT2`.
  public mutating func addConnectTo(_ text: String) throws(TargetError) {
    let parts = ConnectOverrides.split(text)
    let shape = "expected HOST1:PORT1:HOST2:PORT2, such as alvin.xyz:80:127.0.0.1:8081; parts may be empty"
    guard parts.count == 4 else { throw TargetError(text, shape) }
    var ports: [UInt16?] = [nil, nil]
    for (slot, part) in [parts[1], parts[3]].enumerated() where !part.isEmpty {
      guard let port = Target.parsePort(part) else { throw TargetError(text, shape) }
      ports[slot] = port
    }
    var hosts: [String?] = [nil, nil]
    for (slot, part) in [parts[0], parts[2]].enumerated() where !part.isEmpty {
      guard let host = ConnectOverrides.host(part) else { throw TargetError(text, shape) }
      hosts[slot] = host
    }
    connects.append(ConnectTo(fromHost: hosts[0], fromPort: ports[0], toHost: hosts[1], toPort: ports[1]))
  }

  /// What to connect to for a target: a host to look up, or addresses that are already known.
  public func destination(for target: Target) -> Destination {
    var host = target.host
    var port = target.port
    if let match = connects.first(where: {
      ($0.fromHost ?? host) == host && ($0.fromPort ?? port) == port
    }) {
      host = match.toHost ?? host
      port = match.toPort ?? port
    }
    func last(for host: String) -> Resolve? { resolves.last { $0.host == host && $0.port == port } }
    let known = last(for: host) ?? last(for: "*")
    return Destination(host: host, port: port, addresses: known?.addresses)
  }

  /// Splits at colons outside of brackets.
  private static func split(_ text: String) -> [Substring] {
    var parts: [Substring] = []
    var start = text.startIndex
    var bracketed = false
    for index in text.indices {
      switch text[index] {
      case "[": bracketed = true
      case "]": bracketed = false
      case ":" where !bracketed:
        parts.append(text[start..<index])
        start = text.index(after: index)
      default: break
      }
    }
    parts.append(text[start...])
    return parts
  }

  /// A host as ``Target`` has it: in lower case, an IPv6 address out of its brackets; `nil` if it is neither.
  private static func host(_ part: Substring) -> String? {
    if let address = insideBrackets(part) { return isIPv6(address) ? address.lowercased() : nil }
    return Target.isHost(String(part)) ? part.lowercased() : nil
  }

  private static func insideBrackets(_ part: Substring) -> Substring? {
    part.count > 1 && part.hasPrefix("[") && part.hasSuffix("]") ? part.dropFirst().dropLast() : nil
  }
}

/// A host and port to connect to, with addresses where an override gave them.
public struct Destination: Sendable, Equatable {
  public let host: String
  public let port: UInt16
  /// Addresses to use without a look-up; `nil` means that the host has to be resolved.
  public let addresses: [String]?
}
