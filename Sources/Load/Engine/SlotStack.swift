/// Slots that are free, the last one freed on top; at first all are.
struct SlotStack: ~Copyable {
  private let slots: UnsafeMutablePointer<Int32>
  private var count: Int

  init(capacity: Int) {
    slots = .allocate(capacity: max(1, capacity))
    for slot in 0..<capacity { (slots + slot).initialize(to: Int32(capacity - 1 - slot)) }
    count = capacity
  }

  deinit { slots.deallocate() }

  /// Takes a free slot; there has to be one.
  @inline(__always)
  mutating func pop() -> Int {
    assert(count > 0)
    count &-= 1
    return Int(slots[count])
  }

  @inline(__always)
  mutating func push(_ slot: Int) {
    slots[count] = Int32(truncatingIfNeeded: slot)
    count &+= 1
  }
}
