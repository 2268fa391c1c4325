/// What a manager promises of a reload, and what is usually wrong where it does not hold.
package struct ManagerGuide: Sendable, Equatable {
  /// How it is reloaded, in few words.
  package let reload: String
  /// How it is restarted; `nil` where it cannot do so by itself, and `--restart-command` is needed.
  package var restart: String?
  /// What its documentation promises of a reload.
  package let claim: String
  /// Where it does.
  package let source: String
  /// What is usually wrong where requests are lost.
  package let pitfall: String
  /// What to do where a reload lost requests that were not in flight.
  package var whenLost: String?
  /// What to do where a reload cut requests in flight.
  package var whenCut: String?
}
