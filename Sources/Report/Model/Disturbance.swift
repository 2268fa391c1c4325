/// What visitors may notice of an action; its raw value begins the names of the assertions about that.
public enum Disturbance: String, CaseIterable, Sendable {
  case reload
  /// What somebody else did, as answers showed it.
  case deploy
  case restart
  case brokenReload
  case brokenRestart
  /// A backend is stopped and started again.
  case failover
  /// All backups but one are stopped, while no primary runs.
  case lastBackup
  /// All primaries are stopped, and the first is started again.
  case lastPrimary

  /// The phase of a reload test whose action it is; `nil` for what a failover does.
  public var phase: PhaseKind? {
    switch self {
    case .reload: .reload
    case .restart: .restart
    case .brokenReload: .brokenReload
    case .brokenRestart: .brokenRestart
    case .deploy, .failover, .lastBackup, .lastPrimary: nil
    }
  }
}
