internal import Platform
internal import Synchronization

/// The requests that arrived at one backend, kept in memory within bounds.
///
/// It keeps the first rows and counts the rest, so that it is complete or says how many it lacks. Calls may come from any
/// thread.
final class RequestLedger: Sendable {
  /// How many rows are kept.
  static let rowLimit = 100_000

  /// How many bytes of methods, targets and request ids are kept.
  static let textLimit = 64 << 20

  /// One request's row, to be completed; none where the ledger is full or has been cleared since.
  struct Ticket {
    fileprivate let clearing: Int
    fileprivate let index: Int?
  }

  private struct State {
    var start = MonotonicClock.now()
    var rows: [LedgerRow] = []
    var arrived = 0
    var textBytes = 0
    /// Answers that are being handed to the kernel.
    var sending = 0
    /// How often it has been cleared.
    var clearings = 0
  }

  private let rowLimit: Int
  private let state = Mutex(State())

  init(rowLimit: Int = RequestLedger.rowLimit) {
    self.rowLimit = rowLimit
  }

  /// How many requests have arrived, those without a row included.
  var count: Int { state.withLock { $0.arrived } }

  /// Enters a request that arrived at a time of the monotonic clock.
  func begin(arrived: UInt64, connection: Int, id: String?, method: String, target: String) -> Ticket {
    state.withLock { state in
      state.arrived += 1
      let size = (id?.utf8.count ?? 0) + method.utf8.count + target.utf8.count
      // Once a row is missing none is added, so that what is kept is the beginning without a hole.
      guard state.rows.count == state.arrived - 1, state.rows.count < rowLimit,
        state.textBytes + size <= Self.textLimit
      else { return Ticket(clearing: state.clearings, index: nil) }
      state.textBytes += size
      state.rows.append(
        LedgerRow(
          connection: connection, requestID: id, method: method, target: target,
          arrivedSeconds: seconds(arrived, since: state.start)))
      return Ticket(clearing: state.clearings, index: state.rows.count - 1)
    }
  }

  /// Notes that the answer is about to be sent.
  func answering(_ ticket: Ticket, status: Int) {
    state.withLock { state in
      guard ticket.clearing == state.clearings else { return }
      state.sending += 1
      guard let index = ticket.index else { return }
      state.rows[index].status = status
      state.rows[index].beganSeconds = seconds(MonotonicClock.now(), since: state.start)
    }
  }

  /// Notes that the answer has been handed to the kernel, or that the client was gone.
  func answered(_ ticket: Ticket, _ outcome: LedgerRow.Outcome) {
    state.withLock { state in
      guard ticket.clearing == state.clearings else { return }
      state.sending -= 1
      end(ticket, outcome, &state)
    }
  }

  /// Notes the end of a request that got no answer.
  func unanswered(_ ticket: Ticket, _ outcome: LedgerRow.Outcome) {
    state.withLock { state in
      if ticket.clearing == state.clearings { end(ticket, outcome, &state) }
    }
  }

  private func end(_ ticket: Ticket, _ outcome: LedgerRow.Outcome, _ state: inout State) {
    guard let index = ticket.index else { return }
    state.rows[index].outcome = outcome
    state.rows[index].endedSeconds = seconds(MonotonicClock.now(), since: state.start)
  }

  /// Forgets everything; requests that are being answered leave no row.
  func clear() {
    state.withLock { state in
      let clearings = state.clearings + 1
      state = State()
      state.clearings = clearings
    }
  }

  /// Everything so far. Answers that are just being sent are waited for, at most a fifth of a second.
  func document(of backend: String, generation: String) -> LedgerDocument {
    let deadline = MonotonicClock.now() + 200_000_000
    while state.withLock({ $0.sending > 0 }), MonotonicClock.now() < deadline {
      MonotonicClock.sleep(until: MonotonicClock.now() + 1_000_000)
    }
    return state.withLock { state in
      LedgerDocument(
        backend: backend, generation: generation,
        start: WallClock.seconds - Double(MonotonicClock.now() - state.start) / 1e9,
        arrived: state.arrived, requests: state.rows)
    }
  }

  private func seconds(_ time: UInt64, since start: UInt64) -> Double {
    time > start ? Double(time - start) / 1e9 : 0
  }
}
