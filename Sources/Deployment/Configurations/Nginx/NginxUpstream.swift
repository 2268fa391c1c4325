internal import Glibc

/// What an `upstream` block declares.
struct NginxUpstream {
  let group: DeclaredGroup
  let hasZone: Bool
  /// The connections that each worker keeps open to the servers; `nil` for no such line.
  let keepalive: Int?
  private(set) var notUnderstood: [NotUnderstood] = []
  /// When a server counts as failed, for each server that says so itself.
  let failureRules: [String]

  init(_ upstream: NginxDirective) {
    var group = DeclaredGroup(name: upstream.arguments.first ?? "", place: upstream.place, backends: [])
    var notUnderstood: [NotUnderstood] = []
    for line in upstream.block ?? [] {
      switch line.name {
      case "server":
        let (backends, reason) = Self.backends(line)
        group.backends += backends
        guard let reason else { continue }
        group.isComplete = false
        notUnderstood.append(NotUnderstood(line.place, reason))
      case "least_conn": group.method = .leastConnections
      case "ip_hash": group.method = .keyed("client address")
      case "hash": group.method = .keyed(line.arguments.first ?? "an unnamed key")
      case "random":
        group.method =
          line.arguments.isEmpty
          ? .random
          : ["two", "two least_conn"].contains(line.arguments.joined(separator: " ")) ? .twoChoices : .other(line.text)
      case "sticky" where line.arguments.first == "cookie": group.method = .cookie
      case "zone", "keepalive", "keepalive_requests", "keepalive_time", "keepalive_timeout", "max_fails",
        "fail_timeout",
        "queue", "ntlm", "resolver", "resolver_timeout":
        break
      case "state":
        group.isComplete = false
        notUnderstood.append(NotUnderstood(line.place, "state: the servers are in a file that nginx keeps"))
      default:
        group.method = .other("what '\(line.name)' does")
        group.isComplete = group.isComplete && line.name != NginxParser.missing
        notUnderstood.append(
          NotUnderstood(line.place, "'\(line.name)' in upstream \(group.name) may choose the server"))
      }
    }
    self.group = group
    hasZone = !upstream.all("zone").isEmpty
    keepalive = upstream.all("keepalive").first?.arguments.first.flatMap { Int($0) }
    self.notUnderstood = notUnderstood
    failureRules = upstream.all("server").compactMap { line in
      let rules = line.arguments.filter { $0.hasPrefix("max_fails=") || $0.hasPrefix("fail_timeout=") }
      return rules.isEmpty ? nil : "\(line.arguments[0]) \(rules.joined(separator: " "))"
    }
  }

  /// The server of a line, and why it is not known in full where it is not.
  private static func backends(_ line: NginxDirective) -> (backends: [DeclaredBackend], reason: String?) {
    guard let address = line.arguments.first else { return ([], "server without an address") }
    var backend = NginxAddress(address, defaultPort: 80).backend(at: line.place)
    for parameter in line.arguments.dropFirst() {
      let parts = parameter.split(separator: "=", maxSplits: 1).map(String.init)
      switch (parts.first, parts.count) {
      case ("weight", 2):
        guard let weight = Int(parts[1]), weight > 0 else { return ([backend], "weight '\(parts[1])' is no number") }
        backend.weight = weight
      case ("backup", 1): backend.role = .backup
      case ("down", 1): backend.role = .down
      case ("max_fails", 2), ("fail_timeout", 2), ("max_conns", 2), ("slow_start", 2), ("route", 2): break
      default: return ([backend], "'\(parameter)' of server \(address)")
      }
    }
    let reason = backend.name == nil ? "the addresses of '\(address)' are known when nginx has resolved the name" : nil
    return ([backend], reason)
  }
}

/// An address as nginx writes it: `127.0.0.1:3001`, `[::1]:3001`, `unix:/run/app.sock`, `app.internal`.
struct NginxAddress {
  /// What `$upstream_addr` shows; `nil` for a host name, which may stand for several addresses.
  let name: String?
  let text: String
  private let localPort: UInt16?

  init(_ text: String, defaultPort: UInt16) {
    self.text = text
    if text.hasPrefix("unix:") {
      (name, localPort) = (text, nil)
      return
    }
    let isBracketed = text.hasPrefix("[")
    let hostEnd = isBracketed ? text.firstIndex(of: "]").map(text.index(after:)) : text.lastIndex(of: ":")
    let host = String(text[..<(hostEnd ?? text.endIndex)])
    let rest = text[(hostEnd ?? text.endIndex)...]
    let port = rest.isEmpty ? defaultPort : UInt16(rest.dropFirst())
    guard let port, rest.isEmpty || rest.hasPrefix(":") else {
      (name, localPort) = (nil, nil)
      return
    }
    if isBracketed {
      let canonical = Self.canonical6(String(host.dropFirst().dropLast()))
      name = canonical.map { "[\($0)]:\(port)" }
      localPort = canonical == "::1" ? port : nil
    } else {
      name = Self.isIPv4(host) ? "\(host):\(port)" : nil
      localPort = host.hasPrefix("127.") || host == "localhost" ? port : nil
    }
  }

  func backend(at place: ConfigurationPlace) -> DeclaredBackend {
    DeclaredBackend(name: name, address: text, localPort: localPort, place: place)
  }

  static func isIPv4(_ text: String) -> Bool {
    var address = in_addr()
    return inet_pton(AF_INET, text, &address) == 1
  }

  /// An IPv6 address in its shortest form; `nil` for what is none.
  static func canonical6(_ text: String) -> String? {
    var address = in6_addr()
    guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count)) != nil else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
