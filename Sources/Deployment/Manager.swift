internal import Platform

/// A process manager that reloads, restarts, stops and starts the backends.
///
/// Every call blocks the calling thread until the manager has answered or has been ended. Whether an action did what
/// it claims only shows in the traffic and in ``instances(stop:)``.
package protocol DeploymentManager: Sendable {
  /// Its name in reports.
  var name: String { get }

  /// Checks whether the actions can be carried out, without doing any of them; called before any traffic.
  ///
  /// - Throws: ``PreflightError`` where one certainly cannot.
  func preflight(for actions: Set<ManagerAction>, stop: () -> Bool) throws(PreflightError)

  /// Replaces all instances, without an outage if the manager can.
  ///
  /// - Parameter stop: asked about every 10 ms; true ends the manager's command.
  func reload(stop: () -> Bool) -> ActionReport

  /// Stops and starts all instances.
  func restart(stop: () -> Bool) -> ActionReport

  /// Stops one instance.
  ///
  /// - Parameter instance: as ``ManagedInstance/name`` gives it, or as the manager's own commands take it.
  func stop(_ instance: String, stop: () -> Bool) -> ActionReport

  /// Starts one instance that was stopped.
  func start(_ instance: String, stop: () -> Bool) -> ActionReport

  /// The instances that the manager knows, in its own order.
  func instances(stop: () -> Bool) throws(ManagerError) -> [ManagedInstance]

  /// How long the manager may wait for new processes that never come up, all of them together; nil is not known.
  func longestWait(stop: () -> Bool) -> Duration?
}

extension DeploymentManager {
  package func longestWait(stop: () -> Bool) -> Duration? { nil }
}

/// Installs a broken build, and restores the good one.
package protocol BuildSwitch: Sendable {
  /// Checks whether both can be done, without doing either; called before any traffic.
  ///
  /// - Throws: ``PreflightError`` where one certainly cannot.
  func preflight(stop: () -> Bool) throws(PreflightError)

  /// Installs a broken build; running instances are not touched.
  func breakBuild(stop: () -> Bool) -> ActionReport

  /// Restores the good build and has every instance run it.
  func repair(stop: () -> Bool) -> ActionReport
}

/// A build switched by any two commands.
package struct CommandBuildSwitch: BuildSwitch {
  let breaking: ManagerCommand
  let repairing: ManagerCommand
  private let timeout: Duration

  /// - Parameter timeout: for each of the two; one that takes longer is ended.
  package init(break breaking: ManagerCommand, repair repairing: ManagerCommand, timeout: Duration) {
    self.breaking = breaking
    self.repairing = repairing
    self.timeout = timeout
  }

  package func breakBuild(stop: () -> Bool) -> ActionReport {
    ActionReport(breaking, CommandRunner.run(breaking, timeout: timeout, stop: stop))
  }

  package func repair(stop: () -> Bool) -> ActionReport {
    ActionReport(repairing, CommandRunner.run(repairing, timeout: timeout, stop: stop))
  }
}

/// One process that a manager supervises.
package struct ManagedInstance: Sendable, Equatable, Codable {
  /// Its name in the manager's commands.
  package var name: String

  /// Its number among the instances of its app, from 0, if it has one.
  package var slot: Int?

  /// Its process number; 0 is none.
  package var pid: Int32

  /// In the manager's own word, such as `online`.
  package var status: String

  /// How often the manager has restarted it.
  package var restarts: Int

  /// Whether the instances share a socket, so that a reload needs no outage; nil is unknown.
  package var isClusterMode: Bool?

  /// Its manager's settings for replacing it; nil is unknown.
  package var settings: InstanceSettings?

  /// The port that its app is given, in its manager's settings; nil is unknown.
  package var port: Int?

  /// What names its process where there is no pid, such as a container's id; nil where nothing does.
  package var incarnation: String?

  /// Whether its manager starts and ends such instances by the load, so that one more or one fewer is no finding.
  package var followsLoad: Bool?

  /// What another process of it would change; nil where nothing of it is known.
  package var process: String? { pid > 0 ? String(pid) : incarnation }

  /// Whether it has a process that should serve; `nil` where the manager's word for its state is not known.
  package var isUp: Bool? {
    switch status {
    case "online": pid > 0
    case "running", "active", "ready": true
    case "failed", "inactive", "exited", "dead", "Pending", "Failed": false
    case "errored", "launching", "stopped", "stopping", "waiting restart", "one-launch-status": false
    default: nil
    }
  }

  package init(
    name: String, slot: Int? = nil, pid: Int32 = 0, status: String, restarts: Int = 0, isClusterMode: Bool? = nil,
    settings: InstanceSettings? = nil, port: Int? = nil, incarnation: String? = nil, followsLoad: Bool? = nil
  ) {
    self.port = port
    self.incarnation = incarnation
    self.followsLoad = followsLoad
    self.settings = settings
    self.name = name
    self.slot = slot
    self.pid = pid
    self.status = status
    self.restarts = restarts
    self.isClusterMode = isClusterMode
  }
}

