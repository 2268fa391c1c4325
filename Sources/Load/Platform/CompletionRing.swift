internal import CLinux
internal import Glibc

/// One io_uring instance, for one thread: requests are gathered and go to the kernel together with the next wait.
///
///     ring.receive(socket, token, repeatedly: true)
///     ring.send(socket, bytes, token, reportsSuccess: false)
///     for index in 0..<ring.wait(timeout) {
///       let completion = ring.completion(index)   // its token, its result and, of a receive, its bytes
///       …
///       ring.release(completion)
///     }
///     ring.advance(count)
///
/// Received bytes lie in buffers that all sockets share, so an idle connection needs none. What is sent must stay where it is
/// until its answer is there. Needs Linux 6.1: multishot receive, provided buffers, completions deferred to the waiting thread.
///
/// All pointers lead into the two mappings made in `init`, which live as long as the value; the kernel's indices are masked
/// before they are used, and a buffer number is below the count that was registered.
struct CompletionRing: ~Copyable {
  struct Completion {
    let token: UInt64
    /// What the system call would have returned: a count, or minus the errno.
    let result: Int
    /// Whether the request goes on and will complete again.
    let hasMore: Bool
    fileprivate let buffer: UInt16?
  }

  /// Why there is no ring: the step that failed, and the errno.
  struct Unavailable: Error {
    let reason: String
  }

  private let descriptor: OwnedDescriptor
  private let shared: MappedMemory
  private let entries: MappedMemory
  private let memory: MappedMemory

  private let submissions: UnsafeMutablePointer<clinux_uring_submission>
  private let submissionCount: UInt32
  private let submissionHead: UnsafeMutablePointer<UInt32>
  private let submissionTail: UnsafeMutablePointer<UInt32>
  private let completions: UnsafeMutablePointer<clinux_uring_completion>
  private let completionMask: UInt32
  private let completionHead: UnsafeMutablePointer<UInt32>
  private let completionTail: UnsafeMutablePointer<UInt32>
  /// Where this thread writes the next submission; the kernel sees it when it is entered.
  private var tail: UInt32
  /// The first completion not yet forgotten.
  private var head: UInt32

  private let buffers: UnsafeMutablePointer<clinux_uring_buffer>
  private let bytes: UnsafeMutableRawPointer
  private let bufferMask: UInt16
  private let bufferSize: Int
  private var bufferTail: UInt16 = 0

  private static let bufferGroup: UInt16 = 0
  /// Offsets by which the kernel tells its mappings apart.
  private static let ringOffset = 0
  private static let entriesOffset = 0x1000_0000

