/// Where connections really go, in curl's two notations.
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

  /// Adds one `--resolve` argument; of two for the same host and port the later one counts.
  ///
  /// - Throws: ``TargetError`` if the text is not `HOST:PORT:ADDR[,ADDR]`.
  public mutating func addResolve(_ text: String) throws(TargetError) {
    let parts = ConnectOverrides.split(text)
    // An unbracketed IPv6 address is accepted as the last part, as curl does; its `+`, which lets an entry of its cache
    // grow old, has no meaning here.
    let host = parts[0].hasPrefix("+") ? parts[0].dropFirst() : parts[0]
    guard parts.count >= 3, host == "*" || Target.isHost(String(host)), let port = Target.parsePort(parts[1]) else {
      throw TargetError(text, "expected HOST:PORT:ADDRESS[,ADDRESS], such as alvin.xyz:80:127.0.0.1")
    }
    let list = parts[2...].joined(separator: ":")
    let addresses = list.split(separator: ",", omittingEmptySubsequences: false).map { part in
      String(part.hasPrefix("[") && part.hasSuffix("]") ? part.dropFirst().dropLast() : part)
    }
    guard addresses.allSatisfy({ Target.isIPv4($0) || Target.isIPv6($0) }) else {
      throw TargetError(text, "'\(list)' must be IPv4 or IPv6 addresses, separated by commas")
    }
    resolves.append(Resolve(host: host.lowercased(), port: port, addresses: addresses))
  }

  /// Adds one `--connect-to` argument; the first that matches and changes anything counts.
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
    guard [parts[0], parts[2]].allSatisfy({ $0.isEmpty || Target.isHost(String($0)) }) else {
      throw TargetError(text, shape)
    }
    connects.append(
      ConnectTo(
        fromHost: parts[0].isEmpty ? nil : parts[0].lowercased(), fromPort: ports[0],
        toHost: parts[2].isEmpty ? nil : parts[2].lowercased(), toPort: ports[1]))
  }

  /// What to connect to for a target: a host to look up, or addresses that are already known.
  public func destination(for target: Target) -> Destination {
    var host = target.host
    var port = target.port
    if let match = connects.first(where: {
      ($0.fromHost ?? host) == host && ($0.fromPort ?? port) == port && ($0.toHost != nil || $0.toPort != nil)
    }) {
      host = match.toHost ?? host
      port = match.toPort ?? port
    }
    // The host's own entry comes before one for all hosts, whichever was given later.
    let known =
      resolves.last { $0.host == host && $0.port == port } ?? resolves.last { $0.host == "*" && $0.port == port }
    return Destination(host: host, port: port, addresses: known?.addresses)
  }

  /// Splits at colons, keeping a bracketed IPv6 address whole and without its brackets.
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
    return parts.enumerated().map { index, part in
      // The address list of --resolve keeps its brackets until it is split at commas.
      let wrapped = part.hasPrefix("[") && part.hasSuffix("]") && !part.contains(",")
      return wrapped ? part.dropFirst().dropLast() : part
    }
  }
}

/// A host and port to connect to, with addresses where an override gave them.
public struct Destination: Sendable, Equatable {
  public let host: String
  public let port: UInt16
  /// Addresses to use without a look-up; `nil` means that the host has to be resolved.
  public let addresses: [String]?
}
