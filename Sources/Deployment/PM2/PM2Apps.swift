/// Several apps of one pm2, acted on one after another.
struct PM2Apps: DeploymentManager {
  let apps: [PM2Manager]

  /// The manager of the apps in a list with commas.
  static func manager(_ names: String, _ options: ManagerOptions) -> any DeploymentManager {
    let apps = names.split(separator: ",", omittingEmptySubsequences: false).map {
      PM2Manager(app: String($0), options)
    }
    return apps.count == 1 ? apps[0] : PM2Apps(apps: apps)
  }

  var name: String { ManagerKind.pm2.rawValue }

  func preflight(for actions: Set<ManagerAction>, stop: () -> Bool) throws(PreflightError) {
    guard Set(apps.map(\.app)).count == apps.count else { throw .usage("pm2: an app is named twice") }
    for app in apps { try app.preflight(for: actions, stop: stop) }
  }

  func reload(stop: () -> Bool) -> ActionReport { perform(.reload, stop) }

  func restart(stop: () -> Bool) -> ActionReport { perform(.restart, stop) }

  func stop(_ instance: String, stop: () -> Bool) -> ActionReport {
    owner(of: instance, stop).map { $0.stop(instance, stop: stop) } ?? unknown(instance)
  }

  func start(_ instance: String, stop: () -> Bool) -> ActionReport {
    owner(of: instance, stop).map { $0.start(instance, stop: stop) } ?? unknown(instance)
  }

  func instances(stop: () -> Bool) throws(ManagerError) -> [ManagedInstance] {
    var all: [ManagedInstance] = []
    for app in apps {
      // Slots count within an app.
      for var instance in try app.instances(stop: stop) {
        instance.slot = nil
        all.append(instance)
      }
    }
    return all
  }

  func longestWait(stop: () -> Bool) -> Duration? {
    let waits = apps.compactMap { $0.longestWait(stop: stop) }
    return waits.count == apps.count ? waits.reduce(.zero, +) : nil
  }

  /// Acts on each app until one fails, with one report of all that was done.
  private func perform(_ action: PM2Findings.Action, _ stop: () -> Bool) -> ActionReport {
    let before = try? instances(stop: stop)
    var report = apps[0].perform(action, stop: stop).report
    for app in apps.dropFirst() {
      guard report.problem == nil, !stop() else { break }
      let next = app.perform(action, stop: stop).report
      report.command += ["&&"] + next.command
      report.claim = OutputExcerpt.shortened(report.claim + "\n" + next.claim)
      report.duration = next.startedAt + next.duration - report.startedAt
      report.notes += next.notes
      (report.exitStatus, report.problem, report.wasStopped) = (next.exitStatus, next.problem, next.wasStopped)
    }
    report.instancesBefore = before
    report.instancesAfter = try? instances { false }
    return report
  }

  private func owner(of instance: String, _ stop: () -> Bool) -> PM2Manager? {
    apps.first { app in (try? app.instances(stop: stop))?.contains { $0.name == instance } ?? false }
  }

  private func unknown(_ instance: String) -> ActionReport {
    ActionReport(refused: "pm2 has no instance \(instance) of \(apps.map(\.app).joined(separator: ", "))")
  }
}

extension ManagerGuide {
  static let pm2 = ManagerGuide(
    reload: "`pm2 reload APP`, each app in turn", restart: "`pm2 restart APP`",
    claim: "in cluster mode processes are replaced one after another, without downtime",
    source: "pm2.keymetrics.io, Cluster Mode",
    pitfall:
      "no `wait_ready`, a short `listen_timeout`, an app that does not drain on SIGINT, fork mode; a reload that was broken off "
      + "leaves pm2's lock for 30 s")
}