  /// - Parameter connections: how many sockets may have bytes at a time, about; 1 or more.
  init(connections: Int) throws(Unavailable) {
    let bufferCount = CompletionRing.powerOfTwo(max(16, min(connections, 512)))
    var parameters = clinux_uring_parameters()
    parameters.flags = UInt32(
      CLINUX_URING_COMPLETION_COUNT | CLINUX_URING_SUBMIT_ALL | CLINUX_URING_SINGLE_ISSUER | CLINUX_URING_DEFERRED)
    parameters.completion_count = UInt32(bufferCount) * 4
    let number = clinux_uring_setup(UInt32(bufferCount), &parameters)
    guard number >= 0 else { throw Unavailable(reason: Errno.text(-number)) }
    let descriptor = OwnedDescriptor(number)
    let features = UInt32(CLINUX_URING_FEATURES)
    guard parameters.features & features == features else { throw Unavailable(reason: "this kernel's is too old") }

    let submissionCount = parameters.submission_count
    let order = Int(parameters.submissions.array)
    let ends = (
      order + Int(submissionCount) * MemoryLayout<UInt32>.stride,
      Int(parameters.completions.entries)
        + Int(parameters.completion_count) * MemoryLayout<clinux_uring_completion>.stride
    )
    guard let shared = MappedMemory(size: max(ends.0, ends.1), of: descriptor, at: CompletionRing.ringOffset),
      let entries = MappedMemory(
        size: Int(submissionCount) * MemoryLayout<clinux_uring_submission>.stride, of: descriptor,
        at: CompletionRing.entriesOffset)
    else { throw Unavailable(reason: "its rings cannot be mapped: \(Errno.text(errno))") }
    let bufferSize = 1_048_576 / bufferCount
    let listSize = (bufferCount * MemoryLayout<clinux_uring_buffer>.stride + 4_095) & ~4_095
    guard let memory = MappedMemory(size: listSize + bufferCount * bufferSize) else {
      throw Unavailable(reason: "no memory for its buffers")
    }
    var ring = clinux_uring_buffer_ring()
    ring.address = UInt64(UInt(bitPattern: memory.start))
    ring.count = UInt32(bufferCount)
    ring.group = CompletionRing.bufferGroup
    let registered = clinux_uring_register(descriptor.number, UInt32(CLINUX_URING_REGISTER_BUFFERS), &ring, 1)
    guard registered == 0 else { throw Unavailable(reason: "it takes no buffers: \(Errno.text(-registered))") }
    let base = shared.start
    func index(_ offset: UInt32) -> UnsafeMutablePointer<UInt32> {
      (base + Int(offset)).assumingMemoryBound(to: UInt32.self)
    }
    submissions = entries.start.assumingMemoryBound(to: clinux_uring_submission.self)
    submissionHead = index(parameters.submissions.head)
    submissionTail = index(parameters.submissions.tail)
    completionHead = index(parameters.completions.head)
    completionTail = index(parameters.completions.tail)
    completionMask = index(parameters.completions.mask).pointee
    completions = (base + Int(parameters.completions.entries)).assumingMemoryBound(to: clinux_uring_completion.self)
    // The kernel lets submissions be named in any order; here they are used in their own.
    for entry in 0..<submissionCount { index(parameters.submissions.array)[Int(entry)] = entry }
    tail = submissionTail.pointee
    head = completionHead.pointee
    self.submissionCount = submissionCount

    buffers = memory.start.bindMemory(to: clinux_uring_buffer.self, capacity: bufferCount)
    bytes = memory.start + listSize
    bufferMask = UInt16(bufferCount - 1)
    self.bufferSize = bufferSize
    self.descriptor = descriptor
    self.shared = shared
    self.entries = entries
    self.memory = memory
    for number in 0..<bufferCount { hand(UInt16(number)) }
    publishBuffers()
  }

  private static func powerOfTwo(_ least: Int) -> Int {
    1 << (Int.bitWidth - (least - 1).leadingZeroBitCount)
  }

  // MARK: Asking

  /// Completes when the socket can be written to, as it can once it is connected or has failed to.
  mutating func awaitWritable(_ socket: Int32, _ token: UInt64) {
    let place = next(CLINUX_URING_POLL, socket, token)
    place.pointee.operation_flags = UInt32(POLLOUT)
  }

  /// Sends all of `bytes`; with `reportsSuccess` false only a failure completes.
  @inline(__always)
  mutating func send(_ socket: Int32, _ bytes: UnsafeRawBufferPointer, _ token: UInt64, reportsSuccess: Bool) {
    let place = next(CLINUX_URING_SEND, socket, token)
    place.pointee.address = UInt64(UInt(bitPattern: bytes.baseAddress!))
    place.pointee.length = UInt32(bytes.count)
    place.pointee.operation_flags = UInt32(MSG_NOSIGNAL) | UInt32(MSG_WAITALL)
    if !reportsSuccess { place.pointee.flags = UInt8(CLINUX_URING_SKIP_SUCCESS) }
  }

  /// Completes with the bytes that arrive: once, or each time until it ends without ``Completion/hasMore``.
  mutating func receive(_ socket: Int32, _ token: UInt64, repeatedly: Bool) {
    let place = next(CLINUX_URING_RECEIVE, socket, token)
    place.pointee.flags = UInt8(CLINUX_URING_SELECT_BUFFER)
    place.pointee.buffer_group = CompletionRing.bufferGroup
    // Nothing is there yet when a request has only just been sent.
    place.pointee.priority =
      UInt16(CLINUX_URING_POLL_FIRST) | (repeatedly ? UInt16(CLINUX_URING_MULTISHOT) : 0)
  }

