import Synchronization

/// Tells the first who asks from all others.
package final class FirstTurn: Sendable {
  private let isTaken = Atomic(false)

  package init() {}

  /// Whether nobody has asked before.
  package func take() -> Bool { !isTaken.exchange(true, ordering: .relaxed) }
}
