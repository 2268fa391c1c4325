/// What a `backend` or `listen` section declares.
struct HAProxyBackend {
  private(set) var group: DeclaredGroup
  private(set) var notUnderstood: [NotUnderstood] = []
  /// Servers of which HAProxy does not check whether they live.
  private(set) var unchecked: [String] = []
  private(set) var findings: [(place: ConfigurationPlace, text: String)] = []

  init(_ section: HAProxySection) {
    group = DeclaredGroup(name: section.name, place: section.place, backends: [])
    for line in section.lines where line.keyword == "server" || line.keyword == "server-template" {
      read(line, section)
    }
    readMethod(section)
    for line in section.lines where line.keyword == "use-server" {
      group.method = .other(line.text)
      notUnderstood.append(NotUnderstood(line.place, "'\(line.text)': such requests get that server"))
    }
    for line in section.all("retries") + section.lines.filter({ $0.words.starts(with: ["option", "redispatch"]) }) {
      findings.append((line.place, line.text))
    }
  }

  private mutating func read(_ line: HAProxySection.Line, _ section: HAProxySection) {
    guard line.keyword == "server", line.words.count > 2, !line.hasVariable else {
      group.isComplete = false
      let reason =
        line.hasVariable
        ? "a variable of the environment is part of the line"
        : line.keyword == "server" ? "expected 'server NAME ADDRESS'" : "how many servers a template makes, DNS says"
      notUnderstood.append(NotUnderstood(line.place, reason))
      return
    }
    let (name, address) = (line.words[1], line.words[2])
    let local =
      address.split(separator: ":").count == 2 && (address.hasPrefix("127.") || address.hasPrefix("localhost:"))
    var server = DeclaredBackend(
      name: name, address: address, localPort: local ? UInt16(address.split(separator: ":")[1]) : nil, place: line.place
    )
    var parameters = HAProxyServerParameters()
    for defaults in (section.defaults + section.lines) where defaults.keyword == "default-server" {
      // Only the lines before it count.
      if section.lines.contains(where: { $0.place == defaults.place }), defaults.place.line > line.place.line {
        continue
      }
      parameters.read(defaults.words.dropFirst())
    }
    parameters.read(line.words.dropFirst(3))
    server.weight = max(parameters.weight, 1)
    server.role = parameters.isDisabled || parameters.weight == 0 ? .down : parameters.isBackup ? .backup : .primary
    if let unknown = parameters.unknown {
      group.isComplete = false
      notUnderstood.append(NotUnderstood(line.place, "'\(unknown)' of server \(name)"))
    }
    if !parameters.isChecked { unchecked.append(name) }
    group.backends.append(server)
  }

  private mutating func readMethod(_ section: HAProxySection) {
    let balance = section.all("balance").last
    let algorithm = balance?.words.dropFirst().first ?? ""
    // hdr(x-user), random(1)
    let name = algorithm.prefix { $0 != "(" }
    let argument = algorithm.dropFirst(name.count).dropFirst().prefix { $0 != ")" }
    group.method =
      switch name {
      case "roundrobin", "static-rr": .roundRobin
      case "leastconn": .leastConnections
      case "random": argument == "1" ? .random : argument.isEmpty || argument == "2" ? .twoChoices : .other(algorithm)
      case "source": .keyed("client address")
      case "uri": .keyed("path")
      case "url_param", "hdr", "hash", "rdp-cookie":
        .keyed(([algorithm] + (balance?.words.dropFirst(2) ?? [])).joined(separator: " "))
      case "": .other("no balance line: round robin up to HAProxy 3.2, which later versions may choose otherwise")
      default: .other("balance \(algorithm)")
      }
    if let cookie = section.all("cookie").last {
      findings.append((cookie.place, cookie.text))
      group.method = .cookie
    } else if let stick = section.lines.first(where: { $0.keyword == "stick" }) {
      findings.append((stick.place, stick.text))
      group.method = .keyed(stick.words.dropFirst().joined(separator: " "))
    }
  }
}

/// What follows a server's address: its weight, role and checks.
struct HAProxyServerParameters {
  var weight = 1
  var isBackup = false
  var isDisabled = false
  var isChecked = false
  /// The first word that is none of HAProxy's that are known here; whatever follows it was not read.
  private(set) var unknown: String?

  private static let flags: Set = [
    "allow-0rtt", "check-send-proxy", "check-ssl", "check-via-socks4", "force-sslv3", "force-tlsv10", "force-tlsv11",
    "force-tlsv12", "force-tlsv13", "no-sslv3", "no-ssl-reuse", "no-tls-tickets", "no-tlsv10", "no-tlsv11", "no-tlsv12",
    "no-tlsv13", "no-verifyhost", "non-stick", "stick", "send-proxy", "send-proxy-v2", "send-proxy-v2-ssl",
    "send-proxy-v2-ssl-cn", "ssl", "ssl-reuse", "tfo", "tls-tickets", "no-agent-check", "no-backup", "no-check-ssl",
    "no-send-proxy", "no-send-proxy-v2", "no-tfo", "agent-check",
  ]
  private static let valued: Set = [
    "addr", "agent-addr", "agent-inter", "agent-port", "agent-send", "alpn", "ca-file", "check-alpn", "check-proto",
    "check-sni",
    "ciphers", "ciphersuites", "cookie", "crl-file", "crt", "downinter", "error-limit", "fall", "fastinter",
    "init-addr", "inter",
    "log-proto", "max-reuse", "maxconn", "maxqueue", "minconn", "namespace", "npn", "observe", "on-error",
    "on-marked-down",
    "on-marked-up", "pool-conn-name", "pool-low-conn", "pool-max-conn", "pool-purge-delay", "port", "proto",
    "proxy-v2-options",
    "redir", "resolve-net", "resolve-opts", "resolve-prefer", "resolvers", "rise", "shard", "slowstart", "sni",
    "socks4",
    "ssl-max-ver", "ssl-min-ver", "tcp-ut", "track", "verify", "verifyhost", "ws", "id", "hash-key", "source",
  ]

  mutating func read(_ words: ArraySlice<String>) {
    var rest = words
    while unknown == nil, let word = rest.popFirst() {
      switch word {
      case "backup": isBackup = true
      case "no-backup": isBackup = false
      case "disabled": isDisabled = true
      case "enabled": isDisabled = false
      case "check": isChecked = true
      case "no-check": isChecked = false
      case "weight":
        guard let text = rest.popFirst(), let number = Int(text), (0...256).contains(number) else {
          unknown = word
          return
        }
        weight = number
      case _ where Self.flags.contains(word): break
      case _ where Self.valued.contains(word): rest = rest.dropFirst()
      default: unknown = word
      }
    }
  }
}
