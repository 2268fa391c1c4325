/// A phase of a reload test; its raw value is its name in reports and thresholds.
public enum PhaseKind: String, CaseIterable, Sendable {
  /// The traffic before any action.
  case baseline
  case reload
  case restart
  case brokenReload = "broken reload"
  case brokenRestart = "broken restart"
  case repairAfterReload = "repair after reload"
  case repairAfterRestart = "repair after restart"

  /// Whether its action replaces the good build by a broken one.
  public var isIntoBrokenBuild: Bool {
    switch self {
    case .brokenReload, .brokenRestart: true
    case .baseline, .reload, .restart, .repairAfterReload, .repairAfterRestart: false
    }
  }

  /// Whether its action repairs what the phase before has broken.
  public var isRepair: Bool {
    switch self {
    case .repairAfterReload, .repairAfterRestart: true
    case .baseline, .reload, .restart, .brokenReload, .brokenRestart: false
    }
  }

  /// For an action with a broken build, the same action with the good one; `nil` for any other.
  public var withGoodBuild: PhaseKind? {
    switch self {
    case .brokenReload: .reload
    case .brokenRestart: .restart
    case .baseline, .reload, .restart, .repairAfterReload, .repairAfterRestart: nil
    }
  }
}

extension PhaseKind: CustomStringConvertible {
  public var description: String { rawValue }
}