/// How a manager replaces an instance, and when it restarts one by itself.
package struct InstanceSettings: Sendable, Equatable, Codable {
  /// How long the manager waits for a new process to listen, or to say that it is ready, in milliseconds, 0 or more.
  package var listenTimeout: Int

  /// How long a process may take to end before it is killed, in milliseconds, 0 or more.
  package var killTimeout: Int

  /// Whether the manager waits until the process says that it is ready.
  package var waitsForReady: Bool

  /// The settings by which the manager restarts it unasked, such as `cron_restart`, with their values.
  package var restartsBy: [String]

  package init(listenTimeout: Int, killTimeout: Int, waitsForReady: Bool, restartsBy: [String] = []) {
    self.listenTimeout = listenTimeout
    self.killTimeout = killTimeout
    self.waitsForReady = waitsForReady
    self.restartsBy = restartsBy
  }
}

/// What a manager says about an action: a claim, not a finding.
package struct ActionReport: Sendable, Equatable {
  /// The program and its arguments.
  package var command: [String]

  /// nil when the command did not end by itself.
  package var exitStatus: Int32?

  /// The manager's own words, shortened, with control characters as they are.
  package var claim: String

  /// CLOCK_MONOTONIC, in nanoseconds.
  package var startedAt: UInt64

  /// In nanoseconds.
  package var duration: UInt64

  /// Why the action has certainly failed, in one line; nil otherwise.
  package var problem: String?

  /// lbcheck itself ended the command, as it was asked to stop, so the problem is not the manager's.
  package var wasStopped = false

  /// What in the manager's own list contradicts the claim or deserves a warning, a line each.
  package var notes: [String]

  /// The manager's own list just before the action; `nil` where it has none or could not be asked.
  package var instancesBefore: [ManagedInstance]?

  /// The manager's own list just after the action; `nil` where it has none or could not be asked.
  package var instancesAfter: [ManagedInstance]?

  package init(
    command: [String], exitStatus: Int32?, claim: String, startedAt: UInt64, duration: UInt64, problem: String? = nil,
    notes: [String] = []
  ) {
    self.command = command
    self.exitStatus = exitStatus
    self.claim = claim
    self.startedAt = startedAt
    self.duration = duration
    self.problem = problem
    self.notes = notes
  }

  /// A report on a command that ran; where it has failed, with the last line of what it said about that.
  init(_ command: ManagerCommand, _ outcome: CommandOutcome) {
    self.init(
      command: command.arguments, exitStatus: outcome.exitStatus, claim: OutputExcerpt.shortened(outcome),
      startedAt: outcome.startedAt, duration: outcome.duration,
      problem: outcome.problem.map { problem in
        let reason = OutputExcerpt.lastLine(outcome.errors.text) ?? OutputExcerpt.lastLine(outcome.output.text)
        return "\(command.arguments.first ?? "the command") \(problem)"
          + (reason.map { "; it printed: “\($0)”" } ?? "")
      },
      notes: outcome.leftBehind ? [Self.leftBehind] : [])
    wasStopped = outcome.stopped
  }

  private static let leftBehind =
    "the command left processes in the background that keep its output open; they live on, and lbcheck reads what they print "
    + "until it ends (redirect their output to keep them beyond that)."

  /// A report on an action that could not be tried.
  init(refused problem: String) {
    self.init(command: [], exitStatus: nil, claim: "", startedAt: MonotonicClock.now(), duration: 0, problem: problem)
  }
}

/// Why a manager's instances could not be listed, in one line.
package struct ManagerError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
