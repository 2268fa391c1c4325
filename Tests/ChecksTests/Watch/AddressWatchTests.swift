import Load
import Platform
import Synchronization
import Testing

@testable import Checks

@Suite("Looking a name up again")
struct AddressWatchTests {
  private struct Unknown: Error {}

  private static func address(_ text: String) throws -> SocketAddress { try #require(SocketAddress(text, port: 80)) }

  @Test("Other addresses replace those in use and are told once; the time to live says when to look again")
  func change() throws {
    let (one, two) = (try Self.address("127.0.0.1"), try Self.address("127.0.0.2"))
    let book = AddressBook([one])
    let answer = Mutex([one])
    let told = Mutex<[String]>([])
    let watch = AddressWatch(book) {
      (answer.withLock { $0 }, 7_000_000_000)
    } changed: { before, now in
      told.withLock { $0.append("\(before) \(now)") }
    }
    #expect(watch.look() == 7_000_000_000)
    #expect(told.withLock { $0 }.isEmpty)
    answer.withLock { $0 = [two] }
    #expect(watch.look() == 7_000_000_000)
    #expect(book.addresses == [two])
    _ = watch.look()
    #expect(told.withLock { $0 } == ["[127.0.0.1:80] [127.0.0.2:80]"])
  }

  @Test("The order alone is no change, a failed look-up keeps what there is, and lifetimes are bounded")
  func noChange() throws {
    let (one, two) = (try Self.address("127.0.0.1"), try Self.address("127.0.0.2"))
    let book = AddressBook([one, two])
    let swapped = AddressWatch(book) {
      ([two, one], 0)
    } changed: { _, _ in
      Issue.record("no change")
    }
    #expect(swapped.look() == AddressWatch.interval.lowerBound)
    let long = AddressWatch(book) {
      ([one, two], .max)
    } changed: { _, _ in
      Issue.record("no change")
    }
    #expect(long.look() == AddressWatch.interval.upperBound)
    let failing = AddressWatch(book) {
      throw Unknown()
    } changed: { _, _ in
      Issue.record("no change")
    }
    #expect(failing.look() == 5_000_000_000)
    #expect(book.addresses == [one, two])
  }

  @Test("Of two families the one in use stays, as long as it has an address")
  func families() throws {
    let (four, six) = (try Self.address("127.0.0.1"), try Self.address("::1"))
    let other = try Self.address("127.0.0.2")
    let book = AddressBook([four])
    _ = AddressWatch(book) {
      ([six, other], 1)
    } changed: { _, _ in
    }.look()
    #expect(book.addresses == [other])
    _ = AddressWatch(book) {
      ([six], 1)
    } changed: { _, _ in
    }.look()
    #expect(book.addresses == [six])
  }
}
