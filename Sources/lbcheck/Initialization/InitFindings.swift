internal import Checks
internal import Deployment
internal import HTTP

/// Everything that `init` found out about a site.
struct InitFindings {
  var target: Target
  var options = TargetOptions()
  /// What its answers show; `nil` where it does not answer.
  var survey: SurveyedSite?
  /// Why it was not asked, or not all of it.
  var notes: [String] = []
  var declared: DeclaredSite?
  var balancer: DeclaredBalancer?
  var apps: [PM2ListedApp] = []

  init(target: Target) { self.target = target }

  /// The apps of pm2 that run the backends: by their ports, or by the target's own where no configuration stands before them.
  var deployedApps: [PM2ListedApp] {
    let ports = Set(
      declared?.group?.backends.compactMap(\.localPort) ?? (declared == nil && isLocal ? [target.port] : []))
    return apps.filter { !ports.isDisjoint(with: $0.ports) }
  }

  private var isLocal: Bool { ["127.0.0.1", "localhost", "::1"].contains(target.host) }

  /// Whether one server of the configuration is several processes that share its port, so that the balancer cannot name them.
  var isOneForMany: Bool {
    declared?.group?.primaries.count == 1 && deployedApps.contains { $0.instances > 1 && $0.ports.count == 1 }
  }
}

/// A balancer whose configuration is read, and how its changes take effect.
enum DeclaredBalancer {
  case nginx
  case haproxy(file: String)

  var reload: String {
    switch self {
    case .nginx: "nginx -t && nginx -s reload"
    case .haproxy(let file): "haproxy -c -f \(file) && systemctl reload haproxy"
    }
  }
}
