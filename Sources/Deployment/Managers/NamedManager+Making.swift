internal import Glibc

extension NamedManager {
  /// The manager itself.
  func manager(_ options: ManagerOptions) -> any DeploymentManager {
    let timeout = Duration.nanoseconds(options.timeout)
    let place = subject ?? usualSubject
    func signalled(_ server: SignalledServer) -> SignalManager {
      SignalManager(server: server, path: place, timeout: timeout)
    }
    return switch kind {
    case .gunicorn: signalled(.gunicorn)
    case .puma: signalled(.puma)
    case .unicorn: signalled(.unicorn)
    case .uwsgi: signalled(.uwsgi)
    case .phpFPM: signalled(.phpFPM)
    case .apache: signalled(.apache)
    case .nginx: signalled(.nginx)
    case .haproxy: signalled(.haproxy)
    case .nginxUpgrade: NginxUpgrade(path: place, timeout: timeout)
    case .caddy: CaddyManager(admin: place, timeout: timeout)
    case .systemd: CommandManager.systemd(place, timeout: timeout)
    case .compose: CommandManager.compose(place, timeout: timeout)
    case .kubectl: CommandManager.kubectl(place, timeout: timeout)
    case .pm2: PM2Apps.manager(place, options)
    }
  }

  /// What is meant where nothing follows the name: the first place that exists, or the first of all.
  private var usualSubject: String {
    switch kind.subject {
    case .required: ""
    case .optional(_, let places): places.first { access($0, F_OK) == 0 } ?? places.first ?? ""
    }
  }

  /// Whether it can restart everything by itself.
  var restarts: Bool { kind.guide.restart != nil && (kind != .uwsgi || isFIFO) }

  private var isFIFO: Bool {
    var status = stat()
    guard let subject, stat(subject, &status) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFIFO
  }

  /// Whether it can stop and start one backend by itself.
  var stopsOne: Bool { kind.stopsOne }
}
