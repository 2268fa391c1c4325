internal import Report

extension PhaseKind {
  /// Its action that visitors may notice; `nil` where there is none, or only a repair.
  var disturbance: Disturbance? { Disturbance.allCases.first { $0.phase == self } }
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
