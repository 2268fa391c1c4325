package import Deployment
internal import Glibc
package import Platform
internal import Report
internal import Statistics
internal import Synchronization

/// Runs a command for each event, one after another, with the event as a line of JSON on its standard input.
///
/// It has a thread of its own, so that nothing waits for the command. One that takes too long is ended; where more events wait
/// than are kept, the oldest are dropped and counted.
package final class EventCommand: Sendable {
  private struct State {
    var waiting: [String] = []
    var isClosed = false
    var isEnded = false
    var dropped = 0
    /// Why the command failed for the first time.
    var problem: String?
    var failed = 0
  }

  /// How many events may wait.
  static let mostWaiting = 256

  private let command: ManagerCommand
  private let timeout: Duration
  private let state = Mutex(State())
  /// Readable where there is work.
  private let pipe: (reading: Int32, writing: Int32)

  /// - Parameter timeout: how long the command may take for one event.
  /// - Throws: the reason why this machine has no thread or pipe for it.
  package init(_ command: ManagerCommand, timeout: Duration = .seconds(10)) throws(SystemError) {
    self.command = command
    self.timeout = timeout
    pipe = try System.pipe(isNonBlocking: true)
    try KernelThread(named: "lbcheck-events") { [self] in work() }.detach()
  }

  deinit {
    System.close(pipe.reading)
    System.close(pipe.writing)
  }

  func put(_ line: String) {
    state.withLock { state in
      if state.waiting.count >= Self.mostWaiting {
        state.waiting.removeFirst()
        state.dropped += 1
      }
      state.waiting.append(line)
    }
    System.write("x", to: pipe.writing)
  }

  /// Lets the command take what waits, for as long as it may take for one event.
  ///
  /// - Returns: what went wrong, a sentence each.
  func close() -> [String] {
    state.withLock { $0.isClosed = true }
    System.write("x", to: pipe.writing)
    let end = MonotonicClock.now() + timeout.nanoseconds + 2_000_000_000
    while !state.withLock({ $0.isEnded }), MonotonicClock.now() < end { MonotonicClock.sleep(10_000_000) }
    return state.withLock { state in
      let left = state.dropped + state.waiting.count
      let program = command.arguments.first ?? ""
      return [
        state.problem.map { "--on-event: \(program) \($0); it failed for \(Formatting.count(state.failed)) events." },
        left == 0 ? nil : "--on-event: \(Formatting.count(left)) events were dropped, since \(program) is too slow.",
      ].compactMap(\.self)
    }
  }

  private func work() {
    while true {
      System.wait(for: .reading, of: [pipe.reading], until: nil)
      withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { _ = System.read(pipe.reading, into: $0) }
      while let line = state.withLock({ $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }) {
        let outcome = CommandRunner.run(command, timeout: timeout, input: line, capture: 1024) { false }
        guard let problem = outcome.problem else { continue }
        state.withLock { state in
          state.failed += 1
          if state.problem == nil { state.problem = problem }
        }
      }
      let isOver = state.withLock { state in
        state.isEnded = state.isClosed && state.waiting.isEmpty
        return state.isEnded
      }
      if isOver { return }
    }
  }
}
