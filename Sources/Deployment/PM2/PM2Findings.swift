/// What pm2's list of processes shows about an action, against what pm2 claims about it.
package struct PM2Findings: Sendable, Equatable {
  package enum Action: Sendable, Equatable {
    case reload
    case restart
    case stop(id: Int)
    case start(id: Int)
  }

  package struct Change: Sendable, Equatable {
    package var id: Int
    package var before: Int
    package var after: Int
  }

  package struct Status: Sendable, Equatable {
    package var id: Int
    package var status: String
  }

  /// Instances of the app that have another process than before; a number of 0 is none.
  package private(set) var newPids: [Change] = []

  /// Instances of the app that are not online, including those that were to be stopped.
  package private(set) var notOnline: [Status] = []

  /// Instances of the app whose restart count grew; a reload or restart that works adds 1.
  package private(set) var moreRestarts: [Change] = []

  /// Ids of the app's instances that are no longer listed.
  package private(set) var missing: [Int] = []

  /// Other apps of which a process was replaced or ended, as happens where their namespace has the app's name.
  package private(set) var otherApps: [String] = []

  /// What contradicts the action's success, a line each; empty when all is well.
  package private(set) var contradictions: [String] = []

  /// What is likely to go wrong with the app's settings, a line each.
  package private(set) var warnings: [String] = []

  /// - Parameters:
  ///   - before: all of pm2's processes before the action.
  ///   - after: all of them after it, at once or later.
  ///   - exitStatus: of pm2's command; nil when it did not end by itself.
  package init(
    _ action: Action, app: String, before: [PM2Process], after: [PM2Process], exitStatus: Int32?
  ) {
    let mine = after.filter { $0.app == app }
    for old in before where old.app == app {
      guard let new = mine.first(where: { $0.id == old.id }) else {
        missing.append(old.id)
        continue
      }
      if new.pid != old.pid { newPids.append(Change(id: old.id, before: Int(old.pid), after: Int(new.pid))) }
      if new.restarts > old.restarts {
        moreRestarts.append(Change(id: old.id, before: old.restarts, after: new.restarts))
      }
    }
    notOnline = mine.filter { !$0.isOnline }.map { Status(id: $0.id, status: $0.status) }
    for old in before where old.app != app && old.pid > 0 {
      let isSame = after.contains { $0.id == old.id && $0.pid == old.pid }
      if !isSame, !otherApps.contains(old.app) { otherApps.append(old.app) }
    }
    contradictions = Self.contradictions(
      action, self, before: before.filter { $0.app == app }, after: mine, exitStatus: exitStatus)
    warnings = Self.warnings(mine.isEmpty ? before.filter { $0.app == app } : mine, about: action)
  }

  private static func contradictions(
    _ action: Action, _ findings: PM2Findings, before: [PM2Process], after: [PM2Process], exitStatus: Int32?
  ) -> [String] {
    let although = exitStatus == 0 ? "exit status 0 although " : ""
    var lines: [String] = []
    if after.isEmpty { return [although + "pm2 lists no instance of the app any more"] }
    for id in findings.missing { lines.append("\(although)instance \(id) is no longer listed") }

    let target: Int? =
      switch action {
      case .stop(let id), .start(let id): id
      case .reload, .restart: nil
      }
    for process in after {
      let old = before.first { $0.id == process.id }
      let (grown, _) = process.restarts.subtractingReportingOverflow(old?.restarts ?? process.restarts)
      let isReplaced = process.pid != old?.pid
      switch action {
      case .reload, .restart:
        if !process.isOnline {
          lines.append("\(although)instance \(process.id) is \(words(for: process))")
        } else if !isReplaced {
          lines.append("\(although)instance \(process.id) still has its old process \(process.pid)")
        }
        if let line = line(onStarts: grown, of: process) { lines.append(line) }
      case .stop where process.id == target:
        if process.pid > 0 || process.status == "online" {
          lines.append("\(although)instance \(process.id) is \(words(for: process))")
        }
      case .start where process.id == target:
        if !process.isOnline { lines.append("\(although)instance \(process.id) is \(words(for: process))") }
        if let line = line(onStarts: grown, of: process) { lines.append(line) }
      case .stop, .start:
        if let old, old.isOnline, isReplaced {
          lines.append("instance \(process.id) was not meant but is \(words(for: process)) with another process")
        }
      }
    }
    for other in findings.otherApps { lines.append("a process of another app, \(other), was replaced or ended") }
    return lines
  }

  private static func words(for process: PM2Process) -> String {
    switch (process.status, process.pid) {
    case ("online", 0): "online without a process"
    case ("stopped", 1...): "stopped but still has process \(process.pid)"
    default: process.status
    }
  }

  /// What it means that an instance was started more than once; `nil` if it was not.
  ///
  /// Two reloads that overlap start each instance twice as well, and all of them stay online.
  private static func line(onStarts grown: Int, of process: PM2Process) -> String? {
    guard grown > 1 else { return nil }
    let times = "instance \(process.id) was started \(grown) times"
    return times
      + (process.isOnline ? ": it crashes now and then, or another reload ran as well" : ": it seems to crash")
  }

  /// What is likely to go wrong in an action with the settings of an app's instances, a line each.
  package static func warnings(_ instances: [PM2Process], about action: Action) -> [String] {
    var lines: [String] = []
    let cluster = instances.filter { $0.isClusterMode == true }
    let isFork = instances.contains { $0.isClusterMode == false }
    switch action {
    case .reload:
      if isFork { lines.append("fork mode: pm2 carries out a reload as a restart, with an outage") }
      if cluster.contains(where: { $0.waitsForReady != true }) {
        lines.append(
          "no wait_ready: the old process is ended once the new one listens, whether or not it can serve yet")
      }
      if let most = cluster.map(\.listenTimeoutInForce).max() {
        lines.append("listen_timeout \(most) ms: after it the old process is ended even if the new one never listened")
      }
    case .restart, .stop, .start: break
    }
    switch action {
    case .reload, .restart, .stop:
      if let least = instances.map(\.killTimeoutInForce).min() {
        lines.append("kill_timeout \(least) ms: requests that take longer are cut when their instance is replaced")
      }
    case .start: break
    }
    let leavesNobody =
      switch action {
      case .reload: isFork
      case .restart, .stop: true
      case .start: false
      }
    if instances.count == 1, leavesNobody { lines.append("one instance only: nobody serves while it is restarted") }
    return lines
  }
}
