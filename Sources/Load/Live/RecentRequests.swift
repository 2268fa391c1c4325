public import Platform
internal import Synchronization

/// How the requests of the last minute and a half went, by when they were due, in slots of a tenth of a second.
public struct RecentRequests: Sendable, Equatable {
  /// The requests that were due in one slot.
  public struct Slot: Sendable, Equatable {
    public var begun: Int
    public var succeeded: Int
    public var failed: Int

    public init(begun: Int = 0, succeeded: Int = 0, failed: Int = 0) {
      self.begun = begun
      self.succeeded = succeeded
      self.failed = failed
    }

    /// Begun, and without an outcome so far.
    var open: Int { max(0, begun - succeeded - failed) }
  }

  /// A slot's length.
  public static let width: Nanoseconds = 100_000_000
  /// How long the site must answer without a failure.
  public static let stretch: Nanoseconds = 1_000_000_000

  /// The number of the first slot, counted from the run's start.
  public let first: Int
  public let slots: [Slot]
  /// When the first request that is not sent yet is due, in nanoseconds from the run's start; the largest number if none is.
  public let nextDue: Nanoseconds

  public init(first: Int, slots: [Slot], nextDue: Nanoseconds = .max) {
    self.first = first
    self.slots = slots
    self.nextDue = nextDue
  }

  /// How far behind its due time the generator may be and still count as on time.
  private static let punctuality: Nanoseconds = 10_000_000

  /// Whether all that was due has been sent: a late request meets whatever is done meanwhile.
  public func areSent(at now: Nanoseconds) -> Bool { now < nextDue || now - nextDue < Self.punctuality }

  /// Whether the latest full second of requests due after a moment all succeeded, at least one of them,
  /// and none has failed since.
  ///
  /// Requests that hang are no success: one in flight for longer than `patience`, whenever it was due, makes the answer
  /// no, since its outcome is not known yet.
  ///
  /// - Parameters:
  ///   - moment: only requests due from then on count, in nanoseconds from the run's start.
  ///   - now: how long the run has gone on.
  ///   - patience: how long an answer may take before it counts as missing.
  public func areWell(since moment: Nanoseconds, at now: Nanoseconds, patience: Nanoseconds) -> Bool {
    let needed = Int(Self.stretch / Self.width)
    var streak = 0
    var answered = 0
    for (index, slot) in slots.enumerated() where slot.open > 0 {
      if Nanoseconds(first + index + 1) * Self.width + patience < now { return false }
    }
    for index in slots.indices.reversed() {
      let start = Nanoseconds(first + index) * Self.width
      guard start >= moment else { return false }
      let slot = slots[index]
      if slot.failed > 0 { return false }
      // Requests may yet become due in it.
      guard start + Self.width <= now else { continue }
      if slot.open > 0 {
        (streak, answered) = (0, 0)
        continue
      }
      streak += 1
      answered += slot.succeeded
      if streak >= needed, answered > 0 { return true }
    }
    return false
  }

  /// Whether any request due in the last second, as far as they have an outcome, was answered.
  public var hasAnswers: Bool {
    slots.suffix(Int(Self.stretch / Self.width) * 2).contains { $0.succeeded > 0 }
  }
}

/// The requests of one worker by due time: written by that worker alone, read by any thread, with relaxed ordering.
final class RecentSlots: Sendable {
  static let count = 1024
  private static let fields = 4

  /// For each slot its number plus one, and how many requests were begun, succeeded and failed.
  private nonisolated(unsafe) let cells: UnsafeMutablePointer<Atomic<UInt64>>
  private let nextDue = Atomic<UInt64>(0)

  init() {
    cells = .allocate(capacity: Self.count * Self.fields)
    for cell in 0..<Self.count * Self.fields { (cells + cell).initialize(to: Atomic(0)) }
  }

  deinit {
    cells.deinitialize(count: Self.count * Self.fields)
    cells.deallocate()
  }

  @inline(__always)
  private func increment(_ cell: Int) {
    cells[cell].store(cells[cell].load(ordering: .relaxed) &+ 1, ordering: .relaxed)
  }

  /// Publishes when the worker's next request is due.
  @inline(__always)
  func announce(next due: Nanoseconds) { nextDue.store(due, ordering: .relaxed) }

  @inline(__always)
  func begin(due: Nanoseconds) {
    let number = due / RecentRequests.width
    let index = Int(number % UInt64(Self.count)) * Self.fields
    let held = cells[index].load(ordering: .relaxed)
    if held != number + 1 {
      // What was due a turn of the ring ago is no longer needed.
      guard held < number + 1 else { return }
      for field in 1..<Self.fields { cells[index + field].store(0, ordering: .relaxed) }
      cells[index].store(number + 1, ordering: .relaxed)
    }
    increment(index + 1)
  }

  @inline(__always)
  func finish(due: Nanoseconds, failed: Bool) {
    let number = due / RecentRequests.width
    let index = Int(number % UInt64(Self.count)) * Self.fields
    guard cells[index].load(ordering: .relaxed) == number + 1 else { return }
    increment(index + (failed ? 3 : 2))
  }

  /// The sum over all workers, up to the slot of a moment.
  static func sum(_ all: [RecentSlots], at now: Nanoseconds) -> RecentRequests {
    let last = now / RecentRequests.width
    // The oldest may be overwritten at any time.
    let first = last - min(last, UInt64(count - 100))
    let slots = (first...last).map { number in
      var slot = RecentRequests.Slot()
      let index = Int(number % UInt64(count)) * fields
      for worker in all where worker.cells[index].load(ordering: .relaxed) == number + 1 {
        slot.begun += Int(worker.cells[index + 1].load(ordering: .relaxed))
        slot.succeeded += Int(worker.cells[index + 2].load(ordering: .relaxed))
        slot.failed += Int(worker.cells[index + 3].load(ordering: .relaxed))
      }
      return slot
    }
    let nextDue = all.map { $0.nextDue.load(ordering: .relaxed) }.min() ?? .max
    return RecentRequests(first: Int(first), slots: slots, nextDue: nextDue)
  }
}
