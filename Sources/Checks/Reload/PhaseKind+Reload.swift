internal import Report

extension PhaseKind {
  /// The action of it that visitors may notice; `nil` where there is none, or only a repair.
  var disturbance: Disturbance? {
    switch self {
    case .reload: .reload
    case .restart: .restart
    case .brokenReload: .brokenReload
    case .brokenRestart: .brokenRestart
    case .baseline, .repairAfterReload, .repairAfterRestart: nil
    }
  }

  /// That primaries served in it; `nil` before any action.
  var servedByPrimaries: AssertionKind? {
    switch self {
    case .baseline: nil
    case .reload: .reloadServedByPrimaries
    case .restart: .restartServedByPrimaries
    case .brokenReload: .brokenReloadServedByPrimaries
    case .brokenRestart: .brokenRestartServedByPrimaries
    case .repairAfterReload: .repairAfterReloadServedByPrimaries
    case .repairAfterRestart: .repairAfterRestartServedByPrimaries
    }
  }
}

extension ReloadPlan {
  /// Whether a phase has to lose no request.
  func demandsNoLoss(in phase: PhaseKind) -> Bool {
    switch phase {
    case .baseline, .reload: true
    case .restart, .repairAfterReload, .repairAfterRestart: demandsSurvivingRestart
    case .brokenReload, .brokenRestart: demandsSurvivingBrokenBuild
    }
  }
}
