internal import Synchronization

/// That a report is asked for while a watch goes on, by SIGUSR1.
final class ReportRequest: Sendable {
  private let isWanted = Atomic(false)

  func ask() { isWanted.store(true, ordering: .relaxed) }

  /// Whether one was asked for since the last call.
  func take() -> Bool { isWanted.exchange(false, ordering: .relaxed) }
}
