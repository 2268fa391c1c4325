/// What is done at the beginning of a failover's phase, after the baseline.
enum FailoverPhase: Hashable {
  case stop(String)
  case start(String)
  case stopAllPrimaries
  /// All backups but this one are stopped as well.
  case leaveOnly(String)
  case startFirst(String)
  case startOthers

  /// The phase's name in reports and thresholds.
  var name: String {
    switch self {
    case .stop(let backend): "stop \(backend)"
    case .start(let backend): "start \(backend)"
    case .stopAllPrimaries: "stop all primaries"
    case .leaveOnly(let backup): "leave only \(backup)"
    case .startFirst(let primary): "start \(primary) first"
    case .startOthers: "start the others"
    }
  }

  /// Whether it undoes a stop, so that it is done whatever has happened, and not ended by Ctrl-C.
  var isRepair: Bool {
    switch self {
    case .stop, .stopAllPrimaries, .leaveOnly: false
    case .start, .startFirst, .startOthers: true
    }
  }
}
