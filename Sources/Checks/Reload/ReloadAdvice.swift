internal import Deployment
internal import Report
internal import Statistics

/// Advice from the figures of a reload test: values in, lines out.
///
/// Each line follows from an observation; where nothing was lost there is nothing to advise.
struct ReloadAdvice {
  /// How the manager replaces instances, as its list says.
  struct Manager: Equatable {
    var instances = 1
    /// In seconds.
    var listenTimeout = 3.0
    /// In seconds.
    var killTimeout = 1.6
    var waitsForReady = false
    /// `nil` where it is not known.
    var isClusterMode: Bool?

    /// How long it waits for new processes that never come up, all of them together, in seconds.
    var longestWait: Double { Double(instances) * listenTimeout * (waitsForReady ? 2 : 1) }
  }

  /// The effects of one action, in seconds from its start.
  struct Action: Equatable {
    var phase: PhaseKind
    var duration = 0.0
    var failed = 0
    /// Of those that failed: how many had been sent before and were cut.
    var cut = 0
    /// Of those that failed: how many had no answer within the time-out.
    var timedOut = 0
    /// When a generation that had not answered before it first answered; `nil` if none did, or none can be distinguished.
    var firstNewAnswer: Double?
    /// From when on the site was down until the phase's end; `nil` where it was not.
    var downFrom: Double?
    var isReload: Bool { phase == .reload || phase == .brokenReload }
  }

  private(set) var lines: [String] = []

  /// - Parameters:
  ///   - manager: `nil` for one whose settings are not known.
  ///   - guide: what is usually wrong with the manager; `nil` for one without a name.
  ///   - actions: in order, repairs left out.
  init(manager: Manager?, guide: ManagerGuide? = nil, actions: [Action]) {
    if let guide { for action in actions where action.phase == .reload { advise(on: action, by: guide) } }
    guard let manager else { return }
    for action in actions { advise(on: action, by: manager) }
  }

  private mutating func add(_ line: String) { if !lines.contains(line) { lines.append(line) } }

  private mutating func advise(on action: Action, by guide: ManagerGuide) {
    if action.cut > 0, let line = guide.whenCut { add(line) }
    if action.failed > action.cut, let line = guide.whenLost { add(line) }
  }

  private mutating func advise(on action: Action, by manager: Manager) {
    let listen = Self.seconds(manager.listenTimeout)
    if action.phase.isIntoBrokenBuild {
      if let survived = action.downFrom, action.isReload {
        let times = manager.waitsForReady ? "2 × \(listen)" : listen
        let isTheWait = abs(survived - manager.longestWait) <= max(1, manager.longestWait / 4)
        add(
          "the \(action.phase) survived \(Self.seconds(survived))"
            + (isTheWait
              ? " = \(manager.instances) instance\(manager.instances == 1 ? "" : "s") × \(times) (listen_timeout)" : "")
            + ", then nobody answered: pm2 stops the old processes when the time is over, whether the new ones serve or not; "
            + "start a new build on a port of its own and test it before the reload")
      }
      return
    }
    guard action.isReload else { return }
    let neverReady =
      manager.waitsForReady && action.duration >= 0.9 * manager.longestWait && manager.longestWait > 0
    if neverReady {
      add(
        "wait_ready is set but `ready` never came: pm2 waited 2 × \(listen) for each instance; in the app: "
          + Self.readyLine)
    }
    guard action.failed > 0 else { return }
    if manager.isClusterMode == false {
      add("fork mode: a reload is a restart; run the app in cluster mode: pm2 start APP -i 2")
      return
    }
    if let first = action.firstNewAnswer, first > manager.listenTimeout {
      add(
        "the first answer of the new process came after \(Self.seconds(first)), and listen_timeout is \(listen): raise it, "
          + "such as listen_timeout: \(Self.roundedUp(first * 1.5 * 1000))")
    } else if !manager.waitsForReady, action.failed > action.cut {
      add(
        "pm2 stopped the old process before the new one could serve: set wait_ready: true, and in the app: "
          + Self.readyLine)
    }
    if action.cut > 0 {
      add(
        "requests in flight were cut: let the old process finish them, within kill_timeout (\(Self.seconds(manager.killTimeout))); "
          + "in the app: \(Self.drainLine)")
    }
    if action.cut > 0 || action.timedOut > 0 {
      add(
        "if the app already drains: Node loses a connection that it hands to a process just as that exits, so exit a moment "
          + "after the close: \(Self.drainLine); and give each instance a port of its own (increment_var) behind the balancer"
      )
    }
  }

  static let readyLine = "server.listen(PORT, () => process.send?.('ready'))"
  /// In cluster mode the primary may be handing over a connection when the worker's server has closed: a worker that is still there
  /// for a moment gives it back, one that is gone leaves it without an answer.
  static let drainLine = "process.on('SIGINT', () => server.close(() => setTimeout(() => process.exit(0), 100)))"

  /// In at most three digits.
  static func seconds(_ value: Double) -> String {
    Formatting.number(value, decimals: value < 1 ? 2 : value < 10 ? 1 : 0) + " s"
  }

  /// Milliseconds, up to the next half second.
  private static func roundedUp(_ milliseconds: Double) -> Int {
    Int((min(milliseconds, 1e9) / 500).rounded(.up)) * 500
  }
}
