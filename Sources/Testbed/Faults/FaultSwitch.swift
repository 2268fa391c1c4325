internal import Platform
internal import Synchronization

/// The fault in force, which decides what a backend's connections do with a request.
final class FaultSwitch: Sendable {
  /// What to do with one request.
  enum Treatment {
    /// It is answered this many nanoseconds later than usual.
    case answer(slowness: UInt64)
    case error(CannedAnswer)
    case reset
    case hang
  }

  private struct State {
    var fault = BackendFault.none
    /// Counts the settings, so that what belongs to an earlier one can end.
    var setting = 0
    var error: CannedAnswer?
    /// The part of an error that is due, from 0 to 1.
    var due = 0.0
  }

  private let fields: [(name: String, value: String)]
  private let state = Mutex(State())

  /// - Parameter fields: what every answer carries.
  init(fields: [(name: String, value: String)]) {
    self.fields = fields
  }

  var fault: BackendFault { state.withLock { $0.fault } }

  /// Runs a closure if a setting is still in force, and lets no other replace it meanwhile.
  ///
  /// - Returns: whether it was.
  func whileInForce(_ setting: Int, _ body: () -> Void) -> Bool {
    state.withLock { state in
      guard state.setting == setting else { return false }
      body()
      return true
    }
  }

  /// - Parameter apply: carries out what concerns the port, before another setting can begin.
  /// - Returns: the setting, as ``whileInForce(_:_:)`` takes it.
  func set(_ fault: BackendFault, apply: () throws(TestbedError) -> Void) throws(TestbedError) -> Int {
    try state.withLock { (state) throws(TestbedError) in
      state.fault = fault
      state.setting += 1
      state.due = 0
      state.error = nil
      if case .errors(_, let status) = fault {
        state.error = CannedAnswer("\(status) Error on purpose", fields, "text/plain", "\(status)\n")
      }
      try apply()
      return state.setting
    }
  }

  /// What to do with the next request, which is for a path.
  func next(for path: String) -> Treatment {
    state.withLock { state in
      switch state.fault {
      case .none, .refuse, .flap: return .answer(slowness: 0)
      case .slow(let delay, let slow):
        return .answer(slowness: slow == nil || slow == path ? delay.nanoseconds : 0)
      case .reset: return .reset
      case .hang: return .hang
      case .errors(let share, _):
        state.due += share
        guard let error = state.error, state.due > 1 - 1e-9 else { return .answer(slowness: 0) }
        state.due -= 1
        return .error(error)
      }
    }
  }
}
