extension NginxConfiguration {
  /// What it says of a site.
  ///
  /// - Parameters:
  ///   - address: that is asked, where it is known.
  package func site(host: String, port: UInt16, address: String? = nil, path: String) -> DeclaredSite {
    var site = DeclaredSite()
    site.notUnderstood = notUnderstood
    let server: NginxServer
    switch self.server(host: host.lowercased(), port: port, address: address) {
    case .server(let chosen): server = chosen
    case .none(let reason):
      if let stream = streamPorts().first(where: { $0.port == port }) {
        site.find(stream.place, "stream: connections are dealt out, not requests, and no header can be added")
      } else {
        site.find(nil, reason)
      }
      return site
    case .notUnderstood(let reason):
      site.notUnderstood.append(reason)
      return site
    }
    guard let route = route(server, host: host.lowercased(), path: path) else { return site }
    site.notUnderstood += route.notUnderstood
    let names = server.names.joined(separator: " ")
    let name = names.isEmpty ? "server" : "server \(names)"
    switch route.destination {
    case .notUnderstood: site.find(server.directive.place, "\(name): where \(path) leads is not understood")
    case .itself(let answer): site.find(route.place, "\(name), \(path): \(answer)")
    case .passed(let authority, let pass):
      site.find(pass.place, "\(name), \(path): \(pass.name) to \(authority)")
      for condition in route.conditions { site.find(route.place, condition) }
      describe(authority, pass, route, &site)
    }
    return site
  }

  private func describe(_ authority: String, _ pass: NginxDirective, _ route: NginxRoute, _ site: inout DeclaredSite) {
    let (group, upstream) = group(authority, by: pass)
    site.group = group
    if let upstream {
      site.notUnderstood += upstream.notUnderstood
      site.find(group.place, "upstream \(group.name): \(DeclaredSite.words(group)); \(group.method)")
      describe(upstream, route, &site)
    } else if group.isComplete {
      site.find(pass.place, "one server, nothing to balance")
    } else {
      site.notUnderstood.append(
        NotUnderstood(pass.place, "the addresses of '\(authority)' are known when nginx has resolved the name"))
    }
    nameBackends(route, &site)
    let tries = route.inherited("proxy_next_upstream").first
    site.find(
      tries?.place, "proxy_next_upstream \(tries?.arguments.joined(separator: " ") ?? "error timeout (the default)")")
    if let cache = route.inherited("proxy_cache").first, cache.arguments != ["off"] {
      site.find(cache.place, "\(cache.text) answers from it come from no backend")
    }
  }

  private func describe(_ upstream: NginxUpstream, _ route: NginxRoute, _ site: inout DeclaredSite) {
    let group = upstream.group
    let count =
      workers.map { $0 == 1 ? "1 worker process" : "\($0) worker processes" } ?? "a worker process for each processor"
    let zone = upstream.hasZone ? "zone: all workers share one rotation" : "no zone"
    site.find(group.place, "\(count), \(zone)")
    if let keepalive = upstream.keepalive {
      let version = route.inherited("proxy_http_version").first?.arguments.first
      site.find(group.place, "keepalive \(keepalive)\(version == nil ? ", without proxy_http_version" : "")")
    }
    let rules = upstream.failureRules
    site.find(
      group.place,
      rules.isEmpty
        ? "max_fails=1 fail_timeout=10s (the defaults): a failed try takes a server out for 10 s"
        : rules.joined(separator: ", "))
    for backend in group.backends where backend.address.hasPrefix("localhost:") {
      site.missing.append(
        DeclaredSite.Missing(
          what: "localhost may be two servers for nginx, 127.0.0.1 and ::1, each with a turn of its own.",
          place: "\(backend.place), in its place",
          lines: ["server \(backend.address.replacing("localhost", with: "127.0.0.1"))…;"],
          traps: ["Keep what follows the address. The app has to listen on 127.0.0.1."]))
    }
    guard !upstream.hasZone, workers != 1, group.primaries.count > 1 else { return }
    site.missing.append(
      DeclaredSite.Missing(
        what: "Each worker process rotates by itself, and counts failures by itself.",
        place: "\(group.place), in upstream \(group.name)", lines: ["zone \(Self.zoneName(group.name)) 64k;"],
        traps: ["No other zone may have that name, as of limit_req_zone or proxy_cache_path: `nginx -t` says so."]))
  }

