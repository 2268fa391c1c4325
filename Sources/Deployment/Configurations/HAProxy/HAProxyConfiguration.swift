internal import Platform

/// What an HAProxy configuration says of its sites and of the servers behind them.
package struct HAProxyConfiguration {
  private let sections: [HAProxySection]
  private let notUnderstood: [NotUnderstood]
  private let file: String

  /// The most bytes of a file.
  private static let limit = 4 << 20

  /// - Throws: ``ConfigurationError`` for a file that cannot be read or a line that is none of HAProxy's grammar.
  package init(path: String) throws(ConfigurationError) {
    let bytes: [UInt8]
    do throws(OutsideFile.Refusal) {
      bytes = try OutsideFile.read(path, limit: Self.limit)
    } catch {
      throw ConfigurationError(file: path, error.kind == .unreadable ? "cannot be read: \(error.reason)" : error.reason)
    }
    try self.init(text: String(decoding: bytes, as: UTF8.self), file: path)
  }

  init(text: String, file: String) throws(ConfigurationError) {
    var notUnderstood: [NotUnderstood] = []
    sections = try HAProxySection.all(in: text, file: file, &notUnderstood)
    self.notUnderstood = notUnderstood
    self.file = file
    guard sections.contains(where: { ["frontend", "listen", "backend"].contains($0.kind) }) else {
      throw ConfigurationError(file: file, "expected a frontend, listen or backend section")
    }
  }

  /// The address that a `bind` line names.
  private struct Bind {
    let address: String?
    let port: UInt16
    let isTLS: Bool
  }

  private func binds(_ section: HAProxySection) -> [Bind] {
    section.lines.filter { $0.keyword == "bind" && !$0.hasVariable }.flatMap { line in
      (line.words.dropFirst().first ?? "").split(separator: ",").compactMap { text -> Bind? in
        let plain = ["ipv4@", "ipv6@"].first(where: text.hasPrefix).map { text.dropFirst($0.count) } ?? text
        guard let colon = plain.lastIndex(of: ":"), let port = UInt16(plain[plain.index(after: colon)...]) else {
          return nil
        }
        let host = plain[..<colon]
        let isAny = ["", "*", "0.0.0.0", "::", "[::]"].contains(host)
        return Bind(address: isAny ? nil : String(host), port: port, isTLS: line.words.contains("ssl"))
      }
    }
  }

  /// The addresses that it listens on, each with 127.0.0.1 as its host where it is every address: HAProxy has no names of sites.
  package var sites: [DeclaredAddress] {
    sections.filter { $0.kind == "frontend" || $0.kind == "listen" && $0.lines.contains { $0.keyword == "server" } }
      .filter { mode($0) == "http" }.flatMap { section in
        binds(section).filter { $0.address?.contains(":") != true }.map {
          DeclaredAddress(host: $0.address ?? "127.0.0.1", port: $0.port, isTLS: $0.isTLS, address: $0.address)
        }
      }
  }

  private func mode(_ section: HAProxySection) -> String {
    section.all("mode").last?.words.dropFirst().first ?? "tcp"
  }

  /// What it says of a site.
  package func site(host: String, port: UInt16, path: String) -> DeclaredSite {
    var site = DeclaredSite()
    site.notUnderstood = notUnderstood
    for section in sections {
      for line in section.lines where line.keyword == "bind" && line.hasVariable {
        site.notUnderstood.append(NotUnderstood(line.place, "bind: the address is in a variable of the environment"))
      }
    }
    let fronts = sections.filter { section in
      ["frontend", "listen"].contains(section.kind) && binds(section).contains { $0.port == port }
        && !section.lines.contains { $0.keyword == "disabled" }
    }
    guard let front = fronts.first else {
      site.find(nil, "no frontend of \(file) binds port \(port)")
      return site
    }
    guard fronts.count == 1 else {
      site.notUnderstood.append(
        NotUnderstood(fronts[1].place, "port \(port) is bound twice; which one answers depends on the address"))
      return site
    }
    guard let back = back(of: front, request(front, host: host.lowercased(), port, path), &site) else { return site }
    describe(front, back, &site)
    return site
  }

  private func request(_ front: HAProxySection, host: String, _ port: UInt16, _ path: String)
    -> HAProxyConditions.Request
  {
    let isTLS = binds(front).contains { $0.port == port && $0.isTLS }
    return HAProxyConditions.Request(
      host: port == (isTLS ? 443 : 80) ? host : "\(host):\(port)", path: path, isTLS: isTLS)
  }

  private static let answers: Set = ["redirect", "return", "deny", "silent-drop", "reject", "tarpit", "use-service"]

  /// The section whose servers answer; `nil` where the configuration does not tell.
  private func back(
    of front: HAProxySection, _ request: HAProxyConditions.Request, _ site: inout DeclaredSite
  ) -> HAProxySection? {
    let conditions = HAProxyConditions(front, request)
    for line in front.lines {
      let rule = line.keyword == "http-request" ? line.words.dropFirst() : line.words[...]
      guard line.keyword == "redirect" || line.keyword == "http-request", Self.answers.contains(rule.first ?? "") else {
        continue
      }
      let condition = rule.firstIndex { $0 == "if" || $0 == "unless" }.map { rule[$0...] } ?? []
      switch conditions.holds(condition) {
      case true?:
        site.find(line.place, "HAProxy answers by itself: \(line.text)")
        return nil
      case false?: continue
      case nil: site.notUnderstood.append(NotUnderstood(line.place, "'\(line.text)': such requests are not balanced"))
      }
    }
    for line in front.lines where line.keyword == "use_backend" {
      let target = line.words.dropFirst().first ?? ""
      switch conditions.holds(line.words.dropFirst(2)) {
      case true? where target.contains("%["), nil:
        site.notUnderstood.append(
          NotUnderstood(line.place, "'\(line.text)': whether it takes \(request.host)\(request.path)"))
        return nil
      case true?: return named(target, line, &site)
      case false?: continue
      }
    }
    if let line = front.all("default_backend").last { return named(line.words.dropFirst().first ?? "", line, &site) }
    if front.kind == "listen", front.lines.contains(where: { $0.keyword.hasPrefix("server") }) { return front }
    site.find(front.place, "\(front.kind) \(front.name): no backend is given for \(request.host)\(request.path)")
    return nil
  }

  private func named(_ name: String, _ line: HAProxySection.Line, _ site: inout DeclaredSite) -> HAProxySection? {
    let back = sections.first { ["backend", "listen"].contains($0.kind) && $0.name == name }
    if back == nil { site.notUnderstood.append(NotUnderstood(line.place, "there is no backend '\(name)' in \(file)")) }
    return back
  }

  private func describe(_ front: HAProxySection, _ back: HAProxySection, _ site: inout DeclaredSite) {
    let backend = HAProxyBackend(back)
    site.group = backend.group
    site.notUnderstood += backend.notUnderstood
    site.find(front.place, "\(front.kind) \(front.name) to \(back.kind) \(back.name)")
    site.find(back.place, "\(DeclaredSite.words(backend.group)); \(backend.group.method)")
    for finding in backend.findings { site.find(finding.place, finding.text) }
    if let processes = sections.first(where: { $0.kind == "global" })?.all("nbproc").first?.words.last, processes != "1"
    {
      site.find(back.place, "nbproc \(processes): each process rotates by itself")
    }
    guard mode(front) == "http", mode(back) == "http" else {
      site.find(back.place, "mode tcp: connections are dealt out, not requests, and no header can be added")
      site.group = nil
      return
    }
    nameBackends(front, back, &site)
    if !backend.unchecked.isEmpty {
      site.missing.append(
        DeclaredSite.Missing(
          what:
            "Servers without a health check keep their turn when they are down: \(backend.unchecked.joined(separator: ", ")).",
          place: "\(back.place), in \(back.kind) \(back.name), on each server line", lines: ["check"],
          traps: ["Without `option httpchk` a check only connects."]))
    }
  }

  private func nameBackends(_ front: HAProxySection, _ back: HAProxySection, _ site: inout DeclaredSite) {
    let sections = front.place == back.place ? [back] : [back, front]
    let lines = sections.flatMap { $0.lines + $0.defaults }.filter { line in
      line.keyword == "http-response" && line.words.count >= 4 && ["set-header", "add-header"].contains(line.words[1])
        && !line.words.contains("if") && !line.words.contains("unless")
    }
    if let line = lines.first(where: { ["%s", "%[srv_name]"].contains($0.words[3]) }) {
      site.header = line.words[2]
      site.find(line.place, line.text)
      return
    }
    let taken = lines.contains { $0.words[2].lowercased() == DeclaredSite.usualHeader.lowercased() }
    let header = taken ? "X-Upstream" : DeclaredSite.usualHeader
    site.headerToAdd = header
    site.missing.insert(
      DeclaredSite.Missing(
        what: DeclaredSite.noHeader, place: "\(back.place), in \(back.kind) \(back.name)",
        lines: ["http-response set-header \(header) %s"],
        traps: [
          "Put it before http-response lines that end with allow, deny or return: none is read after those.",
          "The header tells everybody the server's name; remove it after the test where that matters.",
        ]), at: 0)
  }
}
