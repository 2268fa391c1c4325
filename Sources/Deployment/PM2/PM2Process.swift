/// One entry of `pm2 jlist`, without the environment that pm2 lists along with it and that holds secrets.
///
/// During a reload an old process that is still finishing its requests is not listed, only its successor is.
package struct PM2Process: Sendable, Equatable {
  /// pm2's number for it, the same before and after a reload.
  package var id: Int
  package var app: String
  package var namespace: String?

  /// 0 is none.
  package var pid: Int32

  /// `online`, `launching`, `stopping`, `stopped`, `errored` or another word of pm2.
  package var status: String

  /// How often pm2 has restarted it, by itself or when asked to.
  package var restarts: Int

  /// Its number among the instances of its app, from 0.
  package var slot: Int?

  /// nil when pm2 does not say.
  package var isClusterMode: Bool?

  /// Whether pm2 waits until the app says that it is ready; nil when pm2 does not say.
  package var waitsForReady: Bool?

  /// How long the app may take to end before it is killed, in milliseconds; nil is pm2's default of 1,600.
  package var killTimeout: Int?

  /// How long pm2 waits for a new instance to listen, in milliseconds; nil is pm2's default of 3,000.
  package var listenTimeout: Int?

  /// The settings by which pm2 restarts it unasked: `cron_restart`, `max_memory_restart` or `watch`.
  package var restartsBy: [String]

  /// The `PORT` that pm2 gives it, with `increment_var` one of its own; nil where there is none.
  package var port: Int?

  package init(
    id: Int, app: String, namespace: String? = nil, pid: Int32 = 0, status: String, restarts: Int = 0,
    slot: Int? = nil, isClusterMode: Bool? = nil, waitsForReady: Bool? = nil, killTimeout: Int? = nil,
    listenTimeout: Int? = nil, restartsBy: [String] = [], port: Int? = nil
  ) {
    self.port = port
    self.restartsBy = restartsBy
    self.id = id
    self.app = app
    self.namespace = namespace
    self.pid = pid
    self.status = status
    self.restarts = restarts
    self.slot = slot
    self.isClusterMode = isClusterMode
    self.waitsForReady = waitsForReady
    self.killTimeout = killTimeout
    self.listenTimeout = listenTimeout
  }

  package var isOnline: Bool { status == "online" && pid > 0 }

  /// As any manager's instance, called by its id, which is what pm2's commands take.
  package var instance: ManagedInstance {
    ManagedInstance(
      name: String(id), slot: slot, pid: pid, status: status, restarts: restarts, isClusterMode: isClusterMode,
      settings: InstanceSettings(
        listenTimeout: listenTimeoutInForce, killTimeout: killTimeoutInForce, waitsForReady: waitsForReady == true,
        restartsBy: restartsBy), port: port)
  }

  /// `listen_timeout` in milliseconds; pm2 leaves it out of its list while it has its default.
  package var listenTimeoutInForce: Int { max(listenTimeout ?? 3000, 0) }

  /// `kill_timeout` in milliseconds; pm2 leaves it out of its list while it has its default.
  package var killTimeoutInForce: Int { max(killTimeout ?? 1600, 0) }

  /// The upper bound of such times, in milliseconds: a day.
  private static let longestWait = 86_400_000

  /// How long pm2 waits for new processes that never come up, one instance after another, in milliseconds, at most a day.
  ///
  /// With `wait_ready` an instance gets its `listen_timeout` twice: once to listen, once to say that it is ready.
  package static func longestWait(for instances: [PM2Process]) -> Int {
    instances.reduce(0) { sum, instance in
      let once = min(instance.listenTimeoutInForce, longestWait)
      return min(sum + once * (instance.waitsForReady == true ? 2 : 1), longestWait)
    }
  }
}
