/// Slots that are free, in the order in which they became so: a ring of fixed size.
struct IdleRing: ~Copyable {
  private let slots: UnsafeMutablePointer<Int32>
  private let capacity: Int
  private var head = 0
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(1, capacity)
    slots = .allocate(capacity: self.capacity)
    slots.initialize(repeating: 0, count: self.capacity)
  }

  deinit { slots.deallocate() }

  @inline(__always)
  mutating func append(_ slot: Int) {
    var tail = head + count
    if tail >= capacity { tail -= capacity }
    slots[tail] = Int32(slot)
    count += 1
  }

  /// Moves the slot at a position, 0 to `count` − 1, to the front, and that one to where it was.
  mutating func bringForward(_ position: Int) {
    let other = (head + position) % capacity
    (slots[head], slots[other]) = (slots[other], slots[head])
  }

  @inline(__always)
  mutating func popFirst() -> Int? {
    guard count > 0 else { return nil }
    let slot = Int(slots[head])
    head += 1
    if head == capacity { head = 0 }
    count -= 1
    return slot
  }
}
