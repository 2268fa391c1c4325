internal import Checks
internal import Deployment
internal import HTTP
internal import Load
internal import Platform
internal import Report

/// One run of `init`: finds out, and drafts the profile.
struct Initialization {
  let request: Request
  let invocation: Invocation

  /// How often a redirect within the same host is followed.
  private static let mostRedirects = 3

  /// What is there.
  ///
  /// - Throws: ``CommandError`` for bad usage, and where neither the site nor a configuration says anything.
  func findings() throws(CommandError) -> InitFindings {
    var notes: [String] = []
    let stop = { invocation.stop.isStopped }
    let configuration = try CommandError.asUsage { () throws(UsageError) in
      try DeclaredConfiguration.read(request.initialization, stop: stop, notes: &notes)
    }
    var findings = try CommandError.asUsage { () throws(UsageError) in try aim(configuration) }
    try refuseToReplace(findings)
    findings.notes += notes
    let silence = try ask(&findings)
    if let configuration {
      let destination = try settings(findings).overrides.destination(for: findings.target)
      let known =
        destination.addresses?.first ?? (SocketAddress(destination.host, port: 1) != nil ? destination.host : nil)
      findings.declared = configuration.site(
        of: findings.target, port: destination.port, address: known ?? Self.loopback(findings.survey))
      if findings.declared == nil {
        findings.notes.append(
          "the nginx of this machine has no server named \(findings.target.host), and the site is elsewhere; --nginx-conf FILE gives another"
        )
      } else {
        findings.balancer = configuration.balancer
      }
    }
    if let silence {
      // What a configuration says is worth writing where the site itself is silent.
      guard findings.declared?.group != nil else { throw .check(silence, .inspect) }
      findings.notes.append("not asked: \(silence)")
    }
    addApps(&findings)
    return findings
  }

  /// The loopback address that answered, if one did.
  private static func loopback(_ survey: SurveyedSite?) -> String? {
    survey?.addresses.contains { $0.hasPrefix("127.") || $0.hasPrefix("[::1]") } == true ? "127.0.0.1" : nil
  }

  // MARK: What to ask

  /// The target: the one given, with the scheme and port of a configuration that names it; or the only one that is balanced.
  private func aim(_ configuration: DeclaredConfiguration?) throws(UsageError) -> InitFindings {
    let sites = configuration?.sites ?? []
    var findings: InitFindings
    if let given = request.target.url {
      findings = InitFindings(target: try Self.target(given))
      let own = sites.filter { $0.host == findings.target.host }
      let isBare = !given.contains("/") && findings.target.port == 80 && !given.hasSuffix(":80")
      if isBare, let site = own.first(where: \.isTLS) ?? own.first { findings.target = try Self.target(site.url) }
      findings.options = request.target
    } else {
      let site = try only(sites)
      findings = InitFindings(target: try Self.target(site.url))
      findings.options = request.target
      let address = site.address ?? "127.0.0.1"
      if findings.options.connectTos.isEmpty, findings.options.resolves.isEmpty, site.host != address {
        findings.options.connectTos = ["\(site.host):\(site.port):\(address):\(site.port)"]
      }
    }
    findings.options.url = findings.target.url
    return findings
  }

  private static func target(_ text: String) throws(UsageError) -> Target {
    do throws(TargetError) { return try Target(text) } catch { throw UsageError(error.description) }
  }

  /// The one site of a configuration; of several addresses of one host, TLS.
  private func only(_ sites: [DeclaredAddress]) throws(UsageError) -> DeclaredAddress {
    let hosts = sites.reduce(into: [String]()) { hosts, site in
      if !hosts.contains(site.host) { hosts.append(site.host) }
    }
    guard let host = hosts.first else {
      throw UsageError(
        "no target: give a host or a URL, such as lbcheck init alvin.xyz; no configuration shows a site that is balanced"
      )
    }
    // www.alvin.xyz is another name of the same site.
    let others = hosts.filter { $0 != host && $0 != "www." + host && "www." + $0 != host }
    guard others.isEmpty else {
      throw UsageError("several sites are balanced: give one of them, \(hosts.prefix(10).joined(separator: ", "))")
    }
    let own = sites.filter { $0.host == host }
    return own.first(where: \.isTLS) ?? own[0]
  }

  // MARK: Asking

  private func settings(_ findings: InitFindings) throws(CommandError) -> CheckSettings {
    var request = request
    request.target = findings.options
    return try invocation.settings(request)
  }

  /// Inspects the site, and where it redirects within its host.
  ///
  /// - Returns: why it cannot be asked; `nil` where it was.
  private func ask(_ findings: inout InitFindings) throws(CommandError) -> CheckError? {
    for _ in 0..<Self.mostRedirects {
      let settings = try settings(findings)
      do throws(CheckError) {
        findings.survey = try invocation.watched(.inspect, settings, request) { (watch) throws(CheckError) in
          try InspectCheck(settings, watch: watch).survey()
        }
      } catch {
        guard case .unmeasurable = error else { throw .check(error, .inspect) }
        findings.survey = nil
        return error
      }
      guard let location = findings.survey?.location, let next = Self.next(findings.target, location, settings) else {
        return nil
      }
      findings.notes.append("\(findings.target.url) redirects to \(next.url), which the profile asks")
      findings.target = next
      findings.options.url = next.url
    }
    return nil
  }

  /// Where a redirect leads, if it stays on the host and within the overrides that were given.
  private static func next(_ target: Target, _ location: String, _ settings: CheckSettings) -> Target? {
    guard let next = try? Target(target.resolving(location)), next.host == target.host, next != target else {
      return nil
    }
    func isOverridden(_ target: Target) -> Bool {
      let destination = settings.overrides.destination(for: target)
      return destination.host != target.host || destination.port != target.port || destination.addresses != nil
    }
    return isOverridden(target) && !isOverridden(next) ? nil : next
  }

  private func addApps(_ findings: inout InitFindings) {
    let manager = PM2Manager(app: "", request.manager)
    guard ProgramLookup.problem(with: ManagerCommand([manager.program])) == nil else { return }
    do throws(ManagerError) {
      findings.apps = PM2ListedApp.all(in: try manager.processes { invocation.stop.isStopped })
    } catch {
      findings.notes.append(error.description)
    }
  }

  // MARK: Writing

  /// Where the profile goes.
  func path(_ findings: InitFindings) -> String {
    request.initialization.file ?? "Profiles/\(findings.target.host).json5"
  }

  /// Refuses before any request is sent.
  private func refuseToReplace(_ findings: InitFindings) throws(CommandError) {
    guard !request.initialization.replaces, NewFile.exists(path(findings)) else { return }
    throw .unusable(["\(path(findings)) exists: --force replaces it, --out FILE writes another"])
  }

  /// Writes the profile, whole or not at all.
  func write(_ text: String, to path: String) throws(CommandError) {
    do throws(SystemError) {
      if request.initialization.file == nil { try NewFile.makeFolder("Profiles") }
      try NewFile.write(text, to: path, replaces: request.initialization.replaces)
    } catch {
      throw .unusable(["\(path): \(error.message)"])
    }
  }
}
