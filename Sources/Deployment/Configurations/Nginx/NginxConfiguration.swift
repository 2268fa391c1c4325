/// What an nginx configuration says of its sites and of the servers behind them.
package struct NginxConfiguration {
  let top: [NginxDirective]
  let http: NginxDirective?
  let servers: [NginxServer]
  let upstreams: [NginxUpstream]
  /// What could not be read, anywhere.
  let notUnderstood: [NotUnderstood]
  /// The files that were read, the first one first.
  let file: String

  /// - Throws: ``ConfigurationError`` for a file that cannot be read or a line that is none of nginx's grammar.
  package init(_ files: NginxFiles) throws(ConfigurationError) {
    var parser = NginxParser(files)
    top = try parser.directives()
    file = files.main
    http = top.first { $0.name == "http" && $0.block != nil }
    servers = http?.all("server").map(NginxServer.init) ?? []
    upstreams = http?.all("upstream").map(NginxUpstream.init) ?? []
    notUnderstood = parser.notUnderstood
    guard http != nil || top.contains(where: { $0.name == "stream" }) else {
      throw ConfigurationError(
        file: files.main, "expected an http block: give nginx's first file, or what `nginx -T` prints")
    }
  }

  /// How many workers balance; `nil` where that is as many as the machine has processors, or not understood.
  var workers: Int? {
    guard let line = top.first(where: { $0.name == "worker_processes" }) else { return 1 }
    return line.arguments.first.flatMap { Int($0) }
  }

  /// The balanced ports of `stream`, which deals out connections and sees no header.
  func streamPorts() -> [(port: UInt16, place: ConfigurationPlace)] {
    top.filter { $0.name == "stream" }.flatMap { $0.all("server") }.flatMap { server in
      NginxServer(server).listens.compactMap { listen in listen.port.map { ($0, server.place) } }
    }
  }

  /// The server that takes requests for a host on a port, as nginx chooses it.
  enum Chosen {
    case server(NginxServer)
    case none(String)
    case notUnderstood(NotUnderstood)
  }

  func server(host: String, port: UInt16, address: String?) -> Chosen {
    var byAddress: [String: [NginxServer]] = [:]
    for server in servers {
      for listen in server.listens where listen.port == port {
        if let address, let own = listen.address, own != address { continue }
        byAddress[listen.key, default: []].append(server)
      }
    }
    guard !byAddress.isEmpty else { return .none("no server of \(file) listens on port \(port)") }
    // An address of its own is preferred to one for all.
    let own = address.map { address in byAddress.filter { $0.key.hasSuffix(" \(address)") } } ?? [:]
    let candidates = own.isEmpty ? byAddress : own
    var chosen: NginxServer?
    for (key, servers) in candidates.sorted(by: { $0.key < $1.key }) {
      let best = servers.compactMap { server in server.fit(host).map { (server, $0) } }.enumerated()
        .max { ($0.element.1, -$0.offset) < ($1.element.1, -$1.offset) }?.element
      if let best, best.1 == .perhaps {
        return .notUnderstood(NotUnderstood(best.0.directive.place, "its server_name may stand for \(host)"))
      }
      if best?.1 != .exact, let missing = http?.all(NginxParser.missing).first {
        return .notUnderstood(NotUnderstood(missing.place, "a file that is missing may hold the server of \(host)"))
      }
      let fallback =
        servers.first { $0.listens.contains { $0.key == key && $0.port == port && $0.isDefault } } ?? servers[0]
      let winner = best?.0 ?? fallback
      if let chosen, chosen.directive != winner.directive {
        return .notUnderstood(
          NotUnderstood(
            winner.directive.place, "which server takes \(host):\(port) depends on the address that is asked"))
      }
      chosen = winner
    }
    return chosen.map(Chosen.server) ?? .none("no server of \(file) listens on port \(port)")
  }

  /// Whether a server is named so that it takes requests for a host by its name alone.
  package func names(_ host: String) -> Bool {
    servers.contains { server in server.fit(host.lowercased()).map { $0 > .perhaps } ?? false }
  }

  /// Where requests for a path of a server go.
  func route(_ server: NginxServer, host: String, path: String) -> NginxRoute? {
    http.map { NginxRoute(http: $0, server: server.directive, host: host, path: path) }
  }

  /// The group that an authority stands for: an upstream of that name, or the one address.
  func group(_ authority: String, by pass: NginxDirective) -> (group: DeclaredGroup, upstream: NginxUpstream?) {
    if let upstream = upstreams.first(where: { $0.group.name.lowercased() == authority.lowercased() }) {
      return (upstream.group, upstream)
    }
    let port: UInt16 = pass.arguments.first?.lowercased().hasPrefix("https://") == true ? 443 : 80
    let address = NginxAddress(authority, defaultPort: port)
    let backend = address.backend(at: pass.place)
    var group = DeclaredGroup(name: authority, place: pass.place, backends: [backend])
    group.isComplete = backend.name != nil
    return (group, nil)
  }
}
