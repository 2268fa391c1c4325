import Glibc
import Testing

@testable import Load

private func kernelAllowsRing() -> Bool {
  do throws(CompletionRing.Unavailable) {
    _ = try CompletionRing(connections: 1)
    return true
  } catch {
    return false
  }
}

@Suite(.enabled(if: kernelAllowsRing(), "this kernel allows no io_uring, so runs fall back to epoll"))
struct CompletionRingTests {
  /// Two connected sockets, closed in the end.
  private struct Pair: ~Copyable {
    let near: Int32
    let far: Int32

    init() throws { (near, far) = try CompletionRingTests.connectedPair() }

    func say(_ text: String) { #expect(write(far, text, text.utf8.count) == text.utf8.count) }

    deinit {
      close(near)
      close(far)
    }
  }

  private static func connectedPair() throws -> (near: Int32, far: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    return (ends[0], ends[1])
  }

  /// Waits until `count` completions have come, and hands back tokens, results and texts in their order.
  private func take(
    _ count: Int, from ring: inout CompletionRing
  ) -> [(token: UInt64, result: Int, hasMore: Bool, text: String)] {
    var taken: [(token: UInt64, result: Int, hasMore: Bool, text: String)] = []
    for _ in 0..<20 where taken.count < count {
      let ready = ring.wait(100_000_000)
      for index in 0..<ready {
        let completion = ring.completion(index)
        let bytes = UnsafeRawBufferPointer(start: ring.bytes(of: completion), count: max(0, completion.result))
        let isText = completion.token >= 100
        taken.append(
          (
            completion.token, completion.result, completion.hasMore,
            isText ? String(decoding: bytes, as: UTF8.self) : ""
          ))
        ring.release(completion)
      }
      ring.advance(ready)
    }
    return taken
  }

  @Test("A wait without anything to do lasts its time, and no longer")
  func timeout() throws {
    var ring = try CompletionRing(connections: 1)
    let begun = MonotonicClock.now()
    let count = ring.wait(20_000_000)
    #expect(count == 0)
    #expect(MonotonicClock.now() - begun >= 20_000_000)
    let atOnce = ring.wait(0)
    #expect(atOnce == 0)
  }

  @Test("What is sent arrives, and only what has to report itself completes")
  func sends() throws {
    var ring = try CompletionRing(connections: 1)
    let pair = try Pair()
    let text = Array("hello".utf8)
    text.withUnsafeBytes {
      ring.send(pair.near, $0, 1, reportsSuccess: false)
      ring.send(pair.near, $0, 2, reportsSuccess: true)
    }
    let done = take(1, from: &ring)
    #expect(done.map(\.token) == [2] && done.map(\.result) == [5])
    var received = [UInt8](repeating: 0, count: 20)
    let count = read(pair.far, &received, 20)
    #expect(String(decoding: received[..<max(0, count)], as: UTF8.self) == "hellohello")
  }

  @Test("A failure to send completes although success would not")
  func failsToSend() throws {
    var ring = try CompletionRing(connections: 1)
    [UInt8](repeating: 1, count: 4).withUnsafeBytes { ring.send(-1, $0, 7, reportsSuccess: false) }
    let done = take(1, from: &ring)
    #expect(done.map(\.token) == [7] && done.map(\.result) == [-Int(EBADF)])
  }

  @Test("A repeated receive goes on through more arrivals than there are buffers, and ends with the stream")
  func receivesRepeatedly() throws {
    var ring = try CompletionRing(connections: 1)
    let pair = try Pair()
    ring.receive(pair.near, 100, repeatedly: true)
    for number in 0..<100 {
      pair.say("message \(number)")
      let got = take(1, from: &ring)
      try #require(got.map(\.text) == ["message \(number)"])
      #expect(got[0].hasMore)
    }
    shutdown(pair.far, Int32(SHUT_WR))
    let last = take(1, from: &ring)
    #expect(last.map(\.result) == [0] && !last[0].hasMore)
  }

  @Test("A receive for once completes once")
  func receivesOnce() throws {
    var ring = try CompletionRing(connections: 1)
    let pair = try Pair()
    ring.receive(pair.near, 100, repeatedly: false)
    pair.say("one")
    let got = take(1, from: &ring)
    #expect(got.map(\.text) == ["one"] && !got[0].hasMore)
    pair.say("two")
    let none = ring.wait(10_000_000)
    #expect(none == 0)
  }

  @Test("Arrivals beyond the buffers stay in their sockets: the receive ends for want of one, and is asked for again")
  func buffersRunOut() throws {
    var ring = try CompletionRing(connections: 1)
    var ends: [(near: Int32, far: Int32)] = []
    defer { for pair in ends { [pair.near, pair.far].forEach { close($0) } } }
    for number in 0..<40 {
      ends.append(try CompletionRingTests.connectedPair())
      let text = "message \(number)"
      #expect(write(ends[number].far, text, text.utf8.count) == text.utf8.count)
      ring.receive(ends[number].near, 100 + UInt64(number), repeatedly: true)
    }
    var texts: Set<String> = []
    var shortages = 0
    for _ in 0..<100 where texts.count < 40 {
      for got in take(1, from: &ring) {
        if got.result == -Int(ENOBUFS) {
          shortages += 1
          ring.receive(ends[Int(got.token) - 100].near, got.token, repeatedly: true)
        } else {
          texts.insert(got.text)
        }
      }
    }
    #expect(texts == Set((0..<40).map { "message \($0)" }))
    #expect(shortages > 0)
  }

  @Test("Calling off a receive ends it")
  func cancels() throws {
    var ring = try CompletionRing(connections: 1)
    let pair = try Pair()
    ring.receive(pair.near, 100, repeatedly: true)
    ring.cancel(100)
    let got = take(1, from: &ring)
    #expect(got.map(\.token) == [100] && got.map(\.result) == [-Int(ECANCELED)])
  }

  @Test("More can be asked than the ring holds at a time")
  func manyRequests() throws {
    var ring = try CompletionRing(connections: 16)
    let pair = try Pair()
    for token in 1...200 { ring.awaitWritable(pair.near, UInt64(token) % 100) }
    #expect(take(200, from: &ring).count == 200)
  }

  @Test("A closed socket's number is free only after what was asked of it")
  func closes() throws {
    var ring = try CompletionRing(connections: 1)
    let ends = try CompletionRingTests.connectedPair()
    defer { close(ends.far) }
    Array("last".utf8).withUnsafeBytes {
      ring.send(ends.near, $0, 1, reportsSuccess: true)
      ring.close(ends.near)
      ring.submit()
    }
    var received = [UInt8](repeating: 0, count: 20)
    #expect(read(ends.far, &received, 20) == 4, "sent before the end")
    #expect(read(ends.far, &received, 20) == 0, "then the end")
  }
}
