/// Which slot of a connection each lane has now.
///
/// A lane is the place of one of the plan's connections. It keeps its slot, however often the connection is opened anew, unless
/// that drains over HTTP/2 with streams still on it: then the lane goes on with a spare slot, and the old one ends what it has.
struct Lanes: ~Copyable {
  private let slots: UnsafeMutablePointer<Int32>
  private var spare: SlotStack
  private let count: Int
  /// How many slots have ever been in use, spare ones included; they are the first.
  private(set) var used: Int

  /// - Parameters:
  ///   - count: how many lanes there are; their first slots have their numbers.
  ///   - spares: how many slots there are behind those: one for each exchange, since what drains has at least one.
  init(count: Int, spares: Int) {
    self.count = count
    used = count
    slots = .allocate(capacity: max(1, count))
    for lane in 0..<count { (slots + lane).initialize(to: Int32(lane)) }
    spare = SlotStack(capacity: spares)
  }

  deinit { slots.deallocate() }

  @inline(__always)
  func slot(of lane: Int) -> Int { Int(slots[lane]) }

  /// Gives a lane a spare slot; there has to be one.
  ///
  /// - Returns: the slot, and whether it has never been in use.
  mutating func replaceSlot(of lane: Int) -> (slot: Int, isNew: Bool) {
    let slot = count + spare.pop()
    slots[lane] = Int32(slot)
    defer { used = max(used, slot + 1) }
    return (slot, slot >= used)
  }

  /// Takes back a slot that no lane has.
  mutating func free(_ slot: Int) {
    // A lane's first slot is taken in by the stack as well as any: what counts is that nobody has it.
    spare.push(slot - count)
  }
}
