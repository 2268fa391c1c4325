internal import Platform

/// Slots that wait with the same timeout, so the first to expire is always the first of the list.
///
/// Adding and removing take constant time; times are passed in as values.
struct DeadlineList: ~Copyable {
  private struct Entry {
    var deadline: Nanoseconds = 0
    /// The neighbours; ``none`` at the ends, and `previous` is ``unlisted`` for a slot that waits for nothing.
    var previous = DeadlineList.unlisted
    var next = DeadlineList.none
  }

  private static let none: Int32 = -1
  private static let unlisted: Int32 = -2

  private let entries: UnsafeMutablePointer<Entry>
  private var first = DeadlineList.none
  private var last = DeadlineList.none

  /// - Parameter capacity: one more than the highest slot.
  init(capacity: Int) {
    entries = .allocate(capacity: max(1, capacity))
    entries.initialize(repeating: Entry(), count: max(1, capacity))
  }

  deinit { entries.deallocate() }

  /// When the first slot expires; the largest number where none waits.
  @inline(__always)
  var next: Nanoseconds { first >= 0 ? entries[Int(first)].deadline : .max }

  /// The first slot whose time is over.
  @inline(__always)
  func firstExpired(at now: Nanoseconds) -> Int? { next <= now ? Int(first) : nil }

  /// Adds a slot; its deadline must not be before the last one's.
  @inline(__always)
  mutating func append(_ slot: Int, deadline: Nanoseconds) {
    entries[slot].deadline = deadline
    entries[slot].previous = last
    entries[slot].next = DeadlineList.none
    if last >= 0 { entries[Int(last)].next = Int32(slot) } else { first = Int32(slot) }
    last = Int32(slot)
  }

  /// Removes a slot, if it is in the list.
  @inline(__always)
  mutating func remove(_ slot: Int) {
    let previous = entries[slot].previous
    guard previous != DeadlineList.unlisted else { return }
    let next = entries[slot].next
    if previous >= 0 { entries[Int(previous)].next = next } else { first = next }
    if next >= 0 { entries[Int(next)].previous = previous } else { last = previous }
    entries[slot].previous = DeadlineList.unlisted
  }

  /// Restarts a slot's timeout from now.
  mutating func renew(_ slot: Int, deadline: Nanoseconds) {
    remove(slot)
    append(slot, deadline: deadline)
  }

  /// Extends the deadlines of all slots.
  mutating func extend(by time: Nanoseconds) {
    var slot = first
    while slot >= 0 {
      entries[Int(slot)].deadline += time
      slot = entries[Int(slot)].next
    }
  }
}
