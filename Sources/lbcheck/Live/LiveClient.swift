internal import Glibc
internal import Platform

/// One connection to a live page's server, which never waits for it.
struct LiveClient {
  enum State: Equatable {
    /// Its request's head is still coming.
    case asking
    /// It gets an answer, and is then closed.
    case answered
    /// It gets events until one side ends.
    case listening
    /// Its answer is sent; what it still sends is thrown away, since closing at once would reset the answer.
    case leaving
  }

  let descriptor: Int32
  var state = State.asking
  private(set) var head: [UInt8] = []
  private var output: ArraySlice<UInt8> = []
  /// When it is dropped unless something happens.
  var deadline: Nanoseconds

  init(_ descriptor: Int32, deadline: Nanoseconds) {
    self.descriptor = descriptor
    self.deadline = deadline
  }

  var wantsToWrite: Bool { !output.isEmpty }
  var waiting: Int { output.count }

  mutating func put(_ text: String) { output += Array(text.utf8) }

  enum Reading { case nothing, bytes, ended }

  /// Takes what has come, at most so much of a head; from then on what comes is thrown away.
  mutating func read(atMost limit: Int) -> Reading {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = System.retrying { recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)) }
    if count == -Int(EAGAIN) { return .nothing }
    guard count > 0 else { return .ended }
    if state == .asking { head += buffer[..<min(count, limit + 1 - head.count)] }
    return .bytes
  }

  /// The request's head, once it is there as a whole.
  var wholeHead: [UInt8]? {
    let end: [UInt8] = [13, 10, 13, 10]
    guard head.count >= end.count else { return nil }
    let last = (end.count...head.count).first { head[($0 - end.count)..<$0].elementsEqual(end) }
    return last.map { Array(head[..<$0]) }
  }

  /// Sends as much as its connection takes.
  ///
  /// - Returns: whether the client is still there.
  mutating func write(until deadline: Nanoseconds) -> Bool {
    while !output.isEmpty {
      let count = output.withUnsafeBytes { bytes in
        System.retrying { send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) }
      }
      if count == -Int(EAGAIN) { return true }
      guard count > 0 else { return false }
      output = output.dropFirst(count)
      self.deadline = deadline
    }
    return true
  }
}