  private static func zoneName(_ upstream: String) -> String {
    let letters = upstream.filter { $0.isLetter || $0.isNumber || "-_.".contains($0) }
    return letters.isEmpty ? "backends" : letters
  }

  /// Which header names the server, or the lines by which one would.
  private func nameBackends(_ route: NginxRoute, _ site: inout DeclaredSite) {
    let lines = route.inherited("add_header")
    if let inherit = route.inherited("add_header_inherit").first {
      site.notUnderstood.append(NotUnderstood(inherit.place, "'\(inherit.text)': which headers add up is not followed"))
    }
    let variables = ["$upstream_addr", "${upstream_addr}"]
    if let line = lines.first(where: { $0.arguments.count > 1 && variables.contains($0.arguments[1]) }) {
      site.header = line.arguments[0]
      site.find(line.place, line.text)
      if line.arguments.last != "always" {
        site.missing.append(
          DeclaredSite.Missing(
            what: "Without `always` the header is missing from errors, so that nobody is named for them.",
            place: "\(line.place), in its place",
            lines: ["add_header \(line.arguments[0]) $upstream_addr always;"]))
      }
      return
    }
    let taken = Set(lines.compactMap { $0.arguments.first?.lowercased() })
    let header = taken.contains(DeclaredSite.usualHeader.lowercased()) ? "X-Upstream" : DeclaredSite.usualHeader
    site.headerToAdd = header
    let innermost = route.levels[route.levels.count - 1]
    let isDropped = innermost.all("add_header").isEmpty
    var missing = DeclaredSite.Missing(
      what: DeclaredSite.noHeader,
      place: "\(innermost.place), in \(Self.title(innermost)), beside \(Self.passName(route))",
      lines: ["add_header \(header) $upstream_addr always;"] + (isDropped ? lines.map(\.text) : []))
    if isDropped, let first = lines.first {
      missing.traps.append(
        "With a line of its own, \(Self.title(innermost)) no longer inherits add_header from \(first.place): "
          + "\(Self.list(lines.compactMap(\.arguments.first))) would be gone, so the lines above repeat \(lines.count == 1 ? "it" : "them")."
      )
    }
    let dropped = droppedHeaders(route, kept: lines)
    if !isDropped, !dropped.isEmpty {
      missing.traps.append(
        "\(Self.title(innermost)) has add_header lines and so does not send \(Self.list(dropped)) of the blocks around it today."
      )
    }
    missing.traps.append(
      "The header tells everybody the server's address; remove it after the test where that matters.")
    site.missing.insert(missing, at: 0)
  }

  /// Headers that outer blocks add and that this route does not send.
  private func droppedHeaders(_ route: NginxRoute, kept: [NginxDirective]) -> [String] {
    let sent = Set(kept.compactMap { $0.arguments.first?.lowercased() })
    let all = route.levels.flatMap { $0.all("add_header") }.compactMap(\.arguments.first)
    return all.filter { !sent.contains($0.lowercased()) }
  }

  private static func passName(_ route: NginxRoute) -> String {
    if case .passed(_, let pass) = route.destination { pass.name } else { "proxy_pass" }
  }

  private static func title(_ block: NginxDirective) -> String {
    ([block.name] + block.arguments).joined(separator: " ")
  }

  private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }

  /// The sites whose requests for `/` it balances, each once.
  package var sites: [DeclaredAddress] {
    var found: [DeclaredAddress] = []
    for server in servers {
      for host in server.plainNames.isEmpty ? [""] : server.plainNames {
        guard let route = route(server, host: host, path: "/"), case .passed = route.destination else { continue }
        for listen in server.listens {
          guard let port = listen.port, !listen.isIPv6 else { continue }
          let name = host.isEmpty ? listen.address ?? "127.0.0.1" : host
          let site = DeclaredAddress(host: name, port: port, isTLS: listen.isTLS, address: listen.address)
          if !found.contains(site) { found.append(site) }
        }
      }
    }
    return found
  }
}