  /// Ends the request with a token, if it is still there.
  mutating func cancel(_ token: UInt64) {
    let place = next(CLINUX_URING_CANCEL, -1, 0)
    place.pointee.address = token
    place.pointee.flags = UInt8(CLINUX_URING_SKIP_SUCCESS)
  }

  /// Closes a socket after all that was asked of it before, so that its number is not taken by another too early.
  mutating func close(_ socket: Int32) {
    let place = next(CLINUX_URING_CLOSE, socket, 0)
    place.pointee.flags = UInt8(CLINUX_URING_SKIP_SUCCESS)
  }

  @inline(__always)
  private mutating func next(
    _ operation: Int, _ socket: Int32, _ token: UInt64
  ) -> UnsafeMutablePointer<clinux_uring_submission> {
    while tail &- clinux_load_acquire(submissionHead) >= submissionCount { submit() }
    let place = submissions + Int(tail & (submissionCount - 1))
    tail &+= 1
    place.initialize(to: clinux_uring_submission())
    place.pointee.opcode = UInt8(operation)
    place.pointee.descriptor = socket
    place.pointee.token = token
    return place
  }

  /// Hands on what was asked so far.
  mutating func submit() { enter(timeout: -1) }

  private mutating func enter(timeout: Int64) {
    publishBuffers()
    clinux_store_release(submissionTail, tail)
    _ = clinux_uring_enter(descriptor.number, tail &- clinux_load_acquire(submissionHead), timeout)
  }

  // MARK: Completions

  /// Waits up to `timeout` nanoseconds for something to complete; returns how many completions there are.
  @inline(__always)
  mutating func wait(_ timeout: Nanoseconds) -> Int {
    enter(timeout: Int64(min(timeout, 1 << 40)))
    return Int(clinux_load_acquire(completionTail) &- head)
  }

  /// - Parameter index: below what ``wait(_:)`` returned.
  @inline(__always)
  func completion(_ index: Int) -> Completion {
    let entry = completions + Int((head &+ UInt32(index)) & completionMask)
    let flags = entry.pointee.flags
    return Completion(
      token: entry.pointee.token, result: Int(entry.pointee.result),
      hasMore: flags & UInt32(CLINUX_URING_HAS_MORE) != 0,
      buffer: flags & UInt32(CLINUX_URING_HAS_BUFFER) != 0 ? UInt16(flags >> 16) & bufferMask : nil)
  }

  /// Where a receive's bytes are, until they are released.
  @inline(__always)
  func bytes(of completion: Completion) -> UnsafeMutableRawPointer {
    bytes + Int(completion.buffer ?? 0) * bufferSize
  }

  /// Gives the buffer of a completion, if it has one, back to the kernel.
  @inline(__always)
  mutating func release(_ completion: Completion) {
    if let number = completion.buffer { hand(number) }
  }

  private mutating func hand(_ number: UInt16) {
    let place = buffers + Int(bufferTail & bufferMask)
    // Not all of it: where the first entry's last field is, the kernel finds the tail.
    place.pointee.address = UInt64(UInt(bitPattern: bytes)) + UInt64(Int(number) * bufferSize)
    place.pointee.length = UInt32(bufferSize)
    place.pointee.number = number
    bufferTail &+= 1
  }

  private func publishBuffers() {
    let offset = MemoryLayout<clinux_uring_buffer>.offset(of: \.reserved)!
    clinux_store_release_16(
      (UnsafeMutableRawPointer(buffers) + offset).assumingMemoryBound(to: UInt16.self), bufferTail)
  }

  /// Forgets the first `count` completions.
  @inline(__always)
  mutating func advance(_ count: Int) {
    head &+= UInt32(count)
    clinux_store_release(completionHead, head)
  }
}
