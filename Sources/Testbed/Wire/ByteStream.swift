internal import Glibc
internal import Platform

/// The bytes of one connection, read through a buffer that grows only when a message needs it.
///
/// It belongs to one thread and does not close its descriptor.
final class ByteStream {
  enum Filling { case bytes, end, timedOut, failed }

  enum HeadReading {
    /// A head of so many bytes is at the front of `buffered`.
    case head(Int)
    /// The peer ended the connection before a first byte.
    case end
    case tooLarge
    /// Nothing came for as long as the receive timeout allows.
    case timedOut
    /// The connection broke, or ended in the middle of a head.
    case failed
  }

  let descriptor: Int32
  private var storage: UnsafeMutableRawPointer
  private var capacity: Int
  private var lower = 0
  private var upper = 0
  private var scanned = 0

  init(_ descriptor: Int32, capacity: Int = 4096) {
    self.descriptor = descriptor
    self.capacity = capacity
    storage = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit {
    storage.deallocate()
  }

  /// What has been received and not been consumed.
  var buffered: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: storage + lower, count: upper - lower)
  }

  var isEmpty: Bool { lower == upper }

  func consume(_ count: Int) {
    lower += count
    scanned = 0
    if lower == upper {
      lower = 0
      upper = 0
    }
  }

  /// Receives once, behind what is buffered.
  func fill() -> Filling {
    if upper == capacity { makeRoom() }
    let count = System.receive(
      descriptor, into: UnsafeMutableRawBufferPointer(start: storage + upper, count: capacity - upper))
    if count > 0 {
      upper += count
      return .bytes
    }
    return count == 0 ? .end : count == -Int(EAGAIN) ? .timedOut : .failed
  }

  /// Reads until a whole head of at most `limit` bytes is buffered.
  ///
  /// - Parameters:
  ///   - patience: how long a head may take once its first byte is there.
  ///   - beforeWaiting: runs once if nothing of the head is there yet.
  func readHead(limit: Int, patience: Duration? = nil, beforeWaiting: () -> Void = {}) -> HeadReading {
    var hasWaited = false
    var deadline: UInt64?
    while true {
      skipEmptyLines()
      if let length = endOfHead() { return length <= limit ? .head(length) : .tooLarge }
      if upper - lower >= limit { return .tooLarge }
      if isEmpty {
        if !hasWaited { beforeWaiting() }
        hasWaited = true
      } else if let patience {
        let now = MonotonicClock.now()
        if let deadline, now > deadline { return .timedOut }
        deadline = deadline ?? now + patience.nanoseconds
      }
      switch fill() {
      case .bytes: continue
      case .end: return isEmpty ? .end : .failed
      case .timedOut: return .timedOut
      case .failed: return .failed
      }
    }
  }

  func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
    System.send(bytes, to: descriptor)
  }

  func send(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { System.send($0, to: descriptor) }
  }

  /// Makes the buffer large enough for a long body to pass in few calls.
  func prepareForLongBody() {
    let wanted = 64 << 10
    if capacity < wanted { resize(to: wanted) }
  }

  /// A line end left over from the request before is no request (RFC 9112, section 2.2).
  private func skipEmptyLines() {
    guard scanned == 0 else { return }
    var count = 0
    for byte in buffered {
      guard byte == 0x0D || byte == 0x0A else { break }
      count += 1
    }
    if count > 0 { consume(count) }
  }

  private func endOfHead() -> Int? {
    var position = lower + scanned
    while position < upper, let hit = memchr(storage + position, 0x0A, upper - position) {
      let feed = UnsafeMutableRawPointer(hit) - storage
      var next = feed + 1
      if next < upper, storage.load(fromByteOffset: next, as: UInt8.self) == 0x0D { next += 1 }
      if next == upper {
        scanned = feed - lower
        return nil
      }
      if storage.load(fromByteOffset: next, as: UInt8.self) == 0x0A { return next + 1 - lower }
      position = feed + 1
    }
    scanned = upper - lower
    return nil
  }

  private func makeRoom() {
    if lower > 0 {
      memmove(storage, storage + lower, upper - lower)
      upper -= lower
      lower = 0
    } else {
      resize(to: capacity * 2)
    }
  }

  private func resize(to newCapacity: Int) {
    let larger = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
    memcpy(larger, storage + lower, upper - lower)
    storage.deallocate()
    storage = larger
    upper -= lower
    lower = 0
    capacity = newCapacity
  }
}
