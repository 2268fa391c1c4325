internal import Deployment
internal import Glibc
internal import HTTP

/// The configuration of a balancer that `init` reads, and where it came from.
enum DeclaredConfiguration {
  case nginx(NginxConfiguration, isOfThisMachine: Bool)
  case haproxy(HAProxyConfiguration, file: String)

  /// The sites that it balances.
  var sites: [DeclaredAddress] {
    switch self {
    case .nginx(let configuration, _): configuration.sites
    case .haproxy(let configuration, _): configuration.sites
    }
  }

  var balancer: DeclaredBalancer {
    switch self {
    case .nginx: .nginx
    case .haproxy(_, let file): .haproxy(file: file)
    }
  }

  /// What it says of a target; `nil` for the nginx of this machine where nothing shows that it serves the target.
  ///
  /// - Parameters:
  ///   - address: the one that is connected to, where it is known.
  func site(of target: Target, port: UInt16, address: String?) -> DeclaredSite? {
    switch self {
    case .nginx(let configuration, let isOfThisMachine):
      let isHere = address.map { $0.hasPrefix("127.") || $0 == "::1" } ?? false
      guard !isOfThisMachine || isHere || configuration.names(target.host) else { return nil }
      return configuration.site(host: target.host, port: port, address: address, path: target.path)
    case .haproxy(let configuration, _):
      return configuration.site(host: target.host, port: port, path: target.path)
    }
  }

  /// Reads the files that options name, or what `nginx -T` prints where there is an nginx.
  ///
  /// - Parameter notes: why there is none, where that is worth a word.
  /// - Throws: ``UsageError`` for a file that cannot be read.
  static func read(
    _ options: InitOptions, stop: () -> Bool, notes: inout [String]
  ) throws(UsageError) -> DeclaredConfiguration? {
    if options.nginxFile != nil, options.haproxyFile != nil {
      throw UsageError("--nginx-conf and --haproxy-conf exclude each other: give the balancer that visitors meet first")
    }
    do throws(ConfigurationError) {
      if let file = options.nginxFile {
        return .nginx(try NginxConfiguration(NginxFiles(path: file)), isOfThisMachine: false)
      }
      if let file = options.haproxyFile { return .haproxy(try HAProxyConfiguration(path: file), file: file) }
    } catch {
      throw UsageError(error.description)
    }
    return printed(stop: stop, notes: &notes)
  }

  /// What the nginx of this machine prints; `nil` where there is none or it prints nothing.
  private static func printed(stop: () -> Bool, notes: inout [String]) -> DeclaredConfiguration? {
    // Debian's is outside of the PATH of most users.
    let programs = ["nginx", "/usr/sbin/nginx"].map { ManagerCommand([$0, "-T"]) }
    guard let command = programs.first(where: { ProgramLookup.problem(with: $0) == nil }) else { return nil }
    let outcome = CommandRunner.run(command, timeout: .seconds(10), capture: 32 << 20, stop: stop)
    let advice = "`nginx -T` as root prints it: give that file with --nginx-conf"
    if let problem = outcome.problem {
      notes.append("nginx -T \(problem); \(advice)")
      return nil
    }
    guard outcome.output.bytesLeftOut == 0 else {
      notes.append("nginx -T prints more than 32 MiB")
      return nil
    }
    do throws(ConfigurationError) {
      return .nginx(try NginxConfiguration(NginxFiles(printed: outcome.output.bytes)), isOfThisMachine: true)
    } catch {
      notes.append("nginx -T: \(error)")
      return nil
    }
  }
}
