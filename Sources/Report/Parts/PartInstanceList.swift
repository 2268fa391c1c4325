/// A manager's own list of its instances at one moment of a run.
public struct PartInstanceList: Codable, Sendable, Equatable {
  public enum Moment: String, Codable, Sendable {
    /// Just before the phase's action, which is the end of the phase before; of the first phase, its beginning.
    case before
    /// Just after the phase's action.
    case after
    /// At the phase's end, where no action follows.
    case end
  }

  /// The phase's name.
  public var phase: String
  public var moment: Moment
  public var instances: [PartInstance]

  public init(phase: String, moment: Moment, instances: [PartInstance]) {
    self.phase = phase
    self.moment = moment
    self.instances = instances
  }
}

/// One process that a manager keeps running, as its list shows it.
public struct PartInstance: Codable, Sendable, Equatable {
  /// What the manager's commands call it.
  public var name: String
  /// 0 is none.
  public var pid: Int
  /// In the manager's own word.
  public var status: String
  /// How often the manager has started it again.
  public var restarts: Int
  /// Whether it has a process that is taken to serve; left out where the manager's word does not say.
  public var isUp: Bool?
  public var isClusterMode: Bool?
  /// How long the manager waits for a new process, in milliseconds; left out where it is not known, as the next ones.
  public var listenTimeout: Int?
  /// How long a process may take to end, in milliseconds.
  public var killTimeout: Int?
  public var waitsForReady: Bool?
  /// The settings that have it restarted without being told.
  public var restartsBy: [String]?

  public init(
    name: String, pid: Int = 0, status: String = "online", restarts: Int = 0, isUp: Bool? = nil,
    isClusterMode: Bool? = nil, listenTimeout: Int? = nil, killTimeout: Int? = nil, waitsForReady: Bool? = nil,
    restartsBy: [String]? = nil
  ) {
    self.name = name
    self.pid = pid
    self.status = status
    self.restarts = restarts
    self.isUp = isUp
    self.isClusterMode = isClusterMode
    self.listenTimeout = listenTimeout
    self.killTimeout = killTimeout
    self.waitsForReady = waitsForReady
    self.restartsBy = restartsBy
  }
}
