import Platform
import Testing

@testable import Load

@Suite struct RecentRequestsTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// Slots of a tenth of a second: `.` two requests succeeded, `x` one of two failed, `o` one of two is still out, a blank none.
  private func recent(_ text: String) -> RecentRequests {
    RecentRequests(
      first: 0,
      slots: text.map { character in
        switch character {
        case ".": RecentRequests.Slot(begun: 2, succeeded: 2)
        case "x": RecentRequests.Slot(begun: 2, succeeded: 1, failed: 1)
        case "o": RecentRequests.Slot(begun: 2, succeeded: 1)
        default: RecentRequests.Slot()
        }
      })
  }

  private func isWell(_ text: String, since slot: Int = 0, patience: Nanoseconds = second) -> Bool {
    recent(text).areWell(
      since: Nanoseconds(slot) * RecentRequests.width, at: Nanoseconds(text.count) * RecentRequests.width,
      patience: patience)
  }

  @Test("A second without failure is well, less is not, and what was before counts for nothing")
  func stretch() {
    #expect(isWell(".........."))
    #expect(!isWell("........."))
    #expect(!isWell("............", since: 3))
    #expect(isWell("xxxxx.........."))
    #expect(!isWell("..........x"))
    #expect(!isWell("x........."))
    #expect(!isWell(""))
  }

  @Test("Silence is not well, and neither are requests that hang")
  func hanging() {
    #expect(!isWell("                    "))
    #expect(!isWell("....................oooooooooooo"))
    #expect(!isWell("oooooooooooooooooooooooo"))
    // One of two backends hangs, the other answers.
    #expect(!isWell("..o.o.o.o.o.o.o.o.o.o.o.o"))
    // Those that are out for a moment only may yet be answered.
    #expect(isWell("..............oo"))
    #expect(isWell("..............oooooooooooo", patience: 3 * Self.second))
    // What hangs since long ago may yet be lost, by whatever is done next.
    #expect(!isWell("ooo.............."))
    #expect(!isWell("ooo..............", since: 4))
    #expect(isWell("ooo..............", patience: 2 * Self.second))
  }

  @Test(
    "All is sent where nothing is overdue by 10 ms",
    arguments: [
      (1_000, 900, true), (1_000, 1_000, true), (1_000, 1_009, true), (1_000, 1_010, false), (1_000, 1_036, false),
      (0, 5, true), (0, 10, false),
    ] as [(Nanoseconds, Nanoseconds, Bool)])
  func sent(nextDue: Nanoseconds, now: Nanoseconds, isSent: Bool) {
    let recent = RecentRequests(first: 0, slots: [], nextDue: nextDue * 1_000_000)
    #expect(recent.areSent(at: now * 1_000_000) == isSent)
  }

  @Test("The worker that is latest decides, and one that has nothing left to send is never late")
  func latest() {
    let (first, second) = (RecentSlots(), RecentSlots())
    first.announce(next: 40)
    second.announce(next: 20)
    #expect(RecentSlots.sum([first, second], at: 0).nextDue == 20)
    second.announce(next: .max)
    #expect(RecentSlots.sum([first, second], at: 0).nextDue == 40)
    #expect(RecentRequests(first: 0, slots: []).areSent(at: .max - 1))
  }

  @Test("Patience runs from the end of a slot, and a slot counts once it is over")
  func boundaries() {
    let text = "o..................."
    #expect(isWell(text, patience: 1_900_000_000))
    #expect(!isWell(text, patience: 1_899_999_999))
    let width = RecentRequests.width
    #expect(!recent("..........").areWell(since: 0, at: 10 * width - 1, patience: Self.second))
    #expect(recent("..........").areWell(since: 0, at: 10 * width, patience: Self.second))
    #expect(recent("...........").areWell(since: 0, at: 10 * width + 1, patience: Self.second))
  }

  @Test("A request that is out for a moment only begins the second anew, with its answers")
  func interruptedStretch() {
    #expect(!isWell("......o.....", patience: 3 * Self.second))
    #expect(isWell("..........o.....", patience: 3 * Self.second))
    #expect(!isWell("          o....", patience: 3 * Self.second))
    #expect(isWell("   .      o....", patience: 3 * Self.second))
  }

  @Test("At a low rate one answer in a longer stretch is enough")
  func lowRate() {
    #expect(isWell("    .         "))
    #expect(!isWell("    x         "))
  }

  @Test("Workers' slots are added, and a turn of the ring later the old ones are gone")
  func ring() {
    let (first, second) = (RecentSlots(), RecentSlots())
    let width = RecentRequests.width
    first.begin(due: 5 * width)
    second.begin(due: 5 * width + 1)
    first.finish(due: 5 * width, failed: false)
    second.finish(due: 5 * width + 1, failed: true)
    let sum = RecentSlots.sum([first, second], at: 6 * width)
    #expect(sum.slots.count == 7)
    #expect(sum.slots[5] == RecentRequests.Slot(begun: 2, succeeded: 1, failed: 1))
    let later = Nanoseconds(5 + RecentSlots.count) * width
    first.begin(due: later)
    // An outcome of the old turn is not one of the new.
    first.finish(due: 5 * width, failed: true)
    let next = RecentSlots.sum([first, second], at: later)
    #expect(next.slots.last == RecentRequests.Slot(begun: 1))
    #expect(next.slots.dropLast().allSatisfy { $0 == RecentRequests.Slot() })
  }
}
