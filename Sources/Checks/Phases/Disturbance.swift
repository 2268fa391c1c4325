internal import Report

/// What visitors may notice, and the assertions about that.
enum Disturbance: CaseIterable {
  case reload
  case restart
  case brokenReload
  case brokenRestart
  /// A backend is stopped and started again.
  case failover
  /// All primaries are stopped, and the first is started again.
  case lastPrimary
  /// All backups but one are stopped, while no primary runs.
  case lastBackup

  var lostNoRequest: AssertionKind {
    switch self {
    case .reload: .reloadLostNoRequest
    case .restart: .restartLostNoRequest
    case .brokenReload: .brokenReloadLostNoRequest
    case .brokenRestart: .brokenRestartLostNoRequest
    case .failover: .failoverLostNoRequest
    case .lastPrimary: .lastPrimaryLostNoRequest
    case .lastBackup: .lastBackupLostNoRequest
    }
  }

  /// `nil` where a gap is that of something larger.
  var leftNoGap: AssertionKind? {
    switch self {
    case .reload: .reloadLeftNoGap
    case .restart: .restartLeftNoGap
    case .brokenReload: .brokenReloadLeftNoGap
    case .brokenRestart: .brokenRestartLeftNoGap
    case .failover: .failoverLeftNoGap
    case .lastPrimary: .lastPrimaryLeftNoGap
    case .lastBackup: nil
    }
  }

  var servedByBackends: AssertionKind {
    switch self {
    case .reload: .reloadServedByBackends
    case .restart: .restartServedByBackends
    case .brokenReload: .brokenReloadServedByBackends
    case .brokenRestart: .brokenRestartServedByBackends
    case .failover: .failoverServedByBackends
    case .lastPrimary: .lastPrimaryServedByBackends
    case .lastBackup: .lastBackupServedByBackends
    }
  }
}
