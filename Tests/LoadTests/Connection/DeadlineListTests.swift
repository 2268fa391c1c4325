import Platform
import Testing

@testable import Load

/// Time-outs by a clock that the test moves.
@Suite struct DeadlineListTests {
  private static let timeout: Nanoseconds = 5_000_000_000

  /// The slots in the order in which they expire; each is taken out.
  private func expired(of list: inout DeadlineList, at now: Nanoseconds) -> [Int] {
    var slots: [Int] = []
    while let slot = list.firstExpired(at: now) {
      slots.append(slot)
      list.remove(slot)
    }
    return slots
  }

  @Test("Slots expire one after another, each at its time and not before")
  func order() {
    let clock = ManualClock(now: 7)
    var list = DeadlineList(capacity: 3)
    #expect(list.next == .max && list.firstExpired(at: .max - 1) == nil)
    for slot in [2, 0, 1] {
      list.append(slot, deadline: clock.now + Self.timeout)
      clock.advance(by: 1_000_000_000)
    }
    #expect(list.next == 7 + Self.timeout)
    clock.advance(by: 1_999_999_999)
    #expect(expired(of: &list, at: clock.now) == [])
    clock.advance(by: 1)
    #expect(expired(of: &list, at: clock.now) == [2])
    clock.advance(by: 2_000_000_000)
    #expect(expired(of: &list, at: clock.now) == [0, 1] && list.next == .max)
  }

  @Test("Order is kept whatever is taken out; what is not in can be taken out without an effect")
  func removal() {
    var list = DeadlineList(capacity: 6)
    for slot in 0..<5 { list.append(slot, deadline: Nanoseconds(slot + 1)) }
    list.remove(5)
    for slot in [0, 2, 4, 2] { list.remove(slot) }
    list.append(0, deadline: 9)
    #expect(expired(of: &list, at: 9) == [1, 3, 0])
    list.remove(3)
    list.append(3, deadline: 10)
    #expect(expired(of: &list, at: 10) == [3])
  }

  @Test("A slot whose time is renewed waits behind the others")
  func renewal() {
    var list = DeadlineList(capacity: 2)
    list.append(0, deadline: 10)
    list.append(1, deadline: 12)
    list.renew(0, deadline: 20)
    #expect(list.next == 12)
    #expect(expired(of: &list, at: 19) == [1])
    #expect(expired(of: &list, at: 20) == [0])
  }

  @Test("A pause gives every slot so much more time")
  func extended() {
    var list = DeadlineList(capacity: 3)
    for slot in 0..<2 { list.append(slot, deadline: Nanoseconds(10 + slot)) }
    list.extend(by: 100)
    list.append(2, deadline: 112)
    #expect(expired(of: &list, at: 109) == [])
    #expect(expired(of: &list, at: 110) == [0])
    #expect(expired(of: &list, at: 112) == [1, 2])
  }
}
